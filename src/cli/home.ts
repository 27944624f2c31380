import { userFailure } from "../model/failure.ts";
import { didYouMean } from "../model/nearest.ts";
import type { Commands } from "./commands.ts";
import { type Session, say } from "./session.ts";
import { status } from "./status.ts";

/** `devenv` alone: the terminal UI, and the status where there is no terminal to show it on. */
export function defineHome({ program, run, profileOf }: Commands): void {
  program.addHelpText("after", "\nWithout a command: the cluster, live, on the whole terminal.");
  program.allowExcessArguments().action(() => {
    const [unknown] = program.args;
    if (unknown !== undefined)
      throw noSuchCommand(
        unknown,
        program.commands.flatMap((each) => [each.name(), ...each.aliases()]),
      );
    return run((session) => home(session, profileOf()));
  });
}

const noSuchCommand = (name: string, known: readonly string[]) =>
  userFailure(`devenv has no command ${name}`, { hint: didYouMean(name, known) ?? "`devenv --help` lists them." });

const NO_TERMINAL = "On a terminal, `devenv` alone shows this live.";
/** What a terminal is that main.ts takes for none. */
const NO_FULL_SCREEN =
  "Without TERM=dumb and CI in the environment, `devenv` alone shows this live; `devenv status --watch` does here.";

/** After this a person is told what is waited for. */
const PATIENCE_MS = 500;

async function home(session: Session, name: string | undefined): Promise<void> {
  const { stdin, stdout, machine } = session;
  if (!session.isLive || stdin.isTTY !== true) {
    await status(session, name);
    if (!session.json) say(session, stdin.isTTY && stdout.isTTY ? NO_FULL_SCREEN : NO_TERMINAL);
    return;
  }
  const profile = await session.profile(name);
  const { openLive } = await import("../flow/live.ts");
  const live = openLive(profile, { reload: () => session.profile(name), terminal: { stdin, stdout } }, machine);
  try {
    const left = await session.show(live);
    say(session, left ?? `Cluster ${profile.name} goes on as it is; \`devenv down\` ends it.`);
  } finally {
    const closed = live.close();
    const isSlow = machine.clock.sleep(PATIENCE_MS).then(() => true);
    if (await Promise.race([closed.then(() => false), isSlow])) say(session, "Finishing what has begun …");
    await closed;
  }
  machine.signal.throwIfAborted();
}
