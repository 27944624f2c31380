import { environmentFailure } from "../model/failure.ts";
import { tryProgram } from "./programs.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * In a session of its own where the system has setsid(1), so that neither the terminal's end nor Ctrl-C reaches it, and
 * with none of this process's streams. The shell that is run leads a process group of its own in any case.
 */
const START =
  'umask 077; log=$1; shift; command -v setsid >/dev/null && set -- setsid "$@"; nohup "$@" >"$log" 2>&1 </dev/null & echo $!';

/** A program that is to outlive this one. */
export interface Apart {
  /** What a person calls it. */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Where its words go, in the place of those of an earlier one. */
  readonly log: string;
}

/**
 * Starts a program that outlives this one, and gives the number of its process.
 * @throws Failure (environment) where there is no process of it; one that ends at its start says so in its log
 */
export async function startApart({ name, program, args, log }: Apart, surroundings: Surroundings): Promise<number> {
  const command = ["-c", START, "sh", log, program, ...args];
  const { code, stdout, output } = await tryProgram(surroundings, "sh", command, { cwd: "/" });
  const pid = Number(stdout.trim());
  if (code === 0 && pid > 0) return pid;
  throw environmentFailure(`${name} could not be started`, { output });
}

/** The same for a command of devenv's own, by the devenv that runs. */
export function startDevenvApart(words: readonly string[], log: string, surroundings: Surroundings): Promise<number> {
  const args = [...process.execArgv, process.argv[1] ?? "", ...words];
  const name = `a process of devenv's, \`devenv ${words[0]}\`,`;
  return startApart({ name, program: process.execPath, args, log }, surroundings);
}
