import { clusterFolder } from "../host/folders.ts";
import { withLock } from "../host/lock.ts";
import { Failure } from "../model/failure.ts";
import { effectiveMode, type ModeChoices, targetOf } from "../model/mode.ts";
import type { ServiceName } from "../model/names.ts";
import type { ModeChoice, Profile } from "../model/profile.ts";
import type { Mode } from "../model/status.ts";
import { bring } from "./bring.ts";
import { type Cluster, clusterLock, findCluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";
import { readModes, writeModes } from "./modes.ts";
import { readProvided } from "./secrets.ts";
import { tellHolder } from "./up.ts";
import { type Wanted, wantedWith } from "./wanted.ts";

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
  const names = [...changes.keys()].join(" ");
  const lock = { wait: true, command: `devenv use ${names}`, signal: machine.signal, onWaiting: tellHolder(note) };
  wantedWith(profile, changed(readModes(folder), changes), machine); // before anybody is waited for
  return withLock(clusterLock({ folder }), lock, async () => {
    const before = readModes(folder);
    const after = changed(before, changes);
    const wanted = wantedWith(profile, after, machine);
    const cluster = await runningCluster(profile, machine);
    if (cluster === undefined) {
      await writeModes(folder, after);
      return { applied: false, steps: 0, notes: wanted.notes };
    }
    try {
      const steps = await bringNamed(wanted, changes, { before, after, cluster, note }, machine);
      return { applied: true, steps, notes: wanted.notes };
    } finally {
      cluster.daemon.close();
    }
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
  readonly before: ModeChoices;
  readonly after: ModeChoices;
  readonly cluster: Cluster;
  readonly note: (text: string) => void;
}

/**
 * The choices are written first: a `watch` must not swap code into what is being replaced. What then fails takes its
 * choice back, so that they say what is.
 */
async function bringNamed(
  wanted: Wanted,
  changes: ModeChanges,
  { before, after, cluster, note }: Circumstances,
  machine: Machine,
): Promise<number> {
  const only = new Set(changes.keys());
  const named = wanted.profile.services.filter(({ name }) => only.has(name));
  const rebuilt = new Set(named.filter(({ mode }) => mode?.kind === "local").map(({ name }) => name));
  const contents = await readProvided(wanted.profile, named, machine);
  const steps = new Set<string>();
  const ended = new Set<string>();
  const unsubscribe = machine.bus.subscribe((event) => {
    if (event.type === "planned") for (const { id, service } of event.steps) if (service) steps.add(`${service} ${id}`);
    if (event.type === "stepDone") ended.add(event.step);
  });
  await writeModes(cluster.folder, after);
  try {
    const options = { dryRun: false, only, rebuilt, contents, note };
    return (await bring(wanted, cluster, options, machine)).steps.length;
  } catch (thrown) {
    // Where there was no plan, nothing is done of any.
    const undone = [...steps].filter((step) => !ended.has(step.slice(step.indexOf(" ") + 1)));
    const failed = steps.size === 0 ? only : new Set(undone.map((step) => step.slice(0, step.indexOf(" "))));
    await writeModes(cluster.folder, takenBack(before, after, failed));
    throw thrown;
  } finally {
    unsubscribe();
  }
}

/** The choices as they are, without the new ones of services that did not come to them. */
function takenBack(before: ModeChoices, after: ModeChoices, failed: ReadonlySet<string>): ModeChoices {
  const names = new Set([...before.keys(), ...after.keys()]);
  return new Map(
    [...names].flatMap((name) => {
      const mode = (failed.has(name) ? before : after).get(name);
      return mode === undefined ? [] : [[name, mode]];
    }),
  );
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
  const choices = readModes(clusterFolder(machine.folders, profile.name));
  return profile.services.map((service) => {
    const { mode, from } = effectiveMode(service, choices);
    const byDefault = service.build === undefined ? "image" : "ci";
    return { service: service.name, mode: mode?.kind ?? byDefault, from, target: targetOf(mode) ?? null };
  });
}

/** The services for which a person chose a mode, also those that the profile no longer has. */
export const chosenServices = (profile: Profile, machine: Machine): ServiceName[] => [
  ...readModes(clusterFolder(machine.folders, profile.name)).keys(),
];
