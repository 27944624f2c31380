import type { ServiceState } from "../model/status.ts";

/** A colour by its meaning's name; what draws decides whether it is shown. */
export type Tone = "dim" | "red" | "green" | "yellow" | "cyan" | "magenta" | "blue";

export interface Mark {
  /** A shape of its own for each state, so that no one needs the colour. */
  readonly shape: string;
  readonly tone: Tone;
  readonly word: string;
}

export const MARKS: Readonly<Record<ServiceState, Mark>> = {
  off: { shape: "○", tone: "dim", word: "off" },
  starting: { shape: "◔", tone: "yellow", word: "starting" },
  ready: { shape: "●", tone: "green", word: "ready" },
  unhealthy: { shape: "◍", tone: "red", word: "unhealthy" },
  swapping: { shape: "◐", tone: "cyan", word: "swapping" },
  rolledBack: { shape: "↶", tone: "yellow", word: "rolled back" },
  crashed: { shape: "✖", tone: "red", word: "crashed" },
};
