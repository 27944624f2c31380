import type { ServiceName } from "../model/names.ts";
import type { ServiceStatus } from "../model/status.ts";
import type { ContainerTouch } from "../model/surroundings.ts";
import type { SwapRecord } from "../model/swap-record.ts";
import type { Usage } from "../model/usage.ts";
import { duration } from "../state/duration.ts";
import type { HookView } from "../state/hook-view.ts";
import { MARKS } from "../state/marks.ts";
import type { Offer, Taking } from "../state/offers.ts";
import type { ServiceOutline } from "../state/outline.ts";
import type { ServiceView } from "../state/service-view.ts";
import { phaseInWords } from "../state/service-words.ts";
import { SWAP_MARKS } from "../state/swap-marks.ts";
import { timingBar } from "../state/timing-bar.ts";
import { touchInWords } from "../state/touch-words.ts";
import { failureLines } from "./failure-lines.ts";
import { hookLines } from "./hook-lines.ts";
import { taskLines } from "./task-lines.ts";
import type { Task } from "./tasks.ts";
import { type Line, line, span, wrapped } from "./text.ts";

/** All that the screen knows of one service. */
export interface Chosen {
  readonly name: ServiceName;
  readonly status: ServiceStatus;
  /** When the daemon said that, in milliseconds since the epoch. */
  readonly at: number;
  readonly swap: ServiceView | undefined;
  /** What was asked for here last. */
  readonly task: Task | undefined;
  readonly taking: Taking | undefined;
  readonly offer: Offer | undefined;
  readonly outline: ServiceOutline | undefined;
  readonly usage: Usage | undefined;
  /** The last swaps, the newest first. */
  readonly swaps: readonly SwapRecord[];
  /** Why it, or its newest save, waits: a line each. */
  readonly waits: readonly string[];
  /** Of its newest swap. */
  readonly hook?: HookView | undefined;
  /** What somebody else did to its container. */
  readonly touched?: { readonly container: string; readonly touch: ContainerTouch } | undefined;
}

/** What there is to say of the service beside its row and its log: nothing on a quiet day. At most `height` lines. */
export function newsOf(chosen: Chosen, width: number, height: number): Line[] {
  const { status, swap } = chosen;
  const reason = status.reason === undefined || swap?.failure !== undefined ? [] : [reasonLine(status, status.reason)];
  // A failure says more than how its swap ended.
  const told = swap?.failure !== undefined && height < FEW_LINES ? { ...chosen, swap: undefined } : chosen;
  const before = [...reason, ...happening(told, width, height, NEWS_HOOK_LINES)];
  const failure = swap?.failure === undefined ? [] : failureLines(swap.failure, width, height - before.length);
  return [...before, ...failure].slice(0, Math.max(0, height));
}

const FEW_LINES = 10;

/** Beside the service's row: of a hook its state, and the last lines that it said. */
const NEWS_HOOK_LINES = 5;

/** What goes on, or went, with the service: what others did, what was asked for here, its last swap, its hook. */
export function happening(chosen: Chosen, width: number, height: number, hookRoom: number): Line[] {
  return [
    ...touchLines(chosen, width),
    ...chosen.waits.map((wait) => line(span(`◔ ${wait}`, "yellow"))),
    ...taskLines(chosen.task, width, height),
    ...takingLines(chosen.taking, width, height),
    ...swapLines(chosen, width),
    ...hookLines(chosen.hook, hookRoom),
  ];
}

function reasonLine({ state }: ServiceStatus, reason: string): Line {
  const { shape, tone, word } = MARKS[state];
  return line(span(`${shape} ${word}: `, tone), span(reason.split("\n")[0] ?? ""));
}

/** For as long as it may matter: a container that answers again was mended. What the kernel did may happen again. */
function touchLines({ status, touched }: Chosen, width: number): Line[] {
  if (touched === undefined || (status.ready && touched.touch.is !== "outOfMemory")) return [];
  const { what, hint } = touchInWords(touched.touch, touched.container);
  const hints = hint === undefined ? [] : wrapped(hint, width - 2);
  return [
    ...wrapped(what, width - 2).map((text, at) => line(span(at === 0 ? "! " : "  ", "yellow"), span(text))),
    ...hints.map((text, at) => line(span(at === 0 ? "→ " : "  ", "yellow"), span(text))),
  ];
}

function takingLines(taking: Taking | undefined, width: number, height: number): Line[] {
  switch (taking?.is) {
    case undefined:
      return [];
    case "running":
      return [line(span(`◐ takes ${taking.build}`, "cyan"))];
    case "done":
      return [line(span(`✔ runs ${taking.build}`, "green"), span(` after ${duration(taking.ms)}`))];
    case "failed":
      return [line(span(`✖ does not take ${taking.build}`, "red")), ...failureLines(taking.failure, width, height - 1)];
  }
}

/** The last swap since the save loop runs, with its times by name. */
function swapLines({ swap, ...now }: Chosen, width: number): Line[] {
  if (swap?.last === undefined) return [];
  const { outcome, at, generation, times } = swap.last;
  const { shape, tone } = SWAP_MARKS[outcome];
  const when = new Date(at).toTimeString().slice(0, 8);
  return [
    line(
      span(`${when} `, "dim"),
      span(`${shape} #${generation} `, tone),
      span(swapInWords({ ...swap, ...AT_REST }, now)),
    ),
    ...(times === undefined ? [] : [line(span(timingBar(times, width)))]),
  ];
}

/** What a swap is at, or how the last one ended; only of a build that runs to this day is it said that it runs. */
export function swapInWords(swap: ServiceView, { status, at }: Pick<Chosen, "status" | "at">): string {
  const { last, build, container } = swap;
  const isQuiet = build.is === "none" && container.is === "quiet";
  const ran = last?.outcome === "committed" || last?.outcome === "settled";
  if (!isQuiet || !ran || last.build === status.build || at - last.at < ASKED_BEFORE_MS) return phaseInWords(swap);
  return `ran ${last.build}`;
}

/** The daemon may have been asked before the swap came to its end. */
const ASKED_BEFORE_MS = 3000;

/** For the words of how the last swap ended, whatever is under way now. */
const AT_REST = { build: { is: "none" }, container: { is: "quiet" } } as const;
