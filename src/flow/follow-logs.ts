import type { LogLine } from "../docker/daemon.ts";
import type { ContainerId, ServiceName } from "../model/names.ts";
import type { Cluster } from "./cluster.ts";
import type { LogPlaces } from "./log-places.ts";
import { type Merged, mergeLines } from "./merge-lines.ts";

/** Where a container is begun that nothing was read of yet. */
export interface LogStart {
  /** Last lines to begin with; undefined for all. */
  readonly tail: number | undefined;
  /** RFC 3339. */
  readonly since: string | undefined;
}

export interface FollowOptions extends LogStart {
  readonly names: readonly ServiceName[];
  /** How far former readings got; what is handed on is noted there. */
  readonly places: LogPlaces;
  readonly signal: AbortSignal;
}

/** A program's first lines may be older than the daemon's word of its start. */
const START_MS = 1000;

/**
 * Every container that runs now, and every one that starts later, each from where it was left: Compose loses the stream
 * at a restart (#12317). Lines of one container come in their order, each once, and none is left out.
 * @throws Failure when the daemon goes away.
 */
export async function* followLogs(cluster: Cluster, options: FollowOptions): AsyncGenerator<LogLine> {
  const { names, signal } = options;
  const merged = mergeLines<LogLine>(signal, ({ text }) => text.length);
  const places = options.places.copy();
  const following = new Map<ContainerId, Promise<void>>();
  const follow = (id: ContainerId, service: ServiceName, from: LogStart): void => {
    const before = following.get(id) ?? Promise.resolve();
    const reading = before.then(() => readToItsEnd({ cluster, id, service, from, merged, places, signal }));
    following.set(id, reading.catch(merged.fail));
  };

  const events = cluster.daemon.events(cluster.name, signal);
  const { containers } = await cluster.daemon.observe(cluster.name);
  for (const { id, service } of containers) if (names.includes(service)) follow(id, service, options);
  void (async () => {
    for await (const event of events) {
      if (event.action !== "start" || !names.includes(event.service)) continue;
      // All that a new container says; of one that was followed in silence, what it says from its new start on.
      const since = following.has(event.container) ? new Date(event.atMs - START_MS).toISOString() : undefined;
      follow(event.container, event.service, { tail: undefined, since });
    }
  })().catch(merged.fail);
  for await (const line of merged.lines()) {
    options.places.note(line);
    yield line;
  }
}

interface Reading {
  readonly cluster: Cluster;
  readonly id: ContainerId;
  readonly service: ServiceName;
  readonly from: LogStart;
  readonly merged: Merged<LogLine>;
  readonly places: LogPlaces;
  readonly signal: AbortSignal;
}

/** Until the container ends; what its log was given behind the end of the stream is read after it. */
async function readToItsEnd({ cluster, id, service, from, merged, places, signal }: Reading): Promise<void> {
  const read = async (follow: boolean): Promise<void> => {
    const since = places.since(id);
    const start = since === undefined ? from : { since, tail: undefined };
    const isUnread = places.unread(id);
    for await (const line of cluster.daemon.logs(id, service, { ...start, follow, signal })) {
      if (!isUnread(line)) continue;
      places.note(line);
      await merged.push(line);
    }
  };
  await read(true);
  // It may be gone by now, and its log with it.
  if (!signal.aborted && places.since(id) !== undefined) await read(false).catch(() => undefined);
}
