import type { LogLine } from "../docker/daemon.ts";
import type { ContainerId, ServiceName } from "../model/names.ts";
import type { Profile } from "../model/profile.ts";
import { type Cluster, findCluster } from "./cluster.ts";
import { followLogs } from "./follow-logs.ts";
import { LogPlaces } from "./log-places.ts";
import type { Machine } from "./machine.ts";
import { namedServices } from "./services.ts";

export interface LogsOptions {
  readonly services: readonly string[];
  readonly follow: boolean;
  readonly tail: number | undefined;
  readonly since: string | undefined;
  /** How far former readings got, with `follow`: what they had is left out. */
  readonly places?: LogPlaces;
}

/**
 * `devenv logs`: the lines of the named services. Without `follow`, all of them in the order of their times. With it,
 * each as it comes, and a container that is restarted or replaced goes on being followed from where it stopped.
 */
export async function* logs(profile: Profile, options: LogsOptions, machine: Machine): AsyncGenerator<LogLine> {
  const names = namedServices(profile, options.services).map(({ name }) => name);
  const cluster = await findCluster(profile, machine);
  try {
    if (options.follow)
      yield* followLogs(cluster, { names, places: new LogPlaces(), ...options, signal: machine.signal });
    else yield* inOrder(cluster, names, options);
  } finally {
    cluster.daemon.close();
  }
}

async function* inOrder(
  cluster: Cluster,
  names: readonly ServiceName[],
  options: LogsOptions,
): AsyncGenerator<LogLine> {
  const lines = await Promise.all(
    (await containersOf(cluster, names)).map(([id, name]) =>
      collected(cluster.daemon.logs(id, name, { ...options, follow: false })),
    ),
  );
  const keyed = lines.flat().map((line, index) => ({ line, index }));
  keyed.sort((a, b) => compare(a.line.time ?? "", b.line.time ?? "") || a.index - b.index);
  for (const { line } of keyed) yield line;
}

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

async function containersOf(cluster: Cluster, names: readonly ServiceName[]): Promise<[ContainerId, ServiceName][]> {
  const { containers } = await cluster.daemon.observe(cluster.name);
  return containers.flatMap(({ id, service }) =>
    names.includes(service) ? [[id, service] as [ContainerId, ServiceName]] : [],
  );
}
