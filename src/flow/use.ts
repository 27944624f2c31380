import { openMount } from "../delivery/mount.ts";
import { clusterFolder } from "../host/folders.ts";
import { withLock } from "../host/lock.ts";
import { effectiveMode, type ModeChoices, targetOf } from "../model/mode.ts";
import type { ServiceName } from "../model/names.ts";
import type { ModeChoice, Profile, Service } from "../model/profile.ts";
import type { Mode } from "../model/status.ts";
import { modeInPlace } from "../state/service-status.ts";
import { bringNamed, NotBrought } from "./bring-named.ts";
import { modesLock, withSwapLocks } from "./cluster.ts";
import type { Machine } from "./machine.ts";
import { readModes, writeModes } from "./modes.ts";
import { runningCluster } from "./running-cluster.ts";
import { tellHolder } from "./up.ts";
import { type Wanted, wantedOf, wantedWith } from "./wanted.ts";

/** What a person wants of some services: a mode, or none of their own any more. */
export type ModeChanges = ReadonlyMap<ServiceName, ModeChoice | undefined>;

export interface UseResult {
  /** False where the cluster does not run: then the next `up` brings it. */
  readonly applied: boolean;
  /** How many steps were carried out. */
  readonly steps: number;
  /** What a person should know: who depends on a service that is off. */
  readonly notes: readonly string[];
}

/**
 * `devenv use`: chooses modes of services, and brings just these services to them where the cluster runs. A service that
 * cannot be brought to its mode keeps the one that it had.
 * @throws Failure (exit code 2) for a mode that a service cannot be in; (1) for one that was tried and failed.
 */
export async function use(
  profile: Profile,
  changes: ModeChanges,
  note: (text: string) => void,
  machine: Machine,
): Promise<UseResult> {
  const folder = clusterFolder(machine.folders, profile.name);
  const before = await choose(profile, folder, changes, machine);
  const lock = { wait: true, command: `devenv use ${[...changes.keys()].join(" ")}`, signal: machine.signal };
  const waiting = { ...lock, onWaiting: tellHolder(note) };
  try {
    return await withSwapLocks({ folder }, [...changes.keys()], waiting, async () => {
      const wanted = wantedOf(profile, machine);
      const cluster = await runningCluster(profile, machine);
      if (cluster === undefined) return { applied: false, steps: 0, notes: wanted.notes };
      try {
        const { plan, notes } = await bringNamed(wanted, cluster, { ...scopeOf(wanted, changes), note }, machine);
        return { applied: true, steps: plan.steps.length, notes: [...wanted.notes, ...notes] };
      } finally {
        cluster.daemon.close();
      }
    });
  } catch (thrown) {
    const failed = new Set(thrown instanceof NotBrought ? thrown.services.keys() : changes.keys());
    await takeBack(folder, { before, changes, failed });
    throw thrown instanceof NotBrought ? thrown.cause : thrown;
  }
}

/** What of the cluster is brought to its mode: the named services, those in mode local as their work tree is now. */
function scopeOf({ profile }: Wanted, changes: ModeChanges) {
  const isLocal = ({ name, mode }: Service) => changes.has(name) && mode?.kind === "local";
  return { only: new Set(changes.keys()), rebuilt: new Set(profile.services.filter(isLocal).map(({ name }) => name)) };
}

/**
 * Writes the choices, before anything is done: a `watch` must not swap code into what is about to be replaced. Gives
 * those that were before.
 * @throws Failure when one of the services cannot be in its mode: then nothing is written.
 */
function choose(profile: Profile, folder: string, changes: ModeChanges, machine: Machine): Promise<ModeChoices> {
  return withLock(modesLock({ folder }), { wait: true, signal: machine.signal }, async () => {
    const before = readModes(folder);
    const after = changed(before, changes);
    wantedWith(profile, after, machine);
    await writeModes(folder, after);
    return before;
  });
}

interface Undoing {
  readonly before: ModeChoices;
  readonly changes: ModeChanges;
  readonly failed: ReadonlySet<ServiceName>;
}

/** The choices say what is: a service that did not come to its mode has the one that it had, unless it has another since. */
function takeBack(folder: string, { before, changes, failed }: Undoing): Promise<void> {
  return withLock(modesLock({ folder }), { wait: true }, async () => {
    const now = readModes(folder);
    const isOurs = (name: ServiceName) => JSON.stringify(now.get(name)) === JSON.stringify(changes.get(name));
    const back = [...failed].filter(isOurs).map((name) => [name, before.get(name)] as const);
    await writeModes(folder, changed(now, new Map(back)));
  });
}

function changed(choices: ModeChoices, changes: ModeChanges): ModeChoices {
  const after = new Map(choices);
  for (const [name, mode] of changes) {
    if (mode === undefined) after.delete(name);
    else after.set(name, mode);
  }
  return after;
}

/** One row of `devenv use --list`. */
export interface ModeRow {
  readonly service: ServiceName;
  readonly mode: Mode;
  /** Who says so; `default` is CI's build until an edit is saved, or the image's own program. */
  readonly from: "you" | "profile" | "default";
  /** Where `host` and `remote` lead, without a password. */
  readonly target: string | null;
}

/** The mode of every service of a profile, whether its cluster runs or not. */
export function modeRows(profile: Profile, machine: Machine): ModeRow[] {
  const folder = clusterFolder(machine.folders, profile.name);
  const choices = readModes(folder);
  const deliveries = openMount(folder, machine.store).observe(profile.services.map(({ name }) => name));
  return profile.services.map((service) => {
    const { mode, from } = effectiveMode(service, choices);
    // Where nobody says anything, an edit that was saved and answered stays.
    const kind = mode?.kind ?? modeInPlace(service, deliveries.get(service.name));
    return { service: service.name, mode: kind, from, target: targetOf(mode) ?? null };
  });
}

/** The services for which a person chose a mode, also those that the profile no longer has. */
export const chosenServices = (profile: Profile, machine: Machine): ServiceName[] => [
  ...readModes(clusterFolder(machine.folders, profile.name)).keys(),
];
