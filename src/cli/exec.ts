import type { ExecOptions } from "../docker/daemon.ts";
import { type Commands, wholeNumber } from "./commands.ts";
import { type Paint, painter } from "./paint.ts";
import { note, type Session } from "./session.ts";

interface ExecFlags {
  readonly user?: string;
  readonly workdir?: string;
  readonly env: string[];
  readonly tty: boolean;
  readonly index?: number;
}

export function defineExec({ program, run, profileOf }: Commands): void {
  program
    .command("exec")
    .description("run a program in a service's container")
    .argument("<service>")
    .argument("<command...>")
    .option("-u, --user <user>", "as this user")
    .option("-w, --workdir <folder>", "in this folder of the container")
    .option("-e, --env <KEY=VALUE>", "set a variable", (entry: string, before: string[]) => [...before, entry], [])
    .option("--index <number>", "in this one of its containers, where it has several", wholeNumber)
    .option("-T, --no-tty", "no terminal")
    .passThroughOptions()
    .action((service: string, command: string[], { user, workdir, env, tty, index }: ExecFlags) =>
      run((session) =>
        exec(session, { service, command, index, profile: profileOf(), user, workdir, env, noTty: !tty }),
      ),
    );
}

interface ExecArguments {
  readonly service: string;
  readonly command: readonly string[];
  /** Which of its containers; the first that runs when undefined. */
  readonly index: number | undefined;
  readonly profile: string | undefined;
  readonly user: string | undefined;
  readonly workdir: string | undefined;
  readonly env: readonly string[];
  /** `-T`: no terminal even when there is one. */
  readonly noTty: boolean;
}

/** Ends with the command's own exit code. */
async function exec(session: Session, args: ExecArguments): Promise<number> {
  const profile = await session.profile(args.profile);
  const { exec: run } = await import("../flow/exec.ts");
  const { stdin, stdout, stderr } = session;
  const tty = !args.noTty && stdin.isTTY === true && stdout.isTTY === true;
  const unsubscribe: (() => void)[] = [];
  const onStarted: ExecOptions["onStarted"] = (resize) => {
    const refit = () => void resize(stdout.columns, stdout.rows).catch(() => undefined);
    refit();
    stdout.on("resize", refit);
    unsubscribe.push(() => stdout.off("resize", refit));
  };
  if (tty) stdin.setRawMode(true);
  try {
    const code = await run(profile, args.service, args.index, session.machine, {
      command: args.command,
      tty,
      user: args.user,
      workingDir: args.workdir,
      environment: Object.fromEntries(args.env.map((entry) => pair(entry, session))),
      stdin,
      stdout,
      stderr,
      ...(tty && { onStarted }),
    });
    if (COULD_NOT_RUN.includes(code)) note(session, hintAtShell(args.service, painter(session.color)));
    return code;
  } finally {
    for (const end of unsubscribe) end();
    if (tty) stdin.setRawMode(false);
    stdin.pause();
  }
}

/** What shells, and the daemon, say of a program that is not there or cannot be run. */
const COULD_NOT_RUN = [126, 127];

/** An empty image has no shell, but every container has devenv's. */
const hintAtShell = (service: string, paint: Paint) =>
  `  ${paint("yellow", "→")} \`devenv exec ${service} /devenv/init/busybox sh\` is a shell, with the usual programs in it, that needs nothing of the image.`;

/** `KEY=VALUE`, or `KEY` for the value that it has here, as `docker exec -e` takes it. */
function pair(entry: string, session: Session): [string, string] {
  const equals = entry.indexOf("=");
  if (equals < 0) return [entry, session.machine.environment[entry] ?? ""];
  return [entry.slice(0, equals), entry.slice(equals + 1)];
}
