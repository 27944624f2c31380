import type { Readable } from "node:stream";
import { LABEL } from "../model/container.ts";
import { type ClusterName, containerId, serviceName } from "../model/names.ts";
import type { Client } from "./client.ts";
import type { ContainerEvent, Daemon } from "./daemon.ts";
import { jsonLines } from "./json-lines.ts";
import { labelFilter } from "./observe.ts";

/** What is asked for; health checks alone would otherwise send three `exec_…` events each. */
const ACTIONS = [
  ...["create", "start", "restart", "die", "stop", "destroy", "kill", "oom", "health_status", "rename"],
  ...["pause", "unpause"],
];

interface RawEvent {
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
  readonly timeNano: number;
}

/** Changes of a cluster's containers, as they happen. */
export function eventCalls(client: Client): Pick<Daemon, "events"> {
  const what = "follow the daemon's events";
  return {
    events(cluster, signal) {
      // Asked for now and not at the first read, so that what happens in between is not missed.
      const stream = subscribe(client, what, cluster, signal);
      stream.catch(() => {});
      return read(client, what, stream, signal);
    },
  };
}

function subscribe(client: Client, what: string, cluster: ClusterName, signal: AbortSignal): Promise<Readable> {
  const filters = { type: ["container" as const], label: [labelFilter(cluster)], event: ACTIONS };
  return client.call(
    what,
    async (docker) => (await docker.getEvents({ filters, abortSignal: signal } as object)) as Readable,
    signal,
  );
}

async function* read(
  client: Client,
  what: string,
  subscribed: Promise<Readable>,
  signal: AbortSignal,
): AsyncGenerator<ContainerEvent> {
  let stream: Readable | undefined;
  try {
    stream = await subscribed;
    for await (const raw of jsonLines<RawEvent>(stream)) {
      if (!(LABEL.helper in raw.Actor.Attributes)) yield containerEvent(raw);
    }
  } catch (thrown) {
    if (!signal.aborted) throw client.failure(what, thrown);
  } finally {
    stream?.destroy();
  }
}

/** One event in our words. `health_status: healthy` is the action `health_status`. */
export function containerEvent(raw: RawEvent): ContainerEvent {
  const { ID: id, Attributes: attributes } = raw.Actor;
  const exitCode = attributes.exitCode;
  return {
    action: raw.Action.split(":")[0] ?? raw.Action,
    container: containerId(id),
    service: serviceName(attributes[LABEL.service] ?? ""),
    name: attributes.name ?? "",
    // With Docker's leading slash, unlike the name.
    ...(attributes.oldName !== undefined && { oldName: attributes.oldName.replace(/^\//, "") }),
    exitCode: exitCode === undefined ? undefined : Number(exitCode),
    atMs: Math.floor(raw.timeNano / 1_000_000),
  };
}
