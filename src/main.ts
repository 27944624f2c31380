import { setMaxListeners } from "node:events";
import { CommanderError } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { lazyStore } from "./artifact/lazy-store.ts";
import { explain, explainBug } from "./cli/explain.ts";
import { columnsOf, folded } from "./cli/fold.ts";
import { painter, wantsColor } from "./cli/paint.ts";
import { createProgram } from "./cli/program.ts";
import type { GlobalOptions, Session } from "./cli/session.ts";
import { asFailure, EXIT, interrupted, report } from "./model/failure.ts";
import type { Profile } from "./model/profile.ts";
import { Redactor } from "./model/secret.ts";
import type { Wanted } from "./profile/choose-profile.ts";
import { type Surroundings, systemSurroundings } from "./provider/surroundings.ts";
import { createBus } from "./state/bus.ts";
import { redactedBus, redactedLive } from "./state/redacted.ts";

// A cluster of sixty services has hundreds of waits on one signal: their number is no leak, and Node's warning of one
// would be printed into the screen.
setMaxListeners(0);

const { version } = packageJson;
const { env, stdin, stdout, stderr, argv } = process;

/** One key press can arrive twice: from the terminal, and from a wrapper (npx) that passes it on. */
const SAME_KEY_MS = 300;

/**
 * Ctrl-C asks everything to end well; asked twice, it ends at once. A terminal that is closed tells it twice as well, by
 * the kernel and by its shell, and means it once.
 */
function interruption(): AbortSignal {
  const controller = new AbortController();
  let since = 0;
  const stop = (signal: NodeJS.Signals) => {
    const isAgain = controller.signal.aborted && signal === "SIGINT" && performance.now() - since > SAME_KEY_MS;
    if (isAgain && !leavesInterrupts) process.exit(EXIT.interrupted);
    since ||= performance.now();
    controller.abort(interrupted());
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  return controller.signal;
}

/** What the person asked for, once it is known: `--json` after `devenv exec web` is for the program there. */
let asked: GlobalOptions | undefined;

/** Whether what is done is more than what is printed, so that it goes on when nobody reads any more. */
let goesOnUnread = false;

/** Whether Ctrl-C is for a program that has the terminal, which may want to be asked twice. */
let leavesInterrupts = false;

/** Nothing is written but through it: it learns every secret that is read. */
const secrets = new Redactor();

function openSession(options: GlobalOptions): Session {
  asked = options;
  const surroundings = systemSurroundings(env);
  const isTerminal = stdout.isTTY === true;
  const json = options.json ?? false;
  const color = !json && wantsColor(env, isTerminal, options.color);
  const signal = interruption();
  return {
    stdin,
    stdout,
    stderr,
    json,
    isLive: isTerminal && !json && env.TERM !== "dumb" && !env.CI,
    color,
    secrets,
    goOnUnread: () => {
      goesOnUnread = true;
    },
    leaveInterrupts: () => {
      leavesInterrupts = true;
    },
    machine: {
      ...surroundings,
      bus: redactedBus(createBus(), secrets),
      store: lazyStore(surroundings.folders.cache),
      connect: async (address) => (await import("./docker/connect.ts")).connect(address),
      secrets,
      isAtTerminal: stdin.isTTY === true && stderr.isTTY === true,
      signal,
    },
    profile: (name) => readProfile({ name, files: options.file }, surroundings),
    show: async (live) => {
      const { show } = await import("./tui/show.tsx");
      return show(redactedLive(live, secrets), { stdin, stdout, color, signal });
    },
  };
}

/** The profile that a command means, found from the current folder (DESIGN section 2, "workspace"). */
async function readProfile(wanted: Wanted, { environment, machine, folders }: Surroundings): Promise<Profile> {
  const { openProfile } = await import("./profile/open-profile.ts");
  const cacheFolder = folders.cache;
  const whereabouts = { from: process.cwd(), environment, home: machine.home, cacheFolder };
  const profile = await openProfile(wanted, { ...whereabouts, onSecrets: (values) => secrets.add(values) });
  secrets.show([profile.name, ...profile.services.map(({ name }) => name), ...profile.disabled]);
  secrets.add(profile.secrets);
  if (profile.services.some(({ provided }) => provided.length > 0)) {
    secrets.add(await (await import("./flow/secrets-at-hand.ts")).secretsAtHand(profile, environment));
  }
  return profile;
}

/** Two endings: an expected failure with its exit code, or a bug with what to report. */
function end(thrown: unknown): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.done : EXIT.usage;
  const failure = asFailure(thrown);
  const paint = painter(wantsColor(env, stderr.isTTY === true, !argv.includes("--no-color")));
  if (asked === undefined ? argv.includes("--json") : asked.json) {
    stdout.write(`${secrets.json({ type: "failed", failure: report(failure) })}\n`);
  } else {
    const columns = columnsOf(stderr);
    const text =
      failure.class === "bug" ? explainBug(failure, version, paint) : explain(report(failure), paint, columns);
    stderr.write(`${folded(secrets.text(text), columns)}\n`);
  }
  return failure.exitCode;
}

/** A reader that went away (`devenv logs | head`), or a terminal that was closed, is not a failure. */
for (const stream of [stdout, stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
    if (!goesOnUnread) process.exit(EXIT.done);
  });
}

// Node would print it as it is, secrets included. After the listeners before it, which give the terminal back.
process.on("uncaughtException", (thrown) => {
  process.once("exit", () => end(thrown));
  process.exit(EXIT.failed);
});

let exitCode: number = EXIT.done;
try {
  const program = createProgram(version, openSession, (code) => {
    exitCode = code;
  });
  await program.parseAsync(argv);
} catch (thrown) {
  exitCode = end(thrown);
}
// Handles that a library left open (a keep-alive socket) must not keep a finished command alive; what was written
// to a pipe must be out first.
stdout.write("", () => stderr.write("", () => process.exit(exitCode)));
