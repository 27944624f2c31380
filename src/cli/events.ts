import type { Told } from "../flow/follow-events.ts";
import type { Profile } from "../model/profile.ts";
import { plain } from "../state/wire.ts";
import type { Commands } from "./commands.ts";
import { explain } from "./explain.ts";
import { painter } from "./paint.ts";
import { pullLine } from "./pull-lines.ts";
import { printJson, type Session, sayWords } from "./session.ts";
import { surroundingsLine } from "./surroundings-lines.ts";
import { toldOnce } from "./told-once.ts";
import { watchLine } from "./watch-lines.ts";
import { whileRead } from "./while-read.ts";

const HELP = `
With --json one event a line, for editors and scripts: those of the running
\`devenv watch\`, or of \`devenv\` alone, whichever terminal it is in; where none
runs, what the Docker daemon tells of the containers. A line of type "snapshot"
comes before either.`;

export function defineEvents({ program, run, profileOf }: Commands): void {
  program
    .command("events")
    .description("what happens to the cluster, as it happens, until Ctrl-C")
    .argument("[profile]", "profile, by name or path")
    .addHelpText("after", HELP)
    .action((profile: string | undefined) => run((session) => events(session, profileOf(profile))));
}

async function events(session: Session, name: string | undefined): Promise<number> {
  const profile = await session.profile(name);
  const { followEvents } = await import("../flow/follow-events.ts");
  const lines = session.json ? undefined : linesOf(session, profile);
  const tell = (told: Told) => {
    if (lines === undefined) return printJson(session, asJson(told, session.machine.clock.now()));
    const line = lines(told);
    if (line !== undefined) sayWords(session, line);
  };
  return whileRead(session, (machine) => followEvents(profile, tell, machine));
}

/** Milliseconds since the epoch in `at`, as every event has them. */
function asJson(told: Told, at: number): unknown {
  switch (told.is) {
    case "loop":
      return { type: "snapshot", at, source: "watch", holder: told.holder, view: plain(told.view) };
    case "daemon":
      return { type: "snapshot", at, source: "daemon", status: told.status };
    case "unheard":
      return { type: "unheard", at, failure: told.failure };
    case "event":
      return told.event;
    case "container": {
      const { service, name, action, exitCode, atMs } = told.event;
      return { type: "container", at: atMs, service, container: name, action, exitCode: exitCode ?? null };
    }
    default:
      return told satisfies never;
  }
}

/** As `devenv watch` prints them. */
function linesOf(session: Session, { workspace }: Profile): (told: Told) => string | undefined {
  const paint = painter(session.color);
  const once = toldOnce();
  return (told) => {
    const style = { paint, columns: session.stdout.columns ?? 80, workspace };
    switch (told.is) {
      case "loop":
        return `From ${told.holder}:`;
      case "daemon":
        return "Nobody watches the cluster; from its Docker daemon:";
      case "unheard":
        return explain(told.failure, paint);
      case "event":
        return watchLine(once(told.event), style) ?? surroundingsLine(told.event, style) ?? pullLine(told.event, style);
      case "container": {
        const { service, action, exitCode, atMs } = told.event;
        const code = exitCode === undefined ? "" : `, exit code ${exitCode}`;
        return `${paint("dim", new Date(atMs).toTimeString().slice(0, 8))} ${paint("bold", service)} ${action}${code}`;
      }
      default:
        return told satisfies never;
    }
  };
}
