import { EXIT } from "../model/failure.ts";
import type { Commands } from "./commands.ts";
import { painter } from "./paint.ts";
import { printJson, type Session, say } from "./session.ts";
import { tellWarnings } from "./warnings.ts";
import { watchLine } from "./watch-lines.ts";

export function defineWatch({ program, run, profileOf }: Commands): void {
  program
    .command("watch")
    .description("on save: rebuild the one service, swap it, roll back when it does not answer")
    .argument("[profile]", "profile, by name or path")
    .action((profile: string | undefined) => run((session) => watch(session, profileOf(profile))));
}

/** Until Ctrl-C, which is the only way that it ends well; whoever runs it in a script sees that by the exit code. */
async function watch(session: Session, name: string | undefined): Promise<number> {
  const profile = await session.profile(name);
  tellWarnings(session, profile);
  const { watch: keepWatching } = await import("../flow/watch.ts");
  const paint = painter(session.color);
  session.machine.bus.subscribe((event) => {
    if (session.json) return printJson(session, event);
    const columns = session.stdout.columns ?? 80;
    const line = watchLine(event, { paint, columns, workspace: profile.workspace });
    if (line !== undefined) say(session, line);
  });
  await keepWatching(profile, session.machine);
  return EXIT.interrupted;
}
