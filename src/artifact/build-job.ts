import type { Finished, Processes, RunOptions } from "../host/process.ts";
import type { Platform } from "../model/artifact.ts";
import { type Failure, failed, type Position } from "../model/failure.ts";
import type { Service } from "../model/profile.ts";

/** What a kind of build is given. It gives the path of its result, or throws a Failure. */
export interface BuildJob {
  readonly service: Service;
  readonly repo: string;
  readonly platform: Platform;
  /** A folder that is kept from one build of the service for this platform to the next. */
  readonly kept: string;
  /** An empty folder for whatever the build needs meanwhile; removed after. */
  readonly temporary: string;
  /** Where a result goes that the next build may find up to date; while another build is under way, `temporary`. */
  readonly outputs: string;
  /** The user's cache folder, for what several services share. */
  readonly cacheFolder: string;
}

/** How a build runs, and who listens. */
export interface BuildRun {
  readonly processes: Processes;
  /** The variables that programs are started with: which compilers the person chose, and where programs are. */
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  readonly signal?: AbortSignal | undefined;
  /** Called with each line that the compiler says. */
  readonly onLine?: ((line: string) => void) | undefined;
}

/** In the repository, with these variables more, the profile's the last of them. */
export const runOptions = (job: BuildJob, run: BuildRun, env: Readonly<Record<string, string>>): RunOptions => ({
  cwd: job.repo,
  env: { ...env, ...job.service.build?.env },
  ...(run.signal && { signal: run.signal }),
  ...(run.onLine && { onLine: run.onLine }),
});

/** A build that ended with another code than 0: what it said, and the place of its first complaint where it names one. */
export function buildFailed(service: Service, finished: Finished, command: string, where?: Position): Failure {
  const ended = finished.signal === undefined ? `with code ${finished.code}` : `by ${finished.signal}`;
  return failed(`${service.name}: the build failed`, {
    where,
    output: finished.output || `${command}\n(it ended ${ended} and said nothing)`,
  });
}
