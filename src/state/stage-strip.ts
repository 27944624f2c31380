import type { StageTimes } from "../model/stage-times.ts";
import type { Tone } from "./marks.ts";
import { apportion } from "./timing-bar.ts";

/** A stage of a swap as a row of its own shape, so that no one needs the colour. */
interface StripStage {
  readonly word: string;
  readonly shape: string;
  readonly tone: Tone;
  readonly stages: readonly (keyof StageTimes)[];
}

/** In the order in which they pass. */
const STRIP: readonly StripStage[] = [
  { word: "wait", shape: "░", tone: "dim", stages: ["detect", "wait"] },
  { word: "build", shape: "█", tone: "cyan", stages: ["build"] },
  { word: "deliver", shape: "▓", tone: "yellow", stages: ["deliver"] },
  { word: "restart", shape: "▒", tone: "yellow", stages: ["restart"] },
  { word: "ready", shape: "▞", tone: "green", stages: ["ready"] },
  { word: "check", shape: "▚", tone: "green", stages: ["check"] },
];

export interface StripPart {
  readonly text: string;
  readonly tone: Tone;
}

/** The times of one swap as a strip of `width` cells, shared out by stage; nothing where no stage took any time. */
export function stageStrip(times: StageTimes, width: number): StripPart[] {
  const weights = STRIP.map(({ stages }) => stages.reduce((sum, stage) => sum + Math.max(0, times[stage]), 0));
  const cells = apportion(Math.max(0, width), weights);
  return STRIP.map(({ shape, tone }, at) => ({ text: shape.repeat(cells[at] ?? 0), tone })).filter(
    ({ text }) => text !== "",
  );
}

/** `░ wait  █ build  …`: what the shapes of a strip mean. */
export const stripLegend = (): StripPart[] =>
  STRIP.map(({ word, shape, tone }) => ({ text: `${shape} ${word}`, tone }));
