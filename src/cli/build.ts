import { resolve } from "node:path";
import type { BuildRow } from "../flow/build.ts";
import type { Platform } from "../model/artifact.ts";
import { EXIT, Failure, report } from "../model/failure.ts";
import { shortDigest } from "../model/names.ts";
import { duration } from "../state/duration.ts";
import { size } from "../state/size.ts";
import type { Commands } from "./commands.ts";
import { explain } from "./explain.ts";
import { fromHere } from "./from-here.ts";
import { painter } from "./paint.ts";
import { nameOf, platforms } from "./platforms.ts";
import { showProgress } from "./progress.ts";
import { note, printJson, type Session, say } from "./session.ts";
import { table } from "./table.ts";

const HELP = `
It is built as a save builds it, and put beside the others of its platform:
dist/linux-arm64/books, dist/windows-amd64/books.exe. Nothing that runs changes.

Examples:
  devenv build                     all, for the daemon's platform
  devenv build books --platform linux/arm64,darwin/arm64,windows/amd64
  devenv build books search --out /tmp/programs`;

interface BuildFlags {
  readonly platform?: readonly Platform[];
  readonly out: string;
}

export function defineBuild({ program, run, profileOf }: Commands): void {
  program
    .command("build")
    .description("build services from their work trees, for any platform")
    .argument("[service...]", "which; every service with x-devenv.build by default")
    .option("--platform <list>", "linux/arm64,darwin/arm64; the daemon's by default", platforms)
    .option("--out <folder>", "where to", "dist")
    .addHelpText("after", HELP)
    .action((services: string[], flags: BuildFlags) => run((session) => build(session, profileOf(), services, flags)));
}

async function build(
  session: Session,
  profileName: string | undefined,
  services: readonly string[],
  { platform, out }: BuildFlags,
): Promise<number> {
  const profile = await session.profile(profileName);
  const flow = await import("../flow/build.ts");
  const progress = showProgress(session);
  const request = { profile, services, platforms: platform, out: resolve(out) };
  const rows = await flow.build(request, session.machine).finally(() => progress.finish());
  if (session.json) printJson(session, { type: "build", out: request.out, builds: rows.map(rowReport) });
  else printRows(session, rows);
  return exitCode(rows);
}

function printRows(session: Session, rows: readonly BuildRow[]): void {
  const cells = rows.map(({ service, platform, ms, result }) => {
    const what = result instanceof Failure ? ["-", "-"] : [size(result.size), shortDigest(result.digest)];
    const path = result instanceof Failure ? "failed" : fromHere(result.path);
    return [service.name, nameOf(platform), ...what.slice(0, 1), duration(ms), ...what.slice(1), path];
  });
  const headings = ["SERVICE", "PLATFORM", "SIZE", "TIME", "DIGEST", "FILE"];
  say(session, table(headings, cells, session.stdout.columns ?? 120));
  const paint = painter(session.color);
  const told = rows.flatMap(({ result }) => (result instanceof Failure ? [explain(report(result), paint)] : []));
  for (const text of new Set(told)) note(session, text);
}

/** What `--json` prints of a build, at the end. */
function rowReport({ service, platform, ms, result }: BuildRow): object {
  const about = { service: service.name, platform: nameOf(platform), kind: service.artifact, ms };
  return result instanceof Failure ? { ...about, failure: report(result) } : { ...about, ...result };
}

/** That of all failures where they agree: a compiler that is missing is no build that failed. */
function exitCode(rows: readonly BuildRow[]): number {
  const codes = new Set(rows.flatMap(({ result }) => (result instanceof Failure ? [result.exitCode] : [])));
  const [code = EXIT.done] = codes;
  return codes.size <= 1 ? code : EXIT.failed;
}
