import type { LogLine } from "../docker/daemon.ts";
import type { ContainerId, ServiceName } from "../model/names.ts";
import type { Profile } from "../model/profile.ts";
import { type Cluster, findCluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";
import { mergeLines } from "./merge-lines.ts";
import { namedServices } from "./services.ts";

export interface LogsOptions {
  readonly services: readonly string[];
  readonly follow: boolean;
  readonly tail: number | undefined;
  readonly since: string | undefined;
}

/**
 * `devenv logs`: the lines of the named services. Without `follow`, all of them in the order of their times. With it,
 * each as it comes, and a container that is restarted or replaced goes on being followed from where it stopped.
 */
export async function* logs(profile: Profile, options: LogsOptions, machine: Machine): AsyncGenerator<LogLine> {
  const names = namedServices(profile, options.services).map(({ name }) => name);
  const cluster = await findCluster(profile, machine);
  try {
    if (options.follow) yield* followAll(cluster, names, options, machine.signal);
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

/** A program's first lines may be older than the daemon's word of its start. */
const START_MS = 1000;

/** Every container that runs now, and every one that starts later: Compose loses the stream at a restart (#12317). */
async function* followAll(
  cluster: Cluster,
  names: readonly ServiceName[],
  options: LogsOptions,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const merged = mergeLines<LogLine>(signal);
  const following = new Map<ContainerId, Promise<void>>();
  const lastTime = new Map<ContainerId, string>();

  const follow = (id: ContainerId, service: ServiceName, from: LogsOptions): void => {
    const before = following.get(id) ?? Promise.resolve();
    const after = before.then(async () => {
      const since = lastTime.get(id);
      const resumed = since === undefined ? from : { ...from, since, tail: undefined };
      for await (const line of cluster.daemon.logs(id, service, { ...resumed, follow: true, signal })) {
        if (since !== undefined && line.time !== undefined && line.time <= since) continue;
        if (line.time !== undefined) lastTime.set(id, line.time);
        await merged.push(line);
      }
    });
    following.set(id, after.catch(merged.fail));
  };

  const events = cluster.daemon.events(cluster.name, signal);
  for (const [id, service] of await containersOf(cluster, names)) follow(id, service, options);
  void (async () => {
    for await (const event of events) {
      if (event.action !== "start" || !names.includes(event.service)) continue;
      // All that a new container says; of one that was followed in silence, what it says from its new start on.
      const since = following.has(event.container) ? new Date(event.atMs - START_MS).toISOString() : undefined;
      follow(event.container, event.service, { ...options, tail: undefined, since });
    }
  })().catch(merged.fail);
  yield* merged.lines();
}
