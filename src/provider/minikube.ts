import { ensureFolder } from "../host/files.ts";
import type { Endpoint } from "../model/endpoint.ts";
import { asFailure, environmentFailure } from "../model/failure.ts";
import { DEFAULT_MINIKUBE, type MinikubeSettings, minikubeProfile } from "../model/minikube.ts";
import type { Profile } from "../model/profile.ts";
import { expectAnswer, placeOf } from "./minikube/behind-ssh.ts";
import { type MinikubeLayout, minikubeLayout } from "./minikube/layout.ts";
import { lookAt, type Machine } from "./minikube/machine.ts";
import { madeWith } from "./minikube/made.ts";
import { isSettled, readMounts } from "./minikube/mount-record.ts";
import { haveMounts } from "./minikube/mounts.ts";
import { leadsElsewhere, leaveOldPlace, leaveUnfinished } from "./minikube/move.ts";
import { addressTowards } from "./minikube/own-address.ts";
import { findMinikube } from "./minikube/program.ts";
import { startMachine } from "./minikube/start.ts";
import { addressOf, askWay, knownWay } from "./minikube/way.ts";
import { findProgram } from "./programs.ts";
import type { Provider, ProviderProgress } from "./provider.ts";
import { sshProvider } from "./ssh.ts";
import type { Surroundings } from "./surroundings.ts";
import { foldersToShare, type Sharing } from "./vm/shared-folders.ts";

/** What of a profile decides about its minikube. */
export type MinikubeChoice = Sharing & Pick<Profile, "minikube">;

/**
 * Provider `minikube`: a machine that the person's minikube makes and starts. Its daemon and the ports of its containers
 * come over a link, as those of any host behind ssh do (see minikube/way for why not over TLS).
 */
export function minikubeProvider(choice: MinikubeChoice, surroundings: Surroundings): Provider {
  const own = ownOf(choice, surroundings);
  return {
    name: "minikube",
    find: (signal) => own.link.find(signal),
    up: (progress, signal) => bringUp(own, surroundings, progress, signal),
    reach: (signal) => reach(own, surroundings, signal),
  };
}

/** Whether there is a minikube on this machine, of whichever version. */
export const hasMinikube = (surroundings: Surroundings): boolean => findProgram("minikube", surroundings) !== undefined;

interface Own {
  readonly choice: MinikubeChoice;
  readonly layout: MinikubeLayout;
  readonly settings: MinikubeSettings;
  readonly link: Provider;
}

function ownOf(choice: MinikubeChoice, surroundings: Surroundings): Own {
  const { minikube: settings = DEFAULT_MINIKUBE, name } = choice;
  const layout = minikubeLayout(minikubeProfile(settings, name), surroundings);
  return { choice, layout, settings, link: sshProvider(addressOf(layout), surroundings) };
}

async function bringUp(own: Own, surroundings: Surroundings, progress: ProviderProgress, signal?: AbortSignal) {
  const { layout, settings } = own;
  const found = (await leadsElsewhere(settings, layout)) ? undefined : await own.link.find(signal);
  if (found !== undefined && (await isShared(own, surroundings))) return found;
  const machine = await machineOf(own, surroundings);
  if (found === undefined) {
    await leaveOldPlace(machine, settings, layout, surroundings, progress, signal);
    const { state } = await lookAt(machine, surroundings, signal);
    if (state === "broken") await leaveUnfinished(machine, surroundings, progress, signal);
    const isNew = state !== "running" && state !== "paused";
    if (isNew) await startMachine(machine, settings, surroundings, progress, signal);
    await overTheWay(own, machine, { mayBeKnown: true }, surroundings, progress, signal);
  }
  await share(own, machine, surroundings, progress, signal);
  return own.link.up(progress, signal);
}

const machineOf = async ({ layout, settings }: Own, surroundings: Surroundings): Promise<Machine> => ({
  minikube: await findMinikube(surroundings),
  profile: layout.profile,
  sshKey: settings.sshKey,
});

/** The way to a machine that runs; it is not started here. */
async function reach(own: Own, surroundings: Surroundings, signal?: AbortSignal) {
  const { layout, link, settings } = own;
  const known = await knownWay(layout);
  if (known === undefined) throw notThere(layout.profile, "devenv has never reached it");
  const asFound = await tried(link, () => {}, signal);
  const machine = await machineOf(own, surroundings);
  if ("failure" in asFound) {
    const place = placeOf(settings);
    if (place !== undefined) await expectAnswer(place, layout.profile, signal);
    const { state, host } = await lookAt(machine, surroundings, signal);
    if (state !== "running" && state !== "paused")
      throw notThere(layout.profile, `it is ${host?.toLowerCase() ?? state}`);
    await overTheWay(own, machine, { mayBeKnown: false }, surroundings, () => {}, signal);
  }
  // After a reboot of this machine nobody keeps them mounted any more.
  if (!(await isShared(own, surroundings))) await share(own, machine, surroundings, () => {}, signal);
  return link.up(() => {}, signal);
}

/** Whether the folders that the cluster wants are mounted, or it was seen that they cannot be. */
const isShared = async ({ choice, layout, settings }: Own, surroundings: Surroundings): Promise<boolean> =>
  isSettled(
    await readMounts(layout),
    foldersToShare(choice, surroundings),
    whyNever(settings, settings.driver === "ssh"),
  );

/** Has the machine have this one's folders, where it can. */
async function share(
  { choice, layout, settings }: Own,
  machine: Machine,
  surroundings: Surroundings,
  progress: ProviderProgress,
  signal?: AbortSignal,
): Promise<void> {
  const folders = foldersToShare(choice, surroundings);
  for (const folder of folders) await ensureFolder(folder);
  const driver = settings.driver ?? (await madeWith(machine, surroundings))?.driver;
  const isBehindSsh = driver === "ssh";
  const ip = isBehindSsh ? await addressTowards(await knownWay(layout)) : undefined;
  const never = whyNever(settings, isBehindSsh);
  await haveMounts({ layout, program: machine.minikube.path, folders, ip, never }, surroundings, progress, signal);
}

/** minikube serves folders to whoever reaches its port: with a machine elsewhere that would be everybody on its network. */
function whyNever({ mount }: MinikubeSettings, isBehindSsh: boolean): string | undefined {
  if (mount === false) return "the profile says `mount: false`";
  return isBehindSsh && mount !== true
    ? "a machine behind ssh gets them only where the profile says `mount: true`"
    : undefined;
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
    progress(found.failure.message, { isNote: true });
    progress("asking minikube where its machine is now");
  }
  const now = await askWay(machine, layout, surroundings, progress, signal);
  if (before !== undefined && (before.host !== now.host || before.port !== now.port)) {
    progress(
      `minikube's machine ${layout.profile} moved from ${before.host}:${before.port} to ${now.host}:${now.port}`,
      { isNote: true },
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
