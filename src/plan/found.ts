import type { ContainerState, ObservedContainer } from "../model/container.ts";
import type { Action, Operation } from "../model/operation.ts";
import type { DesiredService } from "./desired.ts";
import type { Observed } from "./observed.ts";

/** The names that a replacement uses until it has succeeded. */
export const freshName = (containerName: string): string => `${containerName}.new`;
export const asideName = (containerName: string): string => `${containerName}.old`;

/** What was found of one container that a service shall have. */
export interface Found {
  /** The one to go on with, under the name that it has once `putBack` is done. */
  readonly container: ObservedContainer | undefined;
  /** Puts back what an interrupted replacement had set aside; empty where there is nothing to put back. */
  readonly putBack: readonly Action[];
  /** What else an interrupted replacement left behind. */
  readonly others: readonly ObservedContainer[];
  /** A replacement was interrupted, so that the container may be down only because of it. */
  readonly isInterrupted: boolean;
}

/**
 * Finds a container. While a replacement runs, the old container is kept as `.old`: if it is still there and the new one
 * does not answer, the replacement was interrupted, and the old one is put back before anything else.
 */
export function find(want: DesiredService, name: string, observed: Observed): Found {
  const named = (wanted: string) =>
    observed.containers.filter((container) => container.service === want.service.name && container.name === wanted);
  const [own] = named(name);
  const [aside] = named(asideName(name));
  const others = [...named(freshName(name)), ...named(asideName(name))];
  if (aside === undefined || isReady(want, own, observed)) {
    const isInterrupted = others.some((other) => other.name === freshName(name));
    return { container: own, putBack: [], others, isInterrupted };
  }
  const putBack = [...(own === undefined ? [] : [{ do: remove(name) }]), { do: rename(aside.name, name) }];
  const left = others.filter((other) => other !== aside);
  return { container: { ...aside, name }, putBack, others: left, isInterrupted: true };
}

/** Containers of a service that it shall not have: it was scaled down, or its container was renamed. */
export function surplus({ service, containers }: DesiredService, observed: Observed): ObservedContainer[] {
  const known = new Set(containers.flatMap(({ name }) => [name, freshName(name), asideName(name)]));
  return observed.containers.filter((container) => container.service === service.name && !known.has(container.name));
}

/** Whether a container of the service runs and answers, as far as it can tell. */
export function isReady(want: DesiredService, container: ObservedContainer | undefined, observed: Observed): boolean {
  if (container?.state !== "running") return false;
  return want.readyWhen === "service_started" || observed.ready.has(container.id);
}

/** In these states a container holds its ports and must be stopped before another one can have them. */
const LIVE: readonly ContainerState[] = ["running", "paused", "restarting"];
export const isLive = ({ state }: ObservedContainer): boolean => LIVE.includes(state);

/** A container that the daemon is giving up on: it can be neither started nor kept. */
export const isLost = ({ state }: ObservedContainer): boolean => state === "dead" || state === "removing";

/** Docker tells the exit code of an ended container in its status text only, unless each one is inspected. */
export const hasCompleted = ({ state, statusText }: ObservedContainer): boolean =>
  state === "exited" && statusText.startsWith("Exited (0)");

export const start = (container: string): Operation => ({ kind: "start", container });
export const stop = (container: string, graceMs: number): Operation => ({ kind: "stop", container, graceMs });
export const rename = (container: string, name: string): Operation => ({ kind: "rename", container, name });
export const remove = (container: string): Operation => ({ kind: "remove", container });
