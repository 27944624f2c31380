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

/** What devenv started may outlive it, and ends by itself. */
async function untilNoGitRuns(folder: string): Promise<void> {
  const script = `for p in /proc/[0-9]*; do case "$(readlink $p/cwd)" in "$FOLDER"/*) echo $p;; esac; done`;
  await eventually(
    async () => (await systemProcesses.run("sh", ["-c", script], { env: { FOLDER: folder } })).stdout,
    (processes) => processes === "",
    { withinMs: 60_000 },
  );
}
