import { median } from "./figure.ts";
import type { SaveBench, SaveRound } from "./save-rounds.ts";

/** What a save takes beyond its compiler's time, in milliseconds. */
export const overheadOf =
  ({ timingMs }: Pick<SaveBench, "timingMs">) =>
  ({ total, compiler }: SaveRound): number =>
    total - compiler - timingMs;

/** The medians of the stages, as devenv tells them. */
export function stages(saves: readonly SaveRound[]): string {
  const names = ["detect", "wait", "build", "deliver", "restart", "ready"] as const;
  return names.map((name) => `${name} ${median(saves.map(({ times }) => times[name])).toFixed(1)}`).join(", ");
}

/** The median overhead, and where it goes. */
export const overheadWords = (bench: SaveBench, saves: readonly SaveRound[]): string =>
  `${Math.round(median(saves.map(overheadOf(bench))))} ms (${stages(saves)})`;
