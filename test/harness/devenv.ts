import { systemProcesses } from "../../src/host/process.ts";
import type { Event } from "../../src/model/event.ts";
import { CLI, type TestWorkspace } from "./workspace.ts";

/** A devenv that runs on (`watch`), read by its events. */
export interface RunningDevenv {
  /** All events so far, in order. */
  readonly events: readonly Event[];
  /** Its process; known from its first line of output on. */
  readonly pid: number | undefined;
  /**
   * The first event from now on (or from `since`, an index into `events`) that fits; rejects when devenv ends, or the
   * event does not come within a minute and a half, with the events that came instead.
   */
  until<E extends Event>(fits: (event: Event) => event is E, since?: number): Promise<E>;
  /** The first line of output, from the beginning on, that fits; rejects when devenv ends before. */
  untilLine(fits: (line: string) => boolean): Promise<string>;
  /** Does something while devenv is stopped (STOP, CONT), so that it hears of nothing until it is over. */
  whileStopped(work: () => Promise<void>): Promise<void>;
  /** Ctrl-C; resolves with the exit code. */
  interrupt(): Promise<number | undefined>;
  /** KILL, as a machine that loses power would. */
  kill(): Promise<void>;
}

/** Starts `devenv watch --json` and waits until it watches. */
export async function startWatch(workspace: TestWorkspace): Promise<RunningDevenv> {
  const devenv = startDevenv(workspace, ["watch", "--json"]);
  await devenv.until(ofType("watching"), 0);
  return devenv;
}

/** A first build may compile the standard library, on a machine that is busy with other things. */
const PATIENCE_MS = 90_000;

export const ofType =
  <T extends Event["type"]>(...types: T[]) =>
  (event: Event): event is Extract<Event, { type: T }> =>
    (types as string[]).includes(event.type);

/** @param onLine gets each line of its output as it comes. */
export function startDevenv(
  workspace: TestWorkspace,
  args: readonly string[],
  onLine: (line: string) => void = () => {},
): RunningDevenv {
  const events: Event[] = [];
  const output: string[] = [];
  let look = () => {};
  let pid: number | undefined;
  const ended = systemProcesses.run("sh", ["-c", 'echo "pid $$"; exec "$@"', "sh", process.execPath, CLI, ...args], {
    cwd: workspace.folder,
    env: workspace.env,
    // The event of a checkout names thousands of paths.
    longestLine: 16 * 1024 * 1024,
    onLine(line) {
      if (pid === undefined && line.startsWith("pid ")) {
        pid = Number(line.slice(4));
        return;
      }
      output.push(line);
      onLine(line);
      if (line.startsWith("{")) events.push(JSON.parse(line) as Event);
      look();
    },
  });
  const awaited = <T>(find: () => T | undefined, instead: () => string): Promise<T> => {
    const waiting = new Promise<T>((resolve) => {
      const before = look;
      look = () => {
        before();
        const found = find();
        if (found !== undefined) resolve(found);
      };
      look();
    });
    const gone = ended.then(({ code, signal }): never => {
      throw new Error(`devenv ended (${code ?? signal}) before it came:\n${output.slice(-20).join("\n")}`);
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`it did not come; ${instead()}`)), PATIENCE_MS);
    });
    return Promise.race([waiting, gone, late]).finally(() => clearTimeout(timer));
  };
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  const send = (signal: NodeJS.Signals) => {
    if (pid !== undefined && !isOver) process.kill(pid, signal);
  };
  return {
    events,
    get pid() {
      return pid;
    },
    until: <E extends Event>(fits: (event: Event) => event is E, since = events.length) =>
      awaited(
        () => events.slice(since).find(fits),
        () => told(events.slice(since)),
      ),
    untilLine: (fits) =>
      awaited(
        () => output.find(fits),
        () => `these lines did:\n${output.slice(-20).join("\n")}`,
      ),
    async whileStopped(work) {
      send("SIGSTOP");
      try {
        await work();
      } finally {
        send("SIGCONT");
      }
    },
    async interrupt() {
      send("SIGINT");
      return (await ended).code;
    },
    async kill() {
      send("SIGKILL");
      await ended;
    },
  };
}

const told = (events: readonly Event[]): string =>
  events.length === 0 ? "nothing came" : `these came:\n${events.map((event) => JSON.stringify(event)).join("\n")}`;

/**
 * Until the first code of a service that is committed from then on is what a roll-back goes back to. The word of one
 * before it, which settles meanwhile, does not count.
 */
export async function untilSettled(devenv: RunningDevenv, service: string, since: number): Promise<void> {
  const isOf = (event: Event) => "service" in event && event.service === service;
  const committed = ofType("committed");
  const isCommitted = (event: Event): event is CommittedEvent => committed(event) && isOf(event);
  const { generation } = await devenv.until(isCommitted, since);
  const settled = ofType("settled");
  const isSettled = (event: Event): event is SettledEvent =>
    settled(event) && isOf(event) && event.generation === generation;
  await devenv.until(isSettled, since);
}

type CommittedEvent = Extract<Event, { type: "committed" }>;
type SettledEvent = Extract<Event, { type: "settled" }>;
