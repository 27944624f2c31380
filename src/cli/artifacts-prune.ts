import { type Command, InvalidArgumentError } from "commander";
import type { PrunedArtifact, PruneResult } from "../flow/artifacts-prune.ts";
import { shortDigest } from "../model/names.ts";
import { size } from "../state/size.ts";
import { type Commands, wholeNumber } from "./commands.ts";
import { painter } from "./paint.ts";
import { note, printJson, type Session, say } from "./session.ts";
import { table } from "./table.ts";

const HELP = `
First goes what is older than the newest builds of each service, or was never
given to one; with --max, then the oldest until the store is small enough. What
stays in any case: what a cluster runs or could go back to, what pins.yaml names
(of this workspace and of those that clusters came up from), and what is younger
than an hour.

Examples:
  devenv artifacts prune --dry-run
  devenv artifacts prune --keep 2 --max 10GB`;

const KEEP = 5;

interface PruneOptions {
  readonly keep: number;
  readonly max?: number | undefined;
  readonly dryRun: boolean;
}

/** `devenv artifacts prune`, in the group of that name. */
export function defineArtifactsPrune(group: Command, { run }: Commands): void {
  group
    .command("prune")
    .description("take away old builds that nothing uses")
    .option("--keep <n>", "how many builds of each service stay", wholeNumber, KEEP)
    .option("--max <size>", "how large the store may be: 10GB, 500MB", bytesOf)
    .option("--dry-run", "tell what would go", false)
    .addHelpText("after", HELP)
    .action((options: PruneOptions) => run((session) => prune(session, options)));
}

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

/** `10GB`, `1.5 GiB`, `500m`, a number of bytes; units are powers of 1000, as sizes are shown, or with an `i` of 1024. */
export function bytesOf(text: string): number {
  const [, number = "", unit = "", binary] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?$/i.exec(text.trim()) ?? [];
  const factor = UNITS[unit.toLowerCase()];
  if (number === "" || factor === undefined || (binary !== "" && unit === "")) {
    throw new InvalidArgumentError("It takes a size: 10GB, 500MB, 1.5GiB.");
  }
  return Math.floor(Number(number) * (binary === "" ? factor : 1024 ** Math.round(Math.log10(factor) / 3)));
}

async function prune(session: Session, { keep, max, dryRun }: PruneOptions): Promise<void> {
  const { pruneArtifacts } = await import("../flow/artifacts-prune.ts");
  const from = session.machine.environment.DEVENV_ROOT ?? process.cwd();
  const result = await pruneArtifacts({ keep, max, dryRun, from }, session.machine);
  if (session.json) printJson(session, { dryRun, ...result });
  else tell(session, result, { max, dryRun });
}

function tell(session: Session, result: PruneResult, { max, dryRun }: Pick<PruneOptions, "max" | "dryRun">): void {
  const { removed, leftOvers, freed, left } = result;
  if (removed.length > 0) {
    const columns = session.stdout.columns ?? 120;
    say(session, table(["DIGEST", "KIND", "SIZE", "SERVICE", "BUILD", "WHY"], removed.map(cellsOf), columns));
  }
  const what = [counted(removed.length, "artifact"), ...(leftOvers > 0 ? [counted(leftOvers, "left-over")] : [])];
  const gone = dryRun ? `would remove ${what.join(" and ")}` : `removed ${what.join(" and ")}`;
  const paint = painter(session.color);
  say(
    session,
    `${paint("green", "✔")} ${gone}, ${dryRun ? "up to " : ""}${size(freed)} ${dryRun ? "would be" : "are"} free`,
  );
  say(
    session,
    paint(
      "dim",
      `the store ${dryRun ? "would have" : "has"} ${counted(left.artifacts, "artifact")}, ${size(left.bytes)}`,
    ),
  );
  if (max === undefined || left.bytes <= max) return;
  const why = `${size(left.used)} are used by clusters and pins, and what is younger than an hour stays`;
  note(session, `→ That is more than ${size(max)}: ${why}.`);
}

const counted = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`;

const cellsOf = ({ digest, kind, bytes, service, build, reason }: PrunedArtifact): string[] => [
  shortDigest(digest),
  kind,
  size(bytes),
  service ?? "-",
  build ?? "-",
  reason,
];
