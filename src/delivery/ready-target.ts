import type { Endpoint } from "../model/endpoint.ts";
import type { ProgramEnd } from "../model/failure.ts";
import type { ClusterName } from "../model/names.ts";
import type { PortBinding } from "../model/profile.ts";
import type { Console } from "./console.ts";
import type { KeptLine } from "./inner-line.ts";
import type { Inside } from "./inside.ts";

/** The container whose readiness is asked for, and the ways to it. */
export interface ReadyTarget extends Inside {
  readonly endpoint: Pick<Endpoint, "reachesContainers" | "publishedOn" | "publishedByForward">;
  /** On the cluster's network; undefined while it does not run. */
  readonly address: string | undefined;
  /** Published ports: the way to a container whose own address this machine cannot reach. */
  readonly ports?: readonly PortBinding[] | undefined;
  /** Whether it may have to run its pre_setup.sh first. */
  readonly hasSetup?: boolean | undefined;
  /** Tells a crash at once, with its last lines; without it the daemon is asked. */
  readonly console?: Console | undefined;
  /** A line into it from an earlier question; this one's is kept there. Without it, each question has one of its own. */
  readonly line?: KeptLine | undefined;
  /** The cluster's name: its events tell a change of health at once; without it, polling does. */
  readonly name?: ClusterName | undefined;
}

/** What one way of waiting came to. `reason` follows the service's name in a sentence. */
export interface Verdict {
  readonly ready: boolean;
  readonly reason: string;
  readonly output?: string | undefined;
  /** Where its program ended. */
  readonly end?: ProgramEnd | undefined;
}

/** How long was waited, in a sentence. */
export const within = (ms: number): string => `within ${Math.round(ms / 100) / 10} s`;

/** For the side of a race that has been decided elsewhere. */
export const never = (): Promise<never> => new Promise(() => undefined);
