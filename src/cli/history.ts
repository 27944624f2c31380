import type { Profile } from "../model/profile.ts";
import type { SwapRecord } from "../model/swap-record.ts";
import { buildInFew } from "../state/build-words.ts";
import { duration } from "../state/duration.ts";
import type { Tone } from "../state/marks.ts";
import { type StripPart, stageStrip, stripLegend } from "../state/stage-strip.ts";
import { SWAP_MARKS } from "../state/swap-marks.ts";
import { type Commands, wholeNumber } from "./commands.ts";
import { type Paint, painter } from "./paint.ts";
import { printJson, type Session, say } from "./session.ts";
import { table } from "./table.ts";

const HELP = `
\`devenv watch\` keeps one record of each save and service. They survive
\`devenv down\`; of many, the oldest are dropped.`;

interface HistoryOptions {
  readonly limit: number;
}

export function defineHistory({ program, run, profileOf }: Commands): void {
  program
    .command("history")
    .description("what became of each save: outcome, build, and how long which stage took")
    .argument("[service]", "of this service alone")
    .option("-n, --limit <count>", "the last so many; 0 for all of them", wholeNumber, 20)
    .addHelpText("after", HELP)
    .action((service: string | undefined, options: HistoryOptions) =>
      run((session) => history(session, service, options, profileOf())),
    );
}

/** One table, the newest last, or one JSON object. No daemon is asked. */
async function history(
  session: Session,
  service: string | undefined,
  { limit }: HistoryOptions,
  name: string | undefined,
): Promise<void> {
  const [profile, flow] = await Promise.all([session.profile(name), import("../flow/history.ts")]);
  const all = await flow.historyOf(profile, service, session.machine);
  const swaps = limit === 0 ? all : all.slice(-limit);
  if (session.json) return printJson(session, { cluster: profile.name, swaps });
  say(session, swaps.length === 0 ? nothingYet(profile, service) : shown(swaps, profile.workspace, session));
}

const nothingYet = ({ name }: Profile, service: string | undefined): string =>
  `No save of ${service ?? `cluster ${name}`} yet: \`devenv watch\` keeps a record of each.`;

const HEADINGS = ["WHEN", "SERVICE", "OUTCOME", "BUILD", "TOTAL", "STAGES"];
const GAP = 2;
/** Of a strip that can be read, and one that need not be longer. */
const STRIP_CELLS = { least: 8, most: 30 };
const LEAST_NAME = 8;

function shown(swaps: readonly SwapRecord[], workspace: string, session: Session): string {
  const paint = painter(session.color);
  const columns = session.stdout.columns ?? 80;
  const { rows, strip } = fitted(swaps, session.machine.clock.now(), columns);
  const painted = swaps.map((swap, at) => {
    const [when = "", service = "", outcome = "", ...rest] = rows[at] ?? [];
    const parts = swap.times.total > 0 ? stageStrip(swap.times, strip) : [];
    const { tone } = SWAP_MARKS[swap.outcome];
    return [paint("dim", when), service, paint(tone, outcome), ...rest, paintedParts(parts, paint)];
  });
  const [heading = "", ...lines] = table(HEADINGS, painted, columns).split("\n");
  const told = lines.flatMap((line, at) => [
    line,
    ...why(swaps[at], workspace, columns).map((text) => paint("dim", text)),
  ]);
  return [heading, ...told, "", paintedParts(stripLegend(), paint, "  ")].join("\n");
}

/** The cells before the strip, and what they leave to it: of a narrow terminal, long names of services leave more. */
function fitted(swaps: readonly SwapRecord[], now: number, columns: number) {
  const rows = swaps.map((swap) => cells(swap, now));
  const widths = HEADINGS.slice(0, -1).map((heading, at) =>
    Math.max(heading.length, ...rows.map((row) => [...(row[at] ?? "")].length)),
  );
  const left = columns - widths.reduce((sum, width) => sum + width + GAP, 0);
  const name = Math.max(LEAST_NAME, (widths[1] ?? 0) - Math.max(0, STRIP_CELLS.least - left));
  const strip = Math.min(Math.max(left, STRIP_CELLS.least), STRIP_CELLS.most);
  return { rows: rows.map((row) => row.map((cell, at) => (at === 1 ? cut(cell, name) : cell))), strip };
}

const cut = (text: string, width: number): string =>
  [...text].length > width ? `${[...text].slice(0, width - 1).join("")}…` : text;

const cells = (swap: SwapRecord, now: number): string[] => {
  const { shape, word } = SWAP_MARKS[swap.outcome];
  const { total } = swap.times;
  return [
    whenOf(swap, now),
    swap.service,
    `${shape} ${word}`,
    swap.to === undefined ? "-" : buildInFew(swap.to),
    total > 0 ? duration(total) : "-",
  ];
};

const paintedParts = (parts: readonly StripPart[], paint: Paint, gap = ""): string =>
  parts.map(({ text, tone }: { text: string; tone: Tone }) => paint(tone, text)).join(gap);

/** `14:03:07` of today, else `Nov 20 14:03`. */
function whenOf({ at }: SwapRecord, now: number): string {
  const date = new Date(at);
  const time = date.toTimeString();
  if (date.toDateString() === new Date(now).toDateString()) return time.slice(0, 8);
  const day = date.toLocaleDateString("en-US", { month: "short", day: "2-digit" });
  return `${day} ${time.slice(0, 5)}`;
}

/** A second line, where there is something to explain. */
function why(swap: SwapRecord | undefined, workspace: string, columns: number): string[] {
  if (swap?.failure === undefined) return [];
  const { stage, message, where } = swap.failure;
  const place = where === undefined ? "" : `${where.file.replace(`${workspace}/`, "")}:${where.line}:${where.column} `;
  return [cut(`  ${stage}: ${place}${message.split("\n")[0]}`, columns)];
}
