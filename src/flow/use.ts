import { openMount } from "../delivery/mount.ts";
import { clusterFolder } from "../host/folders.ts";
import { type LockOptions, withLock } from "../host/lock.ts";
import { Failure } from "../model/failure.ts";
import { effectiveMode, type ModeChoices, targetOf } from "../model/mode.ts";
import type { ServiceName } from "../model/names.ts";
import type { Step } from "../model/operation.ts";
import type { ModeChoice, Profile } from "../model/profile.ts";
import type { Mode } from "../model/status.ts";
import { modeInPlace } from "../state/service-status.ts";
import { bring } from "./bring.ts";
import { type Cluster, clusterLock, findCluster, modesLock, swapLock } from "./cluster.ts";
import type { Machine } from "./machine.ts";
import { readModes, writeModes } from "./modes.ts";
import { readProvided } from "./secrets.ts";
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
    // A swap that has begun comes to its end first. It may itself wait for the cluster's lock: so that one is the last.
    const locks = [...changes.keys()].sort().map((name) => swapLock({ folder }, name));
    return await withLocks([...locks, clusterLock({ folder })], waiting, async () => {
      const wanted = wantedOf(profile, machine);
      const cluster = await runningCluster(profile, machine);
      if (cluster === undefined) return { applied: false, steps: 0, notes: wanted.notes };
      try {
        const steps = await bringNamed(wanted, { changes, cluster, note }, machine);
        return { applied: true, steps, notes: wanted.notes };
      } finally {
        cluster.daemon.close();
      }
    });
  } catch (thrown) {
    const failed = thrown instanceof NotBrought ? thrown.services : new Set(changes.keys());
    await takeBack(folder, { before, changes, failed });
    throw thrown instanceof NotBrought ? thrown.cause : thrown;
  }
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

async function withLocks<T>(
  [first, ...rest]: readonly string[],
  options: LockOptions,
  body: () => Promise<T>,
): Promise<T> {
  return first === undefined ? body() : withLock(first, options, () => withLocks(rest, options, body));
}

function changed(choices: ModeChoices, changes: ModeChanges): ModeChoices {
  const after = new Map(choices);
  for (const [name, mode] of changes) {
    if (mode === undefined) after.delete(name);
    else after.set(name, mode);
  }
  return after;
}

/** The cluster where something of it runs; undefined where nothing does, or no daemon answers. */
async function runningCluster(profile: Profile, machine: Machine): Promise<Cluster | undefined> {
  try {
    const cluster = await findCluster(profile, machine);
    const { containers } = await cluster.daemon.observe(profile.name);
    if (containers.some(({ state }) => state === "running")) return cluster;
    cluster.daemon.close();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.class === "environment") return undefined;
    throw thrown;
  }
}

interface Circumstances {
  readonly changes: ModeChanges;
  readonly cluster: Cluster;
  readonly note: (text: string) => void;
}

/** Some of the services did not come to their mode. The cause is what is told. */
class NotBrought extends Error {
  readonly services: ReadonlySet<ServiceName>;

  constructor(services: ReadonlySet<ServiceName>, cause: unknown) {
    super("not brought", { cause });
    this.services = services;
  }
}

/** Gives the number of steps. @throws NotBrought with the services whose steps did not all end well. */
async function bringNamed(
  wanted: Wanted,
  { changes, cluster, note }: Circumstances,
  machine: Machine,
): Promise<number> {
  const only = new Set(changes.keys());
  const named = wanted.profile.services.filter(({ name }) => only.has(name));
  const rebuilt = new Set(named.filter(({ mode }) => mode?.kind === "local").map(({ name }) => name));
  const contents = await readProvided(wanted.profile, named, machine);
  let left: readonly Step[] = [];
  const unsubscribe = machine.bus.subscribe((event) => {
    if (event.type === "planned") left = event.steps;
    if (event.type === "stepDone") left = left.filter(({ id }) => id !== event.step);
  });
  try {
    const options = { dryRun: false, only, rebuilt, contents, note };
    return (await bring(wanted, cluster, options, machine)).steps.length;
  } catch (cause) {
    const unfinished = new Set(left.flatMap(({ service }) => service ?? []));
    // Without a plan, nothing was done of any.
    throw new NotBrought(unfinished.size === 0 ? only : unfinished, cause);
  } finally {
    unsubscribe();
  }
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
