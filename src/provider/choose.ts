import { dockerHost, type Endpoint, type ProviderName } from "../model/endpoint.ts";
import { asFailure, environmentFailure, type Failure, interrupted, userFailure } from "../model/failure.ts";
import type { SshAddress } from "../model/ssh.ts";
import { dockerProvider, type Search, searchDocker } from "./docker.ts";
import { engineProvider } from "./engine.ts";
import type { Provider, ProviderProgress } from "./provider.ts";
import { brokenLinks, findLinks, sshProvider } from "./ssh.ts";
import type { Attempt, Surroundings } from "./surroundings.ts";

/** What a profile says of its provider. */
export interface ProviderChoice {
  readonly provider: ProviderName | "auto";
  /** The host of provider `ssh`. */
  readonly ssh?: SshAddress | undefined;
}

/**
 * Has a daemon for a cluster, starting one where that is needed and possible. `auto` takes the person's own Docker when
 * it answers, else our engine: running, or started.
 * @throws Failure: (user) a provider that this version does not have; (environment) all that was tried, and what to do
 */
export async function chooseProvider(
  choice: ProviderChoice,
  surroundings: Surroundings,
  progress: ProviderProgress,
  signal?: AbortSignal,
): Promise<Endpoint> {
  if (choice.provider !== "auto") return named(choice.provider, choice, surroundings).up(progress, signal);
  const { endpoints, search } = await look(surroundings, signal);
  if (endpoints[0]) return endpoints[0];
  if (signal?.aborted) throw interrupted();
  if (search.named !== undefined) progress(`${describe(search.attempts)}: taking devenv's own engine`);
  try {
    return await engineProvider(surroundings).up(progress, signal);
  } catch (thrown) {
    const failure = asFailure(thrown);
    if (failure.class !== "environment") throw failure;
    throw nothingAnswers(search.attempts, failure);
  }
}

/** The daemon that `chooseProvider` would take, when it answers already; starts nothing, and is quick. */
export async function findProvider(
  choice: ProviderChoice,
  surroundings: Surroundings,
  signal?: AbortSignal,
): Promise<Endpoint | undefined> {
  if (choice.provider === "auto") return (await look(surroundings, signal)).endpoints[0];
  return named(choice.provider, choice, surroundings).find(signal);
}

/**
 * As `findProvider`, and where the provider can, the way to the daemon is mended first.
 * @throws Failure (environment) why it cannot be
 */
export async function reachProvider(
  choice: ProviderChoice,
  surroundings: Surroundings,
  signal?: AbortSignal,
): Promise<Endpoint | undefined> {
  const found = await findProvider(choice, surroundings, signal);
  if (found !== undefined || choice.provider === "auto") return found;
  return named(choice.provider, choice, surroundings).reach?.(signal);
}

/**
 * Every daemon that answers, in the order of `auto`. Which of them runs a cluster is written nowhere but on its
 * containers, so status, watch and down ask each for the cluster's label.
 */
export async function findEndpoints(surroundings: Surroundings, signal?: AbortSignal): Promise<readonly Endpoint[]> {
  const [{ endpoints }, links] = await Promise.all([look(surroundings, signal), findLinks(surroundings, signal)]);
  const isLink = (endpoint: Endpoint) => links.some((link) => isSameDaemon(link, endpoint));
  return [...endpoints.filter((endpoint) => !isLink(endpoint)), ...links];
}

/** Every place where a daemon was looked for and did not answer. */
export async function triedInVain(surroundings: Surroundings, signal?: AbortSignal): Promise<readonly Attempt[]> {
  const [{ search }, links] = await Promise.all([look(surroundings, signal), brokenLinks(surroundings)]);
  return [...search.attempts, ...links];
}

async function look(
  surroundings: Surroundings,
  signal?: AbortSignal,
): Promise<{ readonly endpoints: readonly Endpoint[]; readonly search: Search }> {
  const [search, engine] = await Promise.all([
    searchDocker(surroundings, { signal }),
    engineProvider(surroundings).find(signal),
  ]);
  const docker = search.endpoint;
  // After `eval "$(devenv docker-env)"` DOCKER_HOST is our engine: one daemon, and it is the engine.
  const isSame = docker && engine && isSameDaemon(docker, engine);
  const endpoints = [isSame ? undefined : docker, engine].filter((endpoint) => endpoint !== undefined);
  return { endpoints, search };
}

const isSameDaemon = (a: Endpoint, b: Endpoint): boolean => dockerHost(a.address) === dockerHost(b.address);

function named(name: ProviderName, { ssh }: ProviderChoice, surroundings: Surroundings): Provider {
  switch (name) {
    case "docker":
      return dockerProvider(surroundings);
    case "engine":
      return engineProvider(surroundings);
    case "ssh":
      if (ssh !== undefined) return sshProvider(ssh, surroundings);
      throw userFailure("provider `ssh` needs a host", { hint: "Write `ssh: user@host` beside it, under `x-devenv`." });
    case "minikube":
    case "vm":
      throw userFailure(`this version has no provider \`${name}\` yet`, {
        hint: "It has `docker` (a daemon that answers), `engine` (devenv's own, on Linux), `ssh` (a host with Docker) and `auto` (the first of them).",
      });
  }
}

function nothingAnswers(attempts: readonly Attempt[], engine: Failure): Failure {
  const hints = [...attempts.map(({ hint }) => hint), engine.hint].filter((hint) => hint !== undefined);
  return environmentFailure("no Docker daemon answers, and devenv's own engine cannot be started", {
    problems: [
      ...attempts.map(({ what, outcome }) => ({ message: `${what}: ${outcome}` })),
      { message: `engine: ${engine.message}` },
    ],
    hint: hints.length === 0 ? undefined : [...new Set(hints)].join("\n"),
    output: engine.output,
    cause: engine,
  });
}

const describe = (attempts: readonly Attempt[]): string =>
  attempts.map(({ what, outcome }) => `${what}: ${outcome}`).join("; ");
