import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { CommandBuilder } from "../model/builder.ts";
import { type BuildJob, type BuildRun, buildFailed, runOptions } from "./build-job.ts";

/**
 * Runs the profile's `build.command` by `sh -c` in the repository. It finds where to put its result in DEVENV_OUT (a
 * path to write a file to, or an empty folder to fill for a tree) and what for in DEVENV_TARGET_OS and
 * DEVENV_TARGET_ARCH.
 * @throws Failure (exit 1) with what the command said, or the signal's reason.
 */
export async function buildCommand(job: BuildJob, { command }: CommandBuilder, how: BuildRun): Promise<string> {
  const out = join(job.temporary, "out");
  if (job.service.artifact === "tree") await mkdir(out);
  const env = { DEVENV_OUT: out, DEVENV_TARGET_OS: job.platform.os, DEVENV_TARGET_ARCH: job.platform.arch };
  const finished = await how.processes.run("sh", ["-c", command], runOptions(job, how, env));
  how.signal?.throwIfAborted();
  if (finished.code !== 0) throw buildFailed(job.service, finished, command);
  return out;
}
