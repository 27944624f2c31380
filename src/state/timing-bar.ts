import type { StageTimes } from "../model/stage-times.ts";

/** In the order in which they pass. */
const STAGES = ["detect", "wait", "build", "deliver", "restart", "ready", "check"] as const satisfies readonly Stage[];
/** Not worth a word where they took no time: nothing was waited for, or there is nothing that checks. */
const LEFT_OUT_AT_ZERO: ReadonlySet<Stage> = new Set(["wait", "check"]);

type Stage = Exclude<keyof StageTimes, "total">;

export interface Segment {
  readonly stage: Stage;
  /** Whole milliseconds; those of all segments add up to the total that is shown. */
  readonly ms: number;
  /** Cells of its bar. */
  readonly cells: number;
}

const SEPARATOR = "▏";
const BLOCK = "█";

/**
 * Splits a swap's times into segments whose bars share what a line of `width` cells leaves beside the words; in one
 * that is too narrow no segment has a bar.
 */
export function timingSegments(times: StageTimes, width: number): Segment[] {
  const stages = STAGES.filter((stage) => times[stage] >= 0.5 || !LEFT_OUT_AT_ZERO.has(stage));
  const exact = stages.map((stage) => Math.max(0, times[stage]));
  const shown = apportion(Math.round(sum(exact)), exact);
  const bare = stages.map((stage, at) => ({ stage, ms: shown[at] ?? 0, cells: 0 }));
  const blanks = exact.filter((ms) => ms > 0).length; // a bar is set off by one
  const room = width - lineOf(bare).length - blanks;
  const cells = apportion(Math.max(0, room), exact);
  return bare.map((segment, at) => ({ ...segment, cells: cells[at] ?? 0 }));
}

/**
 * The times of one swap as a line of at most `width` cells, readable without colour:
 * `detect 4▏build 171 ████████▏deliver 1▏restart 9▏ready 12  = 197 ms`. Where that does not fit, only the total.
 */
export function timingBar(times: StageTimes, width: number): string {
  const segments = timingSegments(times, width);
  const line = lineOf(segments);
  return line.length <= width ? line : totalOf(segments);
}

function lineOf(segments: readonly Segment[]): string {
  const parts = segments.map(({ stage, ms, cells }) => `${stage} ${ms}${cells > 0 ? ` ${BLOCK.repeat(cells)}` : ""}`);
  return `${parts.join(SEPARATOR)}  = ${totalOf(segments)}`;
}

const totalOf = (segments: readonly Segment[]): string => `${sum(segments.map(({ ms }) => ms))} ms`;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/**
 * Shares out a whole number by weight in whole parts that add up to it: by largest remainder, of equal ones (as weights
 * that hardly differ have them once they are rounded) by weight, the first of equals first.
 */
export function apportion(whole: number, weights: readonly number[]): number[] {
  const total = sum(weights);
  if (total === 0) return weights.map(() => 0);
  const exact = weights.map((weight) => (whole * weight) / total);
  const floors = exact.map(Math.floor);
  const rest = whole - sum(floors);
  const order = weights.map((weight, at) => ({ at, weight, remainder: (exact[at] ?? 0) - (floors[at] ?? 0) }));
  const lucky = new Set(
    order
      .sort((a, b) => b.remainder - a.remainder || b.weight - a.weight)
      .slice(0, rest)
      .map(({ at }) => at),
  );
  return floors.map((floor, at) => (lucky.has(at) ? floor + 1 : floor));
}
