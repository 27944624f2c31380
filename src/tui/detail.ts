import { isOver, type SwapRecord } from "../model/swap-record.ts";
import { buildInWords } from "../state/build-words.ts";
import { debuggerWords } from "../state/debugger-words.ts";
import { duration } from "../state/duration.ts";
import { MARKS, type Tone } from "../state/marks.ts";
import { stageStrip, stripLegend } from "../state/stage-strip.ts";
import { SWAP_MARKS } from "../state/swap-marks.ts";
import { cpuInWords, memoryInWords } from "../state/usage.ts";
import { failureLines } from "./failure-lines.ts";
import { type Chosen, happening, swapInWords } from "./story.ts";
import { bold, inCells, type Line, line, span, wrapped } from "./text.ts";

/** All there is to know of a service: how it is, what happened to it, and what the profile says of it. */
export function detailOf(chosen: Chosen, width: number): Line[] {
  const everything = Number.POSITIVE_INFINITY;
  const failure = chosen.swap?.failure;
  return [
    ...factLines(chosen, width),
    ...spaced(happening(chosen, width, everything, everything)),
    ...section("last failure", failure === undefined ? [] : failureLines(failure, width, everything)),
    ...section("last swaps", historyLines(chosen.swaps, width)),
    ...profileSections(chosen, width),
  ];
}

const LABEL_WIDTH = 10;

type Fact = readonly [label: string, value: string | undefined, tone?: Tone];

function factLines({ status, at, swap, offer, usage, outline }: Chosen, width: number): Line[] {
  const { shape, tone, word } = MARKS[status.state];
  const newer = offer === undefined ? "" : `; CI has ${offer.build}`;
  const facts: readonly Fact[] = [
    ["state", `${shape} ${word}${status.ready ? ", answers" : ""}`, tone],
    ["settles", status.settlesAt && dateAndTime(status.settlesAt)],
    ["since", status.since === null ? undefined : dateAndTime(status.since)],
    ["restarts", status.restarts === undefined ? undefined : `${status.restarts}, by Docker`],
    ["mode", status.mode],
    ["build", status.build === null && status.pinned === undefined ? undefined : `${buildInWords(status)}${newer}`],
    [
      "uses",
      usage &&
        [cpuInWords(usage) && `${cpuInWords(usage)} of a processor`, memoryInWords(usage)].filter(Boolean).join(", "),
    ],
    ["address", status.address ?? undefined],
    ["debugger", status.debugger && debuggerWords(status.debugger)],
    ["reason", status.reason],
    ["swap", swap && swapInWords(swap, { status, at })],
    ["saved", swap?.paths.join(" ") || undefined],
    ["probe", outline?.ready],
    ["image", outline?.image],
    ["work tree", outline?.repo],
  ];
  return facts.flatMap(([label, value, valueTone]) =>
    (value === undefined ? [] : wrapped(value, width - LABEL_WIDTH)).map((part, at) =>
      line(span((at === 0 ? label : "").padEnd(LABEL_WIDTH), "dim"), span(part, valueTone)),
    ),
  );
}

/** `2026-03-01 12:00:00`, by the clock of this machine. */
function dateAndTime(iso: string): string {
  const at = new Date(iso);
  const day = [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, "0"));
  return `${day.join("-")} ${at.toTimeString().slice(0, 8)}`;
}

function profileSections({ outline }: Chosen, width: number): Line[] {
  if (outline === undefined) return [];
  const { dependsOn, ports, mounts, environment } = outline;
  const list = (texts: readonly string[]) => texts.flatMap((text) => wrapped(text, width - 2)).map(indented);
  const longest = Math.min(28, Math.max(0, ...environment.map(([name]) => name.length)));
  const variables = environment.flatMap(([name, value]) =>
    wrapped(value, width - longest - 4).map((part, at) =>
      line(span(`  ${inCells(at === 0 ? name : "", longest)}  `, "dim"), span(part)),
    ),
  );
  return [
    ...section("depends on", list(dependsOn)),
    ...section("ports", list(ports)),
    ...section("mounts", list(mounts)),
    ...section("environment", variables),
  ];
}

const indented = (text: string): Line => line(span(`  ${text}`));

const spaced = (lines: readonly Line[]): readonly Line[] => (lines.length === 0 ? lines : [line(), ...lines]);

const section = (name: string, lines: readonly Line[]): readonly Line[] =>
  lines.length === 0 ? [] : [line(), line(bold(name)), ...lines];

/** How many are worth a look; `devenv history` has all. */
const SHOWN = 10;

/** A line a swap, the newest first, each with a bar as long as it took beside the longest of them. */
function historyLines(swaps: readonly SwapRecord[], width: number): Line[] {
  const shown = swaps.filter(isOver).slice(0, SHOWN);
  if (shown.length === 0) return [];
  const longest = Math.max(...shown.map(({ times }) => times.total));
  const legend = stripLegend().flatMap(({ text, tone }) => [span(`  ${text}`, tone)]);
  return [line(...legend), ...shown.map((swap) => historyLine(swap, longest, width))];
}

/** Before the bar: when, how it ended, how long it took. */
const HISTORY_WIDTH = 43;

function historyLine({ at, outcome, times, generation }: SwapRecord, longest: number, width: number): Line {
  const { shape, tone, word } = SWAP_MARKS[outcome];
  const room = Math.max(0, width - HISTORY_WIDTH);
  const cells = longest === 0 ? 0 : Math.max(1, Math.round((room * times.total) / longest));
  const bar = stageStrip(times, Math.min(room, cells)).map(({ text, tone: of }) => span(text, of));
  return line(
    span(`  ${new Date(at).toTimeString().slice(0, 8)} `, "dim"),
    span(`${shape} `, tone),
    span(`${`#${generation}`.padEnd(4)} ${word.padEnd(15)} ${duration(times.total).padStart(8)} `),
    ...bar,
  );
}
