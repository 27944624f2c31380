import { join } from "node:path";
import type { NodeBuilder } from "../model/builder.ts";
import { environmentFailure } from "../model/failure.ts";
import { type BuildJob, type BuildRun, buildFailed, runOptions } from "./build-job.ts";
import { packageManager } from "./package-manager.ts";
import { firstPlace } from "./place-in-output.ts";

/**
 * Runs a script of package.json by the package manager whose lock file is there. Nothing is installed: a build that
 * changes the work tree or waits for a registry is not what a save asks for.
 * @returns the path of what the script makes.
 * @throws Failure: what the script said (exit 1), no such script, packages that are not installed or no package manager
 * (environment); or the signal's reason.
 */
export async function buildNode(job: BuildJob, { script, output }: NodeBuilder, how: BuildRun): Promise<string> {
  const { service, repo, platform } = job;
  const manager = await packageManager(service.name, repo, script);
  const env = { DEVENV_TARGET_OS: platform.os, DEVENV_TARGET_ARCH: platform.arch };
  const finished = await how.processes.run(manager.program, [...manager.run, script], runOptions(job, how, env));
  how.signal?.throwIfAborted();
  if (finished.missing) {
    throw environmentFailure(`${service.name}: it is built with ${manager.program}, which is not installed`, {
      hint: manager.howToGet,
    });
  }
  if (finished.code === 0) return join(repo, output);
  const where = await firstPlace("node", finished.output, repo);
  throw buildFailed(service, finished, `${manager.program} run ${script}`, where);
}
