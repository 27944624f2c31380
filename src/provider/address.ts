import { join } from "node:path";
import { readText } from "../host/files.ts";
import type { Address, Tls } from "../model/endpoint.ts";
import { userFailure } from "../model/failure.ts";
import { asRecord, contextFolders, currentContext, dockerConfigFolder, jsonOf } from "./docker-config.ts";
import type { Surroundings } from "./surroundings.ts";

/** A place where the person's own Docker daemon may be, and what says so. */
export interface Candidate {
  readonly what: string;
  readonly address: Address;
}

/** Where Docker's own client would look. Someone who named a daemon (variable or context) means that one only. */
export interface Candidates {
  readonly named: boolean;
  readonly candidates: readonly Candidate[];
}

/**
 * Reads DOCKER_HOST, DOCKER_CONTEXT and the current context, in the order of Docker's own client; without any of them
 * the usual sockets of this machine.
 * @throws Failure (user) when what they name is unusable: `ssh://`, a context that is not there, certificates missing.
 */
export async function dockerCandidates(surroundings: Surroundings): Promise<Candidates> {
  const { environment } = surroundings;
  const configFolder = dockerConfigFolder(surroundings);
  const host = environment.DOCKER_HOST;
  if (host) {
    const tls = await environmentTls(environment, configFolder);
    const what = `DOCKER_HOST=${host}`;
    return { named: true, candidates: [{ what, address: parseDockerHost(host, tls, what) }] };
  }
  const context = await currentContext(environment, configFolder);
  if (context !== undefined) return { named: true, candidates: [await contextCandidate(context, configFolder)] };
  return { named: false, candidates: usualSockets(surroundings) };
}

/**
 * Turns the value of DOCKER_HOST, or of a context's host, into an address.
 * @param what what the value came from, for the message
 * @throws Failure (user) naming what is supported
 */
export function parseDockerHost(host: string, tls: Tls | undefined, what: string): Address {
  if (host.startsWith("unix://")) {
    const path = host.slice("unix://".length);
    if (path.startsWith("/")) return { kind: "unix", path };
  }
  if (host.startsWith("tcp://") && URL.canParse(host)) {
    const { hostname, port } = new URL(host);
    // Docker's registered ports: 2375 plain, 2376 with TLS.
    if (hostname) return { kind: "tcp", host: hostname, port: Number(port || (tls ? 2376 : 2375)), tls };
  }
  if (host.startsWith("ssh://")) {
    // Its client opens a connection for each request, and would have no port appear here.
    throw userFailure(`${what} is a daemon behind ssh, which devenv reaches by another provider`, {
      hint: `Write \`provider: ssh\` and \`ssh: ${host.slice("ssh://".length)}\` into the profile, under \`x-devenv\`.`,
    });
  }
  throw userFailure(`${what} is not an address of a Docker daemon that devenv understands`, {
    hint: "It understands unix:///absolute/path.sock and tcp://host:port.",
  });
}

async function environmentTls(environment: NodeJS.ProcessEnv, configFolder: string): Promise<Tls | undefined> {
  if (!environment.DOCKER_TLS_VERIFY && !environment.DOCKER_TLS) return undefined;
  return readTls(environment.DOCKER_CERT_PATH || configFolder, "DOCKER_TLS_VERIFY");
}

async function readTls(folder: string, what: string): Promise<Tls> {
  const names = ["ca.pem", "cert.pem", "key.pem"] as const;
  const [ca, cert, key] = await Promise.all(names.map((name) => readText(join(folder, name))));
  if (ca !== undefined && cert !== undefined && key !== undefined) return { ca, cert, key, folder };
  const missing = names.filter((_, at) => [ca, cert, key][at] === undefined);
  throw userFailure(`${what} wants TLS, but ${missing.join(", ")} is missing in ${folder}`, {
    hint: "ca.pem, cert.pem and key.pem have to be in that folder (DOCKER_CERT_PATH names it).",
  });
}

async function contextCandidate(name: string, configFolder: string): Promise<Candidate> {
  const what = `Docker context ${name}`;
  const { meta: metaFolder, dockerTls: folder } = contextFolders(configFolder, name);
  const meta = await jsonOf(join(metaFolder, "meta.json"));
  const endpoints = asRecord(meta?.Endpoints);
  const host = asRecord(endpoints?.docker)?.Host;
  if (typeof host !== "string" || host === "") {
    throw userFailure(`${what} is the current one, but there is no such context with a Docker address`, {
      hint: "See `docker context ls`; `docker context use default` goes back to this machine's daemon.",
    });
  }
  const hasTls = host.startsWith("tcp://") && (await readText(join(folder, "ca.pem"))) !== undefined;
  return {
    what,
    address: parseDockerHost(host, hasTls ? await readTls(folder, what) : undefined, `${what} (${host})`),
  };
}

/** The sockets that engines for developers put on a machine, the system's own first. */
function usualSockets({ environment, machine }: Surroundings): readonly Candidate[] {
  const runtime = environment.XDG_RUNTIME_DIR;
  const paths = [
    "/var/run/docker.sock",
    ...(runtime ? [join(runtime, "docker.sock")] : []),
    ...[".docker/run", ".colima/default", ".orbstack/run", ".rd"].map((folder) =>
      join(machine.home, folder, "docker.sock"),
    ),
  ];
  return paths.map((path) => ({ what: path, address: { kind: "unix", path } }));
}
