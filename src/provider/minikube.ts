import type { Endpoint } from "../model/endpoint.ts";
import { asFailure, environmentFailure } from "../model/failure.ts";
import { DEFAULT_MINIKUBE, type MinikubeSettings, minikubeProfile } from "../model/minikube.ts";
import type { Profile } from "../model/profile.ts";
import { type MinikubeLayout, minikubeLayout } from "./minikube/layout.ts";
import { lookAt, type Machine } from "./minikube/machine.ts";
import { findMinikube } from "./minikube/program.ts";
import { startMachine } from "./minikube/start.ts";
import { addressOf, askWay, knownWay } from "./minikube/way.ts";
import { findProgram } from "./programs.ts";
import type { Provider, ProviderProgress } from "./provider.ts";
import { sshProvider } from "./ssh.ts";
import type { Surroundings } from "./surroundings.ts";

/** What of a profile decides about its minikube. */
export type MinikubeChoice = Pick<Profile, "name" | "minikube">;

/**
 * Provider `minikube`: a machine that the person's minikube makes and starts. Its daemon and the ports of its containers
 * come over a link, as those of any host behind ssh do (see minikube/way for why not over TLS).
 */
export function minikubeProvider(choice: MinikubeChoice, surroundings: Surroundings): Provider {
  const { minikube: settings = DEFAULT_MINIKUBE, name } = choice;
  const layout = minikubeLayout(minikubeProfile(settings, name), surroundings);
  const link = sshProvider(addressOf(layout), surroundings);
  return {
    name: "minikube",
    find: (signal) => link.find(signal),
    up: (progress, signal) => bringUp({ layout, settings, link }, surroundings, progress, signal),
    reach: (signal) => reach({ layout, settings, link }, surroundings, signal),
  };
}

/** Whether there is a minikube on this machine, of whichever version. */
export const hasMinikube = (surroundings: Surroundings): boolean => findProgram("minikube", surroundings) !== undefined;

interface Own {
  readonly layout: MinikubeLayout;
  readonly settings: MinikubeSettings;
  readonly link: Provider;
}

async function bringUp(own: Own, surroundings: Surroundings, progress: ProviderProgress, signal?: AbortSignal) {
  const found = await own.link.find(signal);
  if (found !== undefined) return found;
  const machine = { minikube: await findMinikube(surroundings), profile: own.layout.profile };
  const { state } = await lookAt(machine, surroundings, signal);
  const isNew = state !== "running" && state !== "paused";
  if (isNew) await startMachine(machine, own.settings, surroundings, progress, signal);
  return overTheWay(own, machine, { mayBeKnown: true }, surroundings, progress, signal);
}

/** The way to a machine that runs; it is not started here. */
async function reach({ layout, settings, link }: Own, surroundings: Surroundings, signal?: AbortSignal) {
  const known = await knownWay(layout);
  if (known === undefined) throw notThere(layout.profile, "devenv has never reached it");
  const asFound = await tried(link, () => {}, signal);
  if (!("failure" in asFound)) return asFound;
  const machine = { minikube: await findMinikube(surroundings), profile: layout.profile };
  const { state, host } = await lookAt(machine, surroundings, signal);
  if (state !== "running" && state !== "paused")
    throw notThere(layout.profile, `it is ${host?.toLowerCase() ?? state}`);
  return overTheWay({ layout, settings, link }, machine, { mayBeKnown: false }, surroundings, () => {}, signal);
}

const notThere = (profile: string, why: string) =>
  environmentFailure(`minikube's machine ${profile} does not run: ${why}`, { hint: "`devenv up` starts it." });

interface Trust {
  /** The way that is known is tried first. */
  readonly mayBeKnown: boolean;
}

/**
 * The daemon of a machine that runs, by the way that is known; where that leads nowhere, by what minikube says of it anew.
 * @throws Failure (environment) why it is not reached
 */
async function overTheWay(
  { layout, link }: Own,
  machine: Machine,
  { mayBeKnown }: Trust,
  surroundings: Surroundings,
  progress: ProviderProgress,
  signal?: AbortSignal,
): Promise<Endpoint> {
  const before = await knownWay(layout);
  if (mayBeKnown && before !== undefined) {
    const found = await tried(link, progress, signal);
    if (!("failure" in found)) return found;
    progress(`${found.failure.message}: asking minikube where its machine is now`);
  }
  const now = await askWay(machine, layout, surroundings, progress, signal);
  if (before !== undefined && (before.host !== now.host || before.port !== now.port)) {
    progress(
      `minikube's machine ${layout.profile} moved from ${before.host}:${before.port} to ${now.host}:${now.port}`,
    );
  }
  return link.up(progress, signal);
}

/** The endpoint, or why there is none; a bug or an interruption is neither. */
async function tried(link: Provider, progress: ProviderProgress, signal?: AbortSignal) {
  try {
    return await link.up(progress, signal);
  } catch (thrown) {
    const failure = asFailure(thrown);
    if (failure.class !== "environment" || signal?.aborted) throw failure;
    return { failure };
  }
}
