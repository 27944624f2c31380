import { dockerHost, type Endpoint, type ProviderName } from "../model/endpoint.ts";
import { asFailure, environmentFailure, Failure, interrupted, userFailure } from "../model/failure.ts";
import type { Profile } from "../model/profile.ts";
import { dockerProvider, type Search, searchDocker } from "./docker.ts";
import { engineProvider } from "./engine.ts";
import { hasMinikube, type MinikubeChoice, minikubeProvider } from "./minikube.ts";
import type { Provider, ProviderProgress } from "./provider.ts";
import { brokenLinks, findLinks, sshProvider } from "./ssh.ts";
import type { Attempt, Surroundings } from "./surroundings.ts";
import { hasQemu, hasVm, type VmChoice, vmProvider } from "./vm.ts";

/** What a profile says of its provider. */
export type ProviderChoice = Pick<Profile, "provider" | "ssh"> & VmChoice & MinikubeChoice;

/**
 * Has a daemon for a cluster, starting one where that is needed and possible. `auto` takes the person's own Docker when
 * it answers, else our engine: running, or started; where there can be none, a virtual machine: ours, or minikube's.
 * @throws Failure: (user) a provider that lacks something in the profile; (environment) all that was tried, and what to do
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
  if (search.named !== undefined)
    progress(`${describe(search.attempts)}: taking devenv's own engine`, { isNote: true });
  const failures: [ProviderName, Failure][] = [];
  for (const provider of [engineProvider(surroundings), ...machineProviders(choice, surroundings)]) {
    const tried = await provider.up(progress, signal).catch((thrown: unknown) => asFailure(thrown));
    if (!(tried instanceof Failure)) return tried;
    if (tried.class !== "environment") throw tried;
    failures.push([provider.name, tried]);
  }
  throw nothingAnswers(search.attempts, failures);
}

/** What `auto` starts where there can be no engine: the one of the two that is installed, our own first. */
function machineProviders(choice: ProviderChoice, surroundings: Surroundings): readonly Provider[] {
  if (hasQemu(surroundings)) return [vmProvider(choice, surroundings)];
  return hasMinikube(surroundings) ? [minikubeProvider(choice, surroundings)] : [];
}

/** The daemon that `chooseProvider` would take, when it answers already; starts nothing, and is quick. */
export async function findProvider(
  choice: ProviderChoice,
  surroundings: Surroundings,
  signal?: AbortSignal,
): Promise<Endpoint | undefined> {
  if (choice.provider === "auto") {
    const { endpoints } = await look(surroundings, signal);
    return endpoints[0] ?? vmProvider(choice, surroundings).find(signal);
  }
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
  if (found !== undefined) return found;
  if (choice.provider === "auto") return reachOwnMachine(choice, surroundings, signal);
  return named(choice.provider, choice, surroundings).reach?.(signal);
}

/** Where no other daemon answers, a cluster that has a machine is in there. */
async function reachOwnMachine(choice: ProviderChoice, surroundings: Surroundings, signal?: AbortSignal) {
  const hasMachine = await hasVm(choice.name, surroundings);
  return hasMachine ? vmProvider(choice, surroundings).reach?.(signal) : undefined;
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

function named(name: ProviderName, choice: ProviderChoice, surroundings: Surroundings): Provider {
  switch (name) {
    case "docker":
      return dockerProvider(surroundings);
    case "engine":
      return engineProvider(surroundings);
    case "ssh":
      if (choice.ssh !== undefined) return sshProvider(choice.ssh, surroundings);
      throw userFailure("provider `ssh` needs a host", { hint: "Write `ssh: user@host` beside it, under `x-devenv`." });
    case "vm":
      return vmProvider(choice, surroundings);
    case "minikube":
      return minikubeProvider(choice, surroundings);
  }
}

function nothingAnswers(attempts: readonly Attempt[], started: readonly (readonly [ProviderName, Failure])[]): Failure {
  const failures = started.map(([, failure]) => failure);
  const hints = [...attempts, ...failures].flatMap(({ hint }) => hint ?? []);
  const which = started.length > 1 ? "neither an engine nor a virtual machine can" : "devenv's own engine cannot";
  return environmentFailure(`no Docker daemon answers, and ${which} be started`, {
    problems: [
      ...attempts.map(({ what, outcome }) => ({ message: `${what}: ${outcome}` })),
      ...started.map(([name, { message }]) => ({ message: `${name}: ${message}` })),
    ],
    hint: hints.length === 0 ? undefined : [...new Set(hints)].join("\n"),
    output: failures.findLast(({ output }) => output !== undefined)?.output,
    cause: failures.at(-1),
  });
}

const describe = (attempts: readonly Attempt[]): string =>
  attempts.map(({ what, outcome }) => `${what}: ${outcome}`).join("; ");
