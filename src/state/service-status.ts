import type { Release } from "../model/artifact.ts";
import type { ContainerDetail, ObservedContainer } from "../model/container.ts";
import type { ObservedDelivery } from "../model/delivery.ts";
import type { PortBinding, Service } from "../model/profile.ts";
import type { Mode, ServiceState, ServiceStatus } from "../model/status.ts";

/** All that is known of one service at this moment. */
export interface ServiceFacts {
  readonly service: Service;
  readonly container: ObservedContainer | undefined;
  readonly detail: ContainerDetail | undefined;
  readonly delivery: ObservedDelivery | undefined;
  /** What its readiness probe says right now; undefined when it was not (or cannot be) probed. */
  readonly answers: boolean | undefined;
}

/** One row of the status: what the daemon, the mount and the probe said, put into one word each. Pure. */
export function serviceStatus(facts: ServiceFacts): ServiceStatus {
  const state = stateOf(facts);
  const reason = reasonOf(state, facts);
  return {
    name: facts.service.name,
    state,
    mode: modeOf(facts),
    build: buildOf(facts),
    ready: facts.container?.state === "running" && answersNow(facts),
    address: addressOf(facts.service, facts.container),
    since: sinceOf(state, facts),
    ...(reason !== undefined && { reason }),
  };
}

function stateOf(facts: ServiceFacts): ServiceState {
  const { container, delivery, detail } = facts;
  if (container === undefined) return "off";
  if (container.state === "created") return "starting";
  if (container.state !== "running") {
    return container.state === "exited" && detail?.exitCode === 0 ? "off" : "crashed";
  }
  if (delivery?.record?.trial !== undefined) return "swapping";
  if (!answersNow(facts)) return container.health === "starting" || isYoung(facts) ? "starting" : "unhealthy";
  return delivery?.record?.rolledBack === undefined ? "ready" : "rolledBack";
}

function answersNow({ container, answers }: ServiceFacts): boolean {
  if (answers !== undefined) return answers;
  return container?.health === "none" || container?.health === "healthy";
}

/** Docker says "Up 3 seconds" or "Up Less than a second": within its deadline a silent service is still starting. */
function isYoung({ container, service }: ServiceFacts): boolean {
  const within = service.ready?.withinMs ?? 10_000;
  const match = /^Up (?:(\d+) seconds?|Less than a second)/.exec(container?.statusText ?? "");
  return match !== null && Number(match[1] ?? 0) * 1000 < within;
}

function modeOf({ service, container, delivery }: ServiceFacts): Mode {
  if (container === undefined && service.build === undefined) return "image";
  const release = releaseInPlace(delivery);
  if (release !== undefined) return release.artifact.build.startsWith("local:") ? "local" : "ci";
  return service.build === undefined ? "image" : "ci";
}

function buildOf({ service, delivery }: ServiceFacts): string | null {
  const release = releaseInPlace(delivery);
  if (release !== undefined) return release.artifact.build;
  if (delivery?.artifact !== undefined) return `unknown:${delivery.artifact.slice(0, 12)}`;
  return service.build === undefined ? service.image : null;
}

/** The pointer is the truth; the record only names what it points at. */
export function releaseInPlace(delivery: ObservedDelivery | undefined): Release | undefined {
  const named = [delivery?.record?.good, delivery?.record?.trial?.release, delivery?.record?.rolledBack?.from];
  return named.find((release) => release !== undefined && release.artifact.digest === delivery?.artifact);
}

function sinceOf(state: ServiceState, { detail, delivery }: ServiceFacts): string | null {
  if (state === "rolledBack") return delivery?.record?.rolledBack?.at ?? null;
  if (state === "swapping") return delivery?.record?.trial?.since ?? null;
  if (detail === undefined) return null;
  const time = state === "crashed" || state === "off" ? detail.finishedAt : detail.startedAt;
  return time.startsWith("0001-") ? null : time;
}

function reasonOf(state: ServiceState, { detail, delivery, container }: ServiceFacts): string | undefined {
  switch (state) {
    case "rolledBack":
      return delivery?.record?.rolledBack?.reason;
    case "crashed":
      return crashReason(detail, container);
    case "unhealthy":
      return detail?.healthOutput?.trim() || "does not answer";
    default:
      return undefined;
  }
}

function crashReason(detail: ContainerDetail | undefined, container: ObservedContainer | undefined): string {
  if (detail === undefined) return container?.statusText ?? "ended";
  if (detail.oomKilled) return "ran out of memory and was killed";
  const times = detail.restarts > 0 ? `, restarted ${detail.restarts} times` : "";
  return `ended with exit code ${detail.exitCode}${times}`;
}

/** Where to reach it: its first published port on this machine, else its name inside the cluster. */
export function addressOf(service: Service, container: ObservedContainer | undefined): string | null {
  const published =
    container?.ports.find((port) => port.hostPort > 0) ?? service.ports.find((port) => port.hostPort > 0);
  if (published !== undefined) return publishedAddress(service, published);
  const inside = service.ready?.port ?? service.expose[0];
  return inside === undefined ? null : `${service.name}:${inside}`;
}

function publishedAddress(service: Service, port: PortBinding): string {
  const host = port.hostAddress === "0.0.0.0" ? "127.0.0.1" : port.hostAddress;
  const scheme = service.ready?.kind === "http" ? "http://" : "";
  return `${scheme}${host}:${port.hostPort}`;
}
