import { systemProcesses } from "../../../src/host/process.ts";
import { composeGo } from "../programs.ts";
import type { ComposeProject } from "./compose-view.ts";

/** Files that make one project, merged in this order, and all of the environment that their variables come from. */
export interface ComposeCase {
  readonly files: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** What compose-go makes of a case: the project in canonical form, or why it refuses it. */
export type ComposeAnswer = { readonly project: ComposeProject } | { readonly project?: never; readonly error: string };

/**
 * Asks the reference implementation of the Compose specification, all cases in one go.
 * @param home the folder that `~` stands for.
 */
export async function askCompose(cases: readonly ComposeCase[], home: string): Promise<ComposeAnswer[]> {
  const finished = await systemProcesses.run(await composeGo(), [], {
    input: cases.map((each) => JSON.stringify(each)).join("\n"),
    env: { HOME: home },
  });
  if (finished.code !== 0) throw new Error(`compose-go failed: ${finished.stderr}`);
  return finished.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}
