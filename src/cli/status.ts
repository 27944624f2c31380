import { EXIT } from "../model/failure.ts";
import type { Commands } from "./commands.ts";
import { printJson, type Session, say } from "./session.ts";
import { statusTable } from "./status-table.ts";
import { noteWarnings } from "./warnings.ts";

export function defineStatus({ program, run, profileOf }: Commands): void {
  program
    .command("status")
    .alias("ps")
    .description("what runs, from which build, since when, where")
    .argument("[profile]", "profile, by name or path")
    .option(
      "-w, --watch",
      "go on, and redraw it in place; without a terminal, print it whenever it is another one",
      false,
    )
    .action((profile: string | undefined, { watch }: { watch: boolean }) =>
      run(async (session) => {
        if (watch) return (await import("./status-watch.ts")).watchStatus(session, profileOf(profile));
        await status(session, profileOf(profile));
        return EXIT.done;
      }),
    );
}

/** One table, or one JSON object. */
export async function status(session: Session, name: string | undefined): Promise<void> {
  const [profile, { findCluster }, flow] = await Promise.all([
    session.profile(name),
    import("../flow/cluster.ts"),
    import("../flow/status.ts"),
  ]);
  const cluster = await findCluster(profile, session.machine);
  try {
    const now = await flow.status(profile, cluster);
    if (session.json) return printJson(session, now);
    say(session, statusTable(now, session));
    noteWarnings(session, now.warnings ?? []);
  } finally {
    cluster.daemon.close();
  }
}
