import { readdirSync, readlinkSync } from "node:fs";
import { systemProcesses } from "../../src/host/process.ts";
import { eventually } from "./eventually.ts";
import type { Team } from "./repositories.ts";
import { CLI } from "./workspace.ts";

/** What comes to devenv's whole process group. */
export const SIGNALS = ["KILL", "TERM", "INT"] as const;

export interface Kill {
  readonly signal: (typeof SIGNALS)[number];
  readonly afterMs: number;
}

/** Runs `pull-all` and ends it at an instant; resolves when nothing that it started runs any more either. */
export async function killedPull({ workspace, env }: Team, { signal, afterMs }: Kill): Promise<void> {
  // The instant is what is drawn by lot here; nothing is waited for.
  const script = '"$@" & sleep $AFTER; kill -$SIGNAL -- -$! 2>/dev/null; wait $!; true';
  const more = { AFTER: String(afterMs / 1000), SIGNAL: signal };
  const options = { cwd: workspace, env: { ...env, ...more }, timeoutMs: 60_000 };
  const ended = await systemProcesses.run("bash", ["-mc", script, "bash", process.execPath, CLI, "pull-all"], options);
  if (ended.code !== 0) throw new Error(ended.output);
  await untilNoGitRuns(workspace);
}

/** What devenv started may outlive it, and ends by itself. Before it goes to its folder, it is where devenv was. */
const untilNoGitRuns = (folder: string) =>
  eventually(
    () => workingIn(folder),
    (processes) => processes.length === 0,
    { withinMs: 60_000 },
  );

/** In one go: one of them may start another and end, while somebody looks at each for long. */
const workingIn = (folder: string): string[] =>
  readdirSync("/proc").filter((name) => {
    try {
      return /^\d+$/.test(name) && `${readlinkSync(`/proc/${name}/cwd`)}/`.startsWith(`${folder}/`);
    } catch {
      return false; // It has ended meanwhile.
    }
  });
