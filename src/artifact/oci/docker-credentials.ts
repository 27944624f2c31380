import { join } from "node:path";
import { readText } from "../../host/files.ts";
import type { Processes } from "../../host/process.ts";
import { environmentFailure, type Failure } from "../../model/failure.ts";
import { credentialKey } from "./reference.ts";

/** What opens a registry, or makes its token server give a token. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** What of `~/.docker/config.json` says who one is. */
interface DockerConfig {
  readonly auths?: Readonly<Record<string, DockerAuth>>;
  /** By registry: the program `docker-credential-<value>`. */
  readonly credHelpers?: Readonly<Record<string, string>>;
  /** For all others. */
  readonly credsStore?: string;
}

interface DockerAuth {
  /** `user:password` in base64. */
  readonly auth?: string;
  readonly identitytoken?: string;
}

/** What is needed of this machine. */
export interface DockerHome {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly processes: Pick<Processes, "run">;
}

/** A helper may ask a keychain that is locked; a person who sees nothing should not wait for ever. */
const HELPER_WITHIN_MS = 30_000;

/**
 * The credentials that `docker login` keeps for a registry: a helper of its own (`credHelpers`), else the one for all
 * (`credsStore`), else `auths`, in Docker's order; undefined where there are none. Reads `$DOCKER_CONFIG/config.json`,
 * else `~/.docker/config.json`.
 * @throws Failure (environment): the file is no JSON, or a helper that it names cannot be run or fails.
 */
export async function dockerCredentials(registry: string, home: DockerHome): Promise<Credentials | undefined> {
  const file = join(home.environment.DOCKER_CONFIG || join(home.home, ".docker"), "config.json");
  const config = await readConfig(file);
  const key = credentialKey(registry);
  const helper = own(config.credHelpers, key) ?? own(config.credHelpers, registry) ?? config.credsStore;
  if (helper) {
    const kept = await askHelper(helper, key, file, home);
    if (kept !== undefined) return kept;
  }
  const auth = Object.entries(config.auths ?? {}).find(([name]) => hostOf(name) === hostOf(key))?.[1];
  if (auth?.identitytoken) throw identityToken(registry, file);
  return auth && fromAuth(auth);
}

async function readConfig(file: string): Promise<DockerConfig> {
  const text = await readText(file);
  if (text === undefined) return {};
  try {
    const config: unknown = JSON.parse(text);
    return typeof config === "object" && config !== null ? config : {};
  } catch (cause) {
    throw environmentFailure(`${file} is not JSON: ${(cause as Error).message}`, {
      hint: "mend it: Docker cannot read it either; or name the registry's credentials in x-devenv.artifacts.credentials",
      cause,
    });
  }
}

/** Old files have URLs as names, with a path: `https://registry.example.org/v1/`. */
const hostOf = (name: string): string => name.replace(/^https?:\/\//, "").replace(/\/.*$/, "");

function fromAuth({ auth }: DockerAuth): Credentials | undefined {
  const decoded = Buffer.from(auth ?? "", "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  // `docker login` with a store leaves an empty entry behind.
  return colon > 0
    ? { user: decoded.slice(0, colon), password: decoded.slice(colon + 1).replace(/\0+$/, "") }
    : undefined;
}

/** The protocol of docker-credential-helpers: the registry on standard input, JSON on standard output. */
async function askHelper(
  name: string,
  registry: string,
  file: string,
  { environment, processes }: DockerHome,
): Promise<Credentials | undefined> {
  const program = `docker-credential-${name}`;
  const ended = await processes.run(program, ["get"], {
    input: registry,
    env: environment,
    timeoutMs: HELPER_WITHIN_MS,
  });
  if (ended.missing) throw helperFailed(program, file, "it is not installed");
  if (ended.timedOut) throw helperFailed(program, file, `it did not answer within ${HELPER_WITHIN_MS / 1000} s`);
  if (ended.code !== 0) {
    const words = (ended.stdout || ended.stderr).trim();
    if (words.includes("credentials not found")) return undefined;
    throw helperFailed(program, file, words || `it ended with code ${ended.code}`);
  }
  const answer = answerOf(ended.stdout);
  if (answer === undefined) throw helperFailed(program, file, "its answer is not the JSON that Docker expects");
  // Docker's word for a token of the registry's token server instead of a password.
  if (answer.Username === "<token>") throw identityToken(registry, file);
  return { user: answer.Username, password: answer.Secret };
}

function answerOf(text: string): { readonly Username: string; readonly Secret: string } | undefined {
  try {
    const { Username, Secret } = JSON.parse(text) as Record<string, unknown>;
    return typeof Username === "string" && typeof Secret === "string" ? { Username, Secret } : undefined;
  } catch {
    return undefined; // what it printed may hold a secret, so it is not shown
  }
}

/** OAuth2's refresh tokens, which few registries' `docker login` leaves, are exchanged by POST: not done here. */
const identityToken = (registry: string, file: string): Failure =>
  environmentFailure(`${file} has an identity token for ${registry}, which devenv cannot use`, {
    hint: "name a user and a password or access token of that registry in x-devenv.artifacts.credentials of the profile",
  });

const helperFailed = (program: string, file: string, why: string): Failure =>
  environmentFailure(`${program}, which ${file} names for this registry, gives no credentials: ${why}`, {
    hint: "log in anew with `docker login`, or name the credentials in x-devenv.artifacts.credentials of the profile",
  });

const own = <T>(map: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  map !== undefined && Object.hasOwn(map, name) ? map[name] : undefined;
