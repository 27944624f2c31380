import type { Profile } from "../model/profile.ts";
import type { SwapOutcome, SwapRecord } from "../model/swap-record.ts";
import { buildInFew } from "../state/build-words.ts";
import { duration } from "../state/duration.ts";
import type { Mark, Tone } from "../state/marks.ts";
import { type StripPart, stageStrip, stripLegend } from "../state/stage-strip.ts";
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

const MARKS: Readonly<Record<SwapOutcome, Mark>> = {
  underWay: { shape: "◐", tone: "cyan", word: "under way" },
  committed: { shape: "◔", tone: "green", word: "settling" },
  settled: { shape: "✔", tone: "green", word: "settled" },
  replaced: { shape: "✔", tone: "dim", word: "replaced" },
  unchanged: { shape: "=", tone: "dim", word: "unchanged" },
  superseded: { shape: "»", tone: "dim", word: "superseded" },
  interrupted: { shape: "!", tone: "yellow", word: "interrupted" },
  buildFailed: { shape: "✖", tone: "red", word: "no build" },
  notReady: { shape: "✖", tone: "red", word: "not ready" },
  rolledBack: { shape: "↶", tone: "yellow", word: "rolled back" },
  rollbackFailed: { shape: "✖", tone: "red", word: "not rolled back" },
};

const HEADINGS = ["WHEN", "SERVICE", "OUTCOME", "BUILD", "TOTAL", "STAGES"];
const GAP = 2;
/** Of a strip that can be read, and one that need not be longer. */
const STRIP_CELLS = { least: 8, most: 30 };

function shown(swaps: readonly SwapRecord[], workspace: string, session: Session): string {
  const paint = painter(session.color);
  const columns = session.stdout.columns ?? 80;
  const now = session.machine.clock.now();
  const plain = swaps.map((swap) => cells(swap, now));
  const widths = HEADINGS.map((heading, at) =>
    Math.max(heading.length, ...plain.map((row) => [...(row[at] ?? "")].length)),
  );
  const taken = widths.slice(0, -1).reduce((sum, width) => sum + width + GAP, 0);
  const strip = Math.min(Math.max(columns - taken, STRIP_CELLS.least), STRIP_CELLS.most);
  const rows = swaps.map((swap, at) => {
    const [when = "", service = "", outcome = "", ...rest] = plain[at] ?? [];
    const { tone } = MARKS[swap.outcome];
    return [paint("dim", when), service, paint(tone, outcome), ...rest, painted(stageStrip(swap.times, strip), paint)];
  });
  const [heading = "", ...lines] = table(HEADINGS, rows, columns).split("\n");
  const told = lines.flatMap((line, at) => [
    line,
    ...why(swaps[at], workspace, columns).map((text) => paint("dim", text)),
  ]);
  return [heading, ...told, "", painted(stripLegend(), paint, "  ")].join("\n");
}

const cells = (swap: SwapRecord, now: number): string[] => {
  const { shape, word } = MARKS[swap.outcome];
  const { total } = swap.times;
  return [
    whenOf(swap, now),
    swap.service,
    `${shape} ${word}`,
    swap.to === undefined ? "-" : buildInFew(swap.to),
    total > 0 ? duration(total) : "-",
  ];
};

const painted = (parts: readonly StripPart[], paint: Paint, gap = ""): string =>
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
  const file = where?.file.replace(`${workspace}/`, "");
  const place = where === undefined ? "" : ` (${file}:${where.line}:${where.column})`;
  const text = `  ${stage}: ${message.split("\n")[0]}${place}`;
  return [[...text].length > columns ? `${[...text].slice(0, columns - 1).join("")}…` : text];
}
