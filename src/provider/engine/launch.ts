import { createHash } from "node:crypto";
import { access, constants, rm } from "node:fs/promises";
import { environmentFailure } from "../../model/failure.ts";
import { tryProgram } from "../programs.ts";
import type { Surroundings } from "../surroundings.ts";
import type { Layout } from "./layout.ts";
import { boundLog } from "./log.ts";

/** What is run to have the engine. */
export interface Launcher {
  readonly rootless: boolean;
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Starts dockerd in a session of its own, so that neither the terminal's end nor Ctrl-C reaches it, with its words going
 * to the log. `$!` is dockerd itself: setsid(1) execs, because a background job of this shell leads no process group.
 */
const START = 'log=$1; shift; ulimit -n "$(ulimit -Hn)"; setsid "$@" >>"$log" 2>&1 </dev/null & echo $!';

/** Starts the engine's process and gives its number (of rootlesskit, when rootless), without waiting for an answer. */
export async function launch(launcher: Launcher, layout: Layout, surroundings: Surroundings): Promise<number> {
  await boundLog(layout.log);
  // One that root's engine left in this person's folder cannot be written to.
  await access(layout.log, constants.W_OK).catch(() => rm(layout.log, { force: true }));
  // Where a system-wide containerd runs, every dockerd uses that one: names of our own keep the two daemons' containers apart.
  const name = `devenv-${createHash("sha256").update(layout.folder).digest("hex").slice(0, 12)}`;
  const namespaces = ["--containerd-namespace", name, "--containerd-plugins-namespace", `${name}-plugins`];
  const command = [launcher.program, "--config-file", layout.config, ...namespaces];
  const { code, stdout, output } = await tryProgram(surroundings, "sh", ["-c", START, "sh", layout.log, ...command], {
    cwd: "/",
    env: launcher.environment,
  });
  const pid = Number(stdout.trim());
  if (code === 0 && pid > 0) return pid;
  throw environmentFailure("the engine could not be started", { output: output.trim() });
}
