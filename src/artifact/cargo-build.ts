import { createHash } from "node:crypto";
import { copyFile, mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { environmentFailure, type Failure } from "../model/failure.ts";
import type { CargoBuilder } from "../model/profile.ts";
import { type BuildJob, type BuildRun, buildFailed, runOptions } from "./build-job.ts";
import { firstPlace } from "./place-in-output.ts";

/**
 * `cargo build` for a platform: of one binary, or for a tree of all into one folder.
 * @returns the path of the program, or of the folder.
 * @throws Failure: the compiler's words and the first place that they name (exit 1), no cargo (environment), or the
 * signal's reason.
 */
export async function buildCargo(job: BuildJob, builder: CargoBuilder, how: BuildRun): Promise<string> {
  const folder = targetFolder(job);
  const args = ["build", "--quiet", "--profile", builder.profile, "--target-dir", folder];
  const wanted = builder.binaries.flatMap((binary) => ["--bin", binary]);
  const finished = await how.processes.run("cargo", [...args, ...wanted], runOptions(job, how, {}));
  how.signal?.throwIfAborted();
  if (finished.missing) throw noCargo(`${job.service.name}: it is built with Rust, which is not installed`);
  if (finished.code !== 0) {
    const where = await firstPlace("cargo", finished.output, job.repo);
    throw buildFailed(job.service, finished, `cargo build ${wanted.join(" ")}`, where);
  }
  const built = builder.binaries.map((binary) => join(folder, profileFolder(builder.profile), binary));
  return job.service.artifact === "tree" ? together(built, job) : (built[0] ?? folder);
}

/**
 * One for all services of a repository, so that what they share is compiled once; and not the repository's own `target`,
 * on whose lock a save would wait for the editor's `cargo check`.
 */
const targetFolder = ({ repo, cacheFolder }: BuildJob): string =>
  join(cacheFolder, "builds", `cargo-${createHash("sha256").update(repo).digest("hex").slice(0, 12)}`);

/** Where cargo puts what a profile builds: its name, but for the two that are older than that rule. */
const profileFolder = (profile: string): string => (["dev", "test"].includes(profile) ? "debug" : profile);

async function together(built: readonly string[], { temporary }: BuildJob): Promise<string> {
  const out = join(temporary, "out");
  await mkdir(out);
  await Promise.all(built.map((path) => copyFile(path, join(out, basename(path)))));
  return out;
}

const noCargo = (message: string): Failure =>
  environmentFailure(message, {
    hint: "install Rust (Debian, Ubuntu: sudo apt-get install cargo; others: https://rustup.rs)",
  });
