import type { Release } from "../model/artifact.ts";
import type { ContainerDetail, ObservedContainer } from "../model/container.ts";
import { DEBUGGER_PORT, isDebugged } from "../model/debugger.ts";
import { isUnanswered, type ObservedDelivery } from "../model/delivery.ts";
import { shortDigest } from "../model/names.ts";
import { type PortBinding, probedPort, type Service } from "../model/profile.ts";
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
  const settlesAt = state === "ready" ? settlesAtOf(facts) : undefined;
  const restarts = facts.detail?.restarts ?? 0;
  return {
    name: facts.service.name,
    state,
    mode: modeInPlace(facts.service, facts.delivery),
    build: buildOf(facts),
    ready: answersNow(facts),
    address: addressOf(facts.service, facts.container),
    since: sinceOf(state, facts),
    ...(settlesAt !== undefined && { settlesAt }),
    ...(restarts > 0 && { restarts }),
    ...(reason !== undefined && { reason }),
  };
}

function settlesAtOf({ service, delivery }: ServiceFacts): string | undefined {
  const since = Date.parse(delivery?.record?.trial?.answeredAt ?? "");
  return Number.isNaN(since) ? undefined : new Date(since + service.settleMs).toISOString();
}

function stateOf(facts: ServiceFacts): ServiceState {
  const { container, delivery } = facts;
  switch (container?.state) {
    case undefined:
    case "removing":
      return "off";
    case "created":
      // The daemon leaves a code on a container whose program it could not start.
      return (facts.detail?.exitCode ?? 0) === 0 ? "off" : "crashed";
    case "exited":
      return wasEnded(facts) ? "off" : "crashed";
    case "restarting":
    case "dead":
      return "crashed";
    case "paused":
      return "unhealthy";
    case "running":
      if (isUnanswered(delivery?.record)) return "swapping";
      if (!answersNow(facts)) return isStarting(facts) ? "starting" : "unhealthy";
      return delivery?.record?.rolledBack === undefined ? "ready" : "rolledBack";
  }
}

/** 128 + SIGTERM: what `docker stop`, and a daemon that goes down, leave of a program that does not catch it. */
const TERMINATED = 143;

/** It came to its end, or was brought to it, rather than fail. */
function wasEnded(facts: ServiceFacts): boolean {
  const code = exitCodeOf(facts);
  return code === 0 || (code === TERMINATED && facts.detail?.oomKilled !== true);
}

/** From the inspection, else from the list's words: "Exited (137) 2 minutes ago". */
function exitCodeOf({ detail, container }: ServiceFacts): number | undefined {
  if (detail !== undefined) return detail.exitCode;
  const match = /^(?:Exited|Restarting) \((\d+)\)/.exec(container?.statusText ?? "");
  return match === null ? undefined : Number(match[1]);
}

function answersNow({ container, answers }: ServiceFacts): boolean {
  if (container?.state !== "running") return false;
  if (answers !== undefined) return answers;
  return container.health === "none" || container.health === "healthy";
}

/** A silent service is still starting while Docker says so, and until its deadline has passed. */
function isStarting({ container, service }: ServiceFacts): boolean {
  if (container?.health === "starting") return true;
  const within = service.ready?.withinMs ?? 10_000;
  return secondsUp(container?.statusText ?? "") * 1000 < within;
}

/** Docker's words are exact to the second in the first minute, to the minute in the first hour. */
function secondsUp(statusText: string): number {
  if (statusText.startsWith("Up Less than a second")) return 0;
  if (statusText.startsWith("Up About a minute")) return 60;
  const [, number, unit] = /^Up (\d+) (second|minute)/.exec(statusText) ?? [];
  return number === undefined ? Number.POSITIVE_INFINITY : Number(number) * (unit === "minute" ? 60 : 1);
}

/** Where the code that is delivered comes from, whatever was wanted. */
export function modeInPlace(service: Service, delivery: ObservedDelivery | undefined): Mode {
  if (service.build === undefined) return "image";
  return releaseInPlace(delivery)?.artifact.build.startsWith("local:") ? "local" : "ci";
}

function buildOf({ service, delivery }: ServiceFacts): string | null {
  if (service.build === undefined) return service.image;
  const release = releaseInPlace(delivery);
  if (release !== undefined) return release.artifact.build;
  return delivery?.artifact === undefined ? null : `unknown:${shortDigest(delivery.artifact)}`;
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

function reasonOf(state: ServiceState, facts: ServiceFacts): string | undefined {
  const { detail, delivery, container } = facts;
  switch (state) {
    case "rolledBack":
      return delivery?.record?.rolledBack?.reason;
    case "crashed":
      return crashReason(facts);
    case "unhealthy":
      if (container?.state === "paused") return "is paused";
      return detail?.healthOutput?.trim() || "does not answer";
    case "off":
      return container?.state === "created" ? "was created and not started yet" : undefined;
    default:
      return undefined;
  }
}

function crashReason(facts: ServiceFacts): string {
  const { detail, container } = facts;
  const restarts = detail?.restarts ?? 0;
  const times = restarts === 0 ? "" : `, restarted ${restarts === 1 ? "once" : `${restarts} times`}`;
  if (container?.state === "created") return "its program could not be started";
  if (detail?.oomKilled) return `ran out of memory and was killed${times}`;
  const code = exitCodeOf(facts);
  return code === undefined ? (container?.statusText ?? "ended") : `ended with exit code ${code}${times}`;
}

/** Where to reach it: a published port on this machine, the probed one first, else its name inside the cluster. */
export function addressOf(service: Service, container: ObservedContainer | undefined): string | null {
  const published = publishedAddressOf(service, container);
  if (published !== undefined) return published;
  const inside = probedPort(service.ready) ?? service.expose[0]?.port;
  return inside === undefined ? null : `${service.name}:${inside}`;
}

/** Where to reach it from this machine; undefined where no port of it is published. */
export function publishedAddressOf(service: Service, container: ObservedContainer | undefined): string | undefined {
  // Editors attach to the debugger's; nobody else looks for the service there.
  const own = (container?.ports ?? []).filter(
    ({ containerPort }) => !isDebugged(service) || containerPort !== DEBUGGER_PORT,
  );
  const published = publishedPort(own, service) ?? publishedPort(service.ports, service);
  return published && publishedAddress(service, published);
}

function publishedPort(ports: readonly PortBinding[], { ready }: Service): PortBinding | undefined {
  // Which one of a range it is, only the daemon tells.
  const published = ports.filter(({ hostPort, hostPortEnd }) => hostPort > 0 && hostPortEnd === undefined);
  return published.find(({ containerPort }) => containerPort === probedPort(ready)) ?? published[0];
}

function publishedAddress({ ready }: Service, { hostAddress, hostPort, containerPort }: PortBinding): string {
  const scheme = ready?.kind === "http" && ready.port === containerPort ? "http://" : "";
  return `${scheme}${hostOf(hostAddress)}:${hostPort}`;
}

/** An address as a URL wants it; one that stands for all addresses is reached at the loopback. */
function hostOf(address: string): string {
  if (["", "0.0.0.0", "::"].includes(address)) return "127.0.0.1";
  return address.includes(":") ? `[${address}]` : address;
}
