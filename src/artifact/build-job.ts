import type { Processes, RunOptions } from "../host/process.ts";
import type { Platform } from "../model/artifact.ts";
import type { Service } from "../model/profile.ts";

/** What a kind of build is given. It leaves its result at `out` or throws a Failure. */
export interface BuildJob {
  readonly service: Service;
  readonly repo: string;
  readonly platform: Platform;
  /** Where the result is to be. What an earlier build left there may still be there. */
  readonly out: string;
  /** An empty folder for whatever the build needs meanwhile; removed after. */
  readonly temporary: string;
}

/** How a build runs, and who listens. */
export interface BuildRun {
  readonly processes: Processes;
  readonly signal?: AbortSignal | undefined;
  /** Called with each line that the compiler says. */
  readonly onLine?: ((line: string) => void) | undefined;
}

/** In the repository, with these variables more. */
export const runOptions = (job: BuildJob, run: BuildRun, env: Readonly<Record<string, string>>): RunOptions => ({
  cwd: job.repo,
  env,
  ...(run.signal && { signal: run.signal }),
  ...(run.onLine && { onLine: run.onLine }),
});
