import type { FailureReport } from "./failure.ts";

/**
 * How a link to a daemon elsewhere is at this moment. `silent`: the connection stands, and the daemon behind it does not
 * answer; `lost`: the connection is down, and is being made anew; `failed`: it was given up.
 */
export type LinkPhase = "connecting" | "up" | "silent" | "lost" | "failed";

/** What a link says of itself. */
export interface LinkState {
  readonly pid: number;
  /** Whom it leads to, as a profile writes it; a virtual machine of devenv's own in words. */
  readonly host: string;
  readonly isMachine?: boolean | undefined;
  readonly phase: LinkPhase;
  /** When it came to that; ISO 8601. */
  readonly since: string;
  /** Why it is silent, lost or failed. */
  readonly failure?: FailureReport | undefined;
  /** Every published port of a container there that is to appear here, with why it does not. */
  readonly ports: readonly LinkPort[];
}

export interface LinkPort {
  readonly port: number;
  readonly container: string;
  readonly problem?: string | undefined;
}
