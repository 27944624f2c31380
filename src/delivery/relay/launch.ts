import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../host/clock.ts";
import { errorCode, readText } from "../../host/files.ts";
import type { Processes } from "../../host/process.ts";
import { environmentFailure } from "../../model/failure.ts";
import { askRelay } from "./control.ts";

/** What a relay is started with. */
export interface Launch {
  readonly clusterFolder: string;
  /** devenv itself, with what it is to be called with: the hidden command and its arguments. */
  readonly command: readonly [string, ...string[]];
  readonly processes: Processes;
  readonly clock: Clock;
}

/**
 * Starts it in a session of its own, so that neither the terminal's end nor Ctrl-C reaches it, and with none of this
 * one's streams: whoever reads them would wait for a relay that lives as long as the cluster.
 */
const START = 'umask 077; log=$1; shift; setsid "$@" >"$log" 2>&1 </dev/null &';

const STARTS_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 20;

/** Starts a relay and resolves when it takes orders. @throws Failure (environment) with its last words when it does not. */
export async function launchRelay({ clusterFolder, command, processes, clock }: Launch): Promise<void> {
  const log = join(clusterFolder, "relay.log");
  await rm(log, { force: true }); // one that is written to no more, perhaps by another user's relay
  const started = await processes.run("sh", ["-c", START, "sh", log, ...command], { cwd: "/" });
  if (started.code !== 0) throw notStarted(started.output);
  const deadline = clock.monotonic() + STARTS_WITHIN_MS;
  while ((await askRelay(clusterFolder)) === undefined) {
    const said = await readText(log).catch((thrown) => String(errorCode(thrown)));
    if (clock.monotonic() > deadline || said?.includes(OVER)) throw notStarted(said ?? "");
    await clock.sleep(LOOK_EVERY_MS);
  }
}

/** Stands in the log of a relay that has ended. */
export const OVER = "the relay ends";

const notStarted = (output: string) =>
  environmentFailure("the relay, which leads services to this machine or elsewhere, could not be started", {
    output: output.trim(),
  });
