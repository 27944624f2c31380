import { dockerHost, type Endpoint, type ProviderName } from "../model/endpoint.ts";
import { asFailure, environmentFailure, type Failure, interrupted, userFailure } from "../model/failure.ts";
import { dockerProvider, type Search, searchDocker } from "./docker.ts";
import { engineProvider } from "./engine.ts";
import type { Provider, ProviderProgress } from "./provider.ts";
import type { Attempt, Surroundings } from "./surroundings.ts";

/** What a profile's `provider:` may say. */
export type ProviderChoice = ProviderName | "auto";

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
  if (choice !== "auto") return named(choice, surroundings).up(progress, signal);
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
  return choice === "auto" ? (await look(surroundings, signal)).endpoints[0] : named(choice, surroundings).find(signal);
}

/**
 * Every daemon that answers, in the order of `auto`. Which of them runs a cluster is written nowhere but on its
 * containers, so status, watch and down ask each for the cluster's label.
 */
export async function findEndpoints(surroundings: Surroundings, signal?: AbortSignal): Promise<readonly Endpoint[]> {
  return (await look(surroundings, signal)).endpoints;
}

/** Every place where a daemon was looked for and did not answer. */
export async function triedInVain(surroundings: Surroundings, signal?: AbortSignal): Promise<readonly Attempt[]> {
  return (await look(surroundings, signal)).search.attempts;
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
  const isSame = docker && engine && dockerHost(docker.address) === dockerHost(engine.address);
  const endpoints = [isSame ? undefined : docker, engine].filter((endpoint) => endpoint !== undefined);
  return { endpoints, search };
}

function named(name: ProviderName, surroundings: Surroundings): Provider {
  switch (name) {
    case "docker":
      return dockerProvider(surroundings);
    case "engine":
      return engineProvider(surroundings);
    case "minikube":
    case "vm":
    case "ssh":
      throw userFailure(`this version has no provider \`${name}\` yet`, {
        hint: "It has `docker` (a daemon that answers), `engine` (devenv's own, on Linux) and `auto` (the first of them).",
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
