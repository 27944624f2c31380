import type { Finished } from "../host/process.ts";
import { keyValues } from "../profile/key-values.ts";
import { QUOTE, type Refusal, sayFlaws } from "../profile/secrets.ts";
import type { Machine } from "./machine.ts";

/** What the command of a profile printed as KEY=VALUE lines, or why it is not taken; `output` is its standard error. */
export type CommandSecrets =
  | { readonly values: Readonly<Record<string, string>> }
  | (Refusal & { readonly output?: string });

/** A person may have to find a key, a phone or a thumb. */
const PATIENCE_MS = 120_000;

/** As an argument, anyone on the machine could read it, and what it names may be worth something. */
const RUN_IT = 'command=$DEVENV_SECRETS_COMMAND; unset DEVENV_SECRETS_COMMAND; eval "$command"';

/**
 * Runs `x-devenv.secrets.command` by `sh` in the workspace. On a terminal it may ask there, and what it says goes there;
 * else its standard error is part of the failure. Whatever it printed is redacted from then on, also when it failed.
 */
export async function secretsOfCommand(
  command: string,
  workspace: string,
  { processes, signal, secrets, isAtTerminal }: Machine,
): Promise<CommandSecrets> {
  const finished = await processes.run("sh", ["-c", RUN_IT], {
    cwd: workspace,
    env: { DEVENV_SECRETS_COMMAND: command },
    timeoutMs: PATIENCE_MS,
    signal,
    onTerminal: isAtTerminal,
  });
  signal.throwIfAborted();
  const { values, flaws } = keyValues(finished.stdout);
  secrets.add(Object.values(values));
  if (finished.code !== 0) return { ...howItFailed(finished, isAtTerminal), output: finished.stderr };
  if (flaws.length === 0) return { values };
  // What cannot be read is a piece of a secret as likely as not.
  secrets.add(finished.stdout.split("\n"));
  return { problem: `the command for secrets: in its output, ${sayFlaws(flaws)}`, hint: QUOTE, isMissing: false };
}

function howItFailed({ timedOut, code, signal }: Finished, isAtTerminal: boolean): Refusal {
  const end = timedOut
    ? `did not end within ${PATIENCE_MS / 1000} seconds`
    : signal === undefined
      ? `ended with code ${code}`
      : `was ended by ${signal}`;
  const asks = isAtTerminal ? "" : "; where it has to ask for something, give devenv a terminal";
  const hint = `run what stands under x-devenv.secrets in the workspace's folder, and see what it says${asks}`;
  return { problem: `the command for secrets ${end}`, hint, isMissing: false };
}
