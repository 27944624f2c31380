import type { SwapOutcome } from "../model/swap-record.ts";
import type { Mark } from "./marks.ts";

/** How a swap ended, the same wherever it is told: in the list of services, in a detail, and in `devenv history`. */
export const SWAP_MARKS: Readonly<Record<SwapOutcome, Mark>> = {
  underWay: { shape: "◐", tone: "cyan", word: "under way" },
  committed: { shape: "✔", tone: "green", word: "settling" },
  settled: { shape: "✔", tone: "green", word: "settled" },
  replaced: { shape: "=", tone: "dim", word: "replaced" },
  unchanged: { shape: "=", tone: "dim", word: "unchanged" },
  superseded: { shape: "»", tone: "dim", word: "superseded" },
  interrupted: { shape: "!", tone: "yellow", word: "interrupted" },
  buildFailed: { shape: "✖", tone: "red", word: "no build" },
  notReady: { shape: "✖", tone: "red", word: "not ready" },
  rolledBack: { shape: "↶", tone: "yellow", word: "rolled back" },
  rollbackFailed: { shape: "✖", tone: "red", word: "not rolled back" },
};
