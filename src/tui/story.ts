import { stripVTControlCharacters } from "node:util";
import type { FailureReport, Position } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { ServiceStatus } from "../model/status.ts";
import type { ContainerTouch } from "../model/surroundings.ts";
import { buildInWords } from "../state/build-words.ts";
import { duration } from "../state/duration.ts";
import type { HookView } from "../state/hook-view.ts";
import { MARKS } from "../state/marks.ts";
import type { Taking } from "../state/offers.ts";
import type { LastSwap, ServiceView } from "../state/service-view.ts";
import { holdReason, phaseInWords } from "../state/service-words.ts";
import { timingBar } from "../state/timing-bar.ts";
import { touchInWords } from "../state/touch-words.ts";
import { hookLines } from "./hook-lines.ts";
import { bold, type Line, line, span, wrapped } from "./text.ts";

/** How the last action that was asked for here went. */
export type Outcome =
  | { readonly is: "running" }
  | { readonly is: "done"; readonly ms: number }
  | { readonly is: "failed"; readonly failure: FailureReport };

/** All that the screen knows of one service. */
export interface Chosen {
  readonly name: ServiceName;
  readonly status: ServiceStatus;
  readonly swap: ServiceView | undefined;
  readonly restart: Outcome | undefined;
  readonly taking: Taking | undefined;
  /** Of its newest swap. */
  readonly hook?: HookView | undefined;
  /** What somebody else did to its container. */
  readonly touched?: { readonly container: string; readonly touch: ContainerTouch } | undefined;
}

/** What there is to say of the service beside its row and its log: nothing on a quiet day. At most `height` lines. */
export function newsOf(chosen: Chosen, width: number, height: number): Line[] {
  const { status, swap, restart, taking } = chosen;
  const reason = status.reason === undefined || swap?.failure !== undefined ? [] : [reasonLine(status, status.reason)];
  const actions = [...restartLines(restart, width, height), ...takingLines(taking, width, height)];
  const hook = hookLines(chosen.hook, NEWS_HOOK_LINES);
  const before = [...reason, ...touchLines(chosen, width), ...actions, ...swapLines(swap, width), ...hook];
  const failure = swap?.failure === undefined ? [] : failureLines(swap.failure, width, height - before.length);
  return [...before, ...failure].slice(0, Math.max(0, height));
}

/** The detail: the same, whole, after what is known of the service. */
export function detailOf(chosen: Chosen, width: number): Line[] {
  const { swap, restart, taking } = chosen;
  const everything = Number.POSITIVE_INFINITY;
  return [
    ...factLines(chosen, width),
    ...spaced(touchLines(chosen, width)),
    ...spaced(restartLines(restart, width, everything)),
    ...spaced(takingLines(taking, width, everything)),
    ...spaced(swapLines(swap, width)),
    ...spaced(hookLines(chosen.hook, everything)),
    ...spaced(swap?.failure === undefined ? [] : failureLines(swap.failure, width, everything)),
  ];
}

/** Beside the service's row: of a hook its state, and the last lines that it said. */
const NEWS_HOOK_LINES = 5;

const LABEL_WIDTH = 10;

function factLines({ status, swap }: Chosen, width: number): Line[] {
  const { shape, tone, word } = MARKS[status.state];
  const facts: readonly (readonly [label: string, value: string | undefined])[] = [
    ["state", `${shape} ${word}${status.ready ? ", answers" : ""}`],
    ["settles", status.settlesAt && new Date(status.settlesAt).toLocaleString()],
    ["since", status.since === null ? undefined : new Date(status.since).toLocaleString()],
    ["mode", status.mode],
    ["build", status.build === null && status.pinned === undefined ? undefined : buildInWords(status)],
    ["address", status.address ?? undefined],
    ["reason", status.reason],
    ["swap", swap && phaseInWords(swap)],
    ["saved", swap?.paths.join(" ") || undefined],
  ];
  return facts.flatMap(([label, value]) =>
    (value === undefined ? [] : wrapped(value, width - LABEL_WIDTH)).map((part, at) =>
      line(span((at === 0 ? label : "").padEnd(LABEL_WIDTH), "dim"), span(part, label === "state" ? tone : undefined)),
    ),
  );
}

const spaced = (lines: readonly Line[]): readonly Line[] => (lines.length === 0 ? lines : [line(), ...lines]);

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

function restartLines(restart: Outcome | undefined, width: number, height: number): Line[] {
  switch (restart?.is) {
    case undefined:
      return [];
    case "running":
      return [line(span("◐ restarting", "cyan"))];
    case "done":
      return [line(span("✔ restarted", "green"), span(`, answers again after ${duration(restart.ms)}`))];
    case "failed":
      return failureLines(restart.failure, width, height);
  }
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

const ENDS = {
  committed: ["✔", "green"],
  settled: ["✔", "green"],
  replaced: ["=", "dim"],
  unchanged: ["=", "dim"],
  buildFailed: ["✖", "red"],
  rolledBack: ["↶", "yellow"],
  rollbackFailed: ["✖", "red"],
} as const satisfies Record<LastSwap["outcome"], unknown>;

function swapLines(swap: ServiceView | undefined, width: number): Line[] {
  if (swap?.last === undefined) return [];
  const { outcome, at, generation, times } = swap.last;
  const [mark, tone] = ENDS[outcome];
  const when = new Date(at).toTimeString().slice(0, 8);
  const said = span(`${when} `, "dim");
  const hold = holdReason(swap);
  return [
    line(said, span(`${mark} #${generation} `, tone), span(phaseInWords({ ...swap, ...AT_REST }))),
    ...(times === undefined ? [] : [line(span(timingBar(times, width)))]),
    ...(hold === undefined ? [] : [line(span(`◐ ${hold}`, "cyan"))]),
  ];
}

/** For the words of how the last swap ended, whatever is under way now. */
const AT_REST = { build: { is: "none" }, container: { is: "quiet" } } as const;

/** A failure in at most `height` lines: what happened, where, the program's own words, what to do. */
export function failureLines(failure: FailureReport, width: number, height: number): Line[] {
  const head = [line(span("✖ ", "red"), bold(failure.message)), ...place(failure.where)];
  const problems = (failure.problems ?? []).flatMap(({ message, where }) => [
    line(span("• ", "red"), span(message)),
    ...place(where),
  ]);
  const hint = (failure.hint ?? "").split("\n").filter((text) => text !== "");
  const hints = hint
    .flatMap((text) => wrapped(text, width - 2))
    .map((text, at) => line(span(at === 0 ? "→ " : "  ", "yellow"), span(text)));
  const room = height - head.length - problems.length - hints.length;
  return [...head, ...problems, ...outputLines(failure.output, room), ...hints].slice(0, Math.max(0, height));
}

const place = (where: Position | undefined): Line[] =>
  where === undefined ? [] : [line(span(`  ${where.file}:${where.line}:${where.column}`, "cyan"))];

/** In little room: from where the program says what broke it. The log lines before that tell less. */
function outputLines(output: string | undefined, room: number): Line[] {
  const lines = (output ?? "")
    .trimEnd()
    .split("\n")
    .map(plain)
    .filter((text) => text.trim() !== "");
  const first =
    lines.length <= room
      ? 0
      : Math.max(
          0,
          lines.findIndex((text) => /^(panic|fatal error):/.test(text)),
        );
  return lines.slice(first, first + Math.max(0, room)).map((text) => line(span("│ ", "dim"), span(text)));
}

/** A tab is as wide as the terminal pleases, and a compiler's words may be coloured. */
const plain = (text: string): string => stripVTControlCharacters(text).replaceAll("\t", "    ");
