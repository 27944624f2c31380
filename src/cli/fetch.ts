import { Option } from "commander";
import type { FetchResult } from "../flow/fetch.ts";
import { fetchCounts } from "../flow/fetch-result.ts";
import { EXIT } from "../model/failure.ts";
import { duration } from "../state/duration.ts";
import { size } from "../state/size.ts";
import type { Commands } from "./commands.ts";
import { printFailures, printRows } from "./fetch-rows.ts";
import { painter } from "./paint.ts";
import { showProgress } from "./progress.ts";
import { note, printJson, type Session, say } from "./session.ts";

const HELP = `
What is new is swapped into the running cluster as \`devenv up\` does it; a build
that does not answer is taken back. A pinned service goes to the build that it
is pinned to. One that runs a local build, or is in another mode than ci, keeps
its code: CI's is only fetched. Where no cluster runs, everything is.`;

export function defineFetch({ program, run, profileOf }: Commands): void {
  program
    .command("fetch")
    .description("get CI's newest builds, and swap them in where the cluster runs")
    .argument("[service...]", "all that CI builds, by default")
    .option("--dry-run", "ask CI what is new, fetch nothing", false)
    .addOption(new Option("--ask", "ask about each build: take it, pin what runs, not now").conflicts("dryRun"))
    .addHelpText("after", HELP)
    .action((services: string[], { dryRun, ask = false }: { dryRun: boolean; ask?: boolean }) =>
      run((session) => fetch(session, { services, dryRun, ask, profile: profileOf() })),
    );
}

interface FetchArguments {
  readonly services: readonly string[];
  readonly dryRun: boolean;
  readonly ask: boolean;
  readonly profile: string | undefined;
}

async function fetch(
  session: Session,
  { services: named, dryRun, ask, profile: name }: FetchArguments,
): Promise<number> {
  const profile = await session.profile(name);
  const services = ask ? await (await import("./fetch-questions.ts")).askWhatToTake(session, profile, named) : named;
  if (services === undefined) return EXIT.done;
  const flow = await import("../flow/fetch.ts");
  const begun = session.machine.clock.monotonic();
  const progress = dryRun ? undefined : showProgress(session);
  const tell = (text: string) => note(session, painter(session.color)("dim", text));
  const options = { dryRun, note: tell };
  const result = await flow.fetch(profile, services, options, session.machine).finally(() => progress?.finish());
  const ms = session.machine.clock.monotonic() - begun;
  if (session.json) {
    printJson(session, { type: "fetch", cluster: profile.name, running: result.isRunning, ms, services: result.rows });
  } else {
    printRows(session, result.rows);
    say(session, totals(result, ms));
    printFailures(session, result.rows);
  }
  return result.rows.some(({ failure }) => failure !== undefined) ? EXIT.failed : EXIT.done;
}

/** `2 swapped in, 57 unchanged, 1 pinned; 41 MB in 2.3 s.` */
function totals({ rows, isRunning }: FetchResult, ms: number): string {
  const bytes = rows.reduce((sum, row) => sum + (row.size ?? 0), 0);
  const idle = isRunning ? "" : " The cluster does not run: `devenv up` starts it on what is in the store.";
  const time = bytes === 0 ? ` after ${duration(ms)}` : `; ${size(bytes)} in ${duration(ms)}`;
  return `${fetchCounts(rows)}${time}.${idle}`;
}
