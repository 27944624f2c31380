import type { Release } from "../model/artifact.ts";
import { settlingRelease } from "../model/delivery.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile } from "../model/profile.ts";
import { withoutCrashed } from "../plan/crashed-settling.ts";
import { readPins } from "../profile/pins.ts";
import { artifactsOf, askCi, type CiAnswer } from "./ci-builds.ts";
import type { Cluster } from "./cluster.ts";
import { Downloads } from "./downloads.ts";
import type { Machine } from "./machine.ts";
import { busyServices, type Choice } from "./releases.ts";
import { standingReleases, wantedBuilds } from "./standing.ts";

export interface ChoiceOptions {
  /** These services alone, whose swap locks the caller has; all others are left as they are. */
  readonly only?: ReadonlySet<ServiceName>;
  /** Services in mode local whose work tree is built now, also where an earlier build of it could run. */
  readonly rebuilt?: ReadonlySet<ServiceName>;
  /** Services whose code is left as it is in place, whatever stands or is pinned. */
  readonly kept?: ReadonlySet<ServiceName>;
  /** What is to run, of services where that is decided. */
  readonly given?: ReadonlyMap<ServiceName, Release>;
  /** What CI said, where it was asked before. */
  readonly ci?: CiAnswer;
  /** Called with words about what is built or fetched before there is a plan. */
  readonly note: (note: string) => void;
}

/** Gathers what releases are chosen by; CI is asked about what nothing else decides. */
export async function choiceOf(
  running: Profile,
  cluster: Cluster,
  { only, rebuilt = new Set(), kept = new Set(), given = new Map(), ci, note }: ChoiceOptions,
  machine: Machine,
): Promise<Choice> {
  const deliveries = await deliveriesOf(running, cluster);
  const services = running.services.filter(({ name }) => !kept.has(name));
  // The swap locks of those that are named are the caller's own.
  const busy = only === undefined ? await busyServices(cluster, deliveries) : [];
  const standpoint = { pins: await readPins(running.workspace), deliveries, rebuilt, store: machine.store };
  const standing = new Map([...(await standingReleases(services, standpoint)), ...given]);
  const ask = async () =>
    askCi({ ...running, services }, await wantedBuilds(services, standing, standpoint.pins), machine, note);
  return {
    ...standpoint,
    profile: running,
    endpoint: cluster.endpoint,
    standing,
    ci: ci ?? (await ask()),
    downloads: new Downloads(running, machine),
    busy: new Set([...busy, ...kept]),
    note,
    machine,
  };
}

/** The daemon is asked only where something settles. */
async function deliveriesOf({ services }: Profile, { name, daemon, mount }: Cluster): Promise<Choice["deliveries"]> {
  const deliveries = mount.observe(services.map((service) => service.name));
  const isAnySettling = [...deliveries.values()].some(({ record }) => settlingRelease(record) !== undefined);
  return isAnySettling ? withoutCrashed(deliveries, (await daemon.observe(name)).containers) : deliveries;
}

/** Of each source that could not be asked: why, and what goes on as it is. */
export function silenceNotes(stayed: ReadonlyMap<ServiceName, Release>, { profile, ci }: Choice): string[] {
  const sources = new Map<string, ServiceName[]>();
  for (const service of profile.services.filter(({ name }) => stayed.has(name))) {
    const key = JSON.stringify(artifactsOf(profile, service));
    sources.set(key, [...(sources.get(key) ?? []), service.name]);
  }
  return [...sources.values()].map((names) => {
    const [first] = names;
    const reason = first === undefined ? undefined : ci.silent.get(first)?.message;
    return `CI cannot be asked (${reason}): ${stayOn(names, stayed)}`;
  });
}

/** `books, authors stay on ci:124; search stays on ci:120`. */
function stayOn(names: readonly ServiceName[], stayed: ReadonlyMap<ServiceName, Release>): string {
  const builds = new Map<string, ServiceName[]>();
  for (const name of names) {
    const build = stayed.get(name)?.artifact.build ?? "";
    builds.set(build, [...(builds.get(build) ?? []), name]);
  }
  return [...builds]
    .map(([build, on]) => `${on.join(", ")} ${on.length === 1 ? "stays" : "stay"} on ${build}`)
    .join("; ");
}
