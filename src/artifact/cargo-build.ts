import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, mkdir, utimes } from "node:fs/promises";
import { basename, join } from "node:path";
import type { CargoBuilder } from "../model/builder.ts";
import { type BuildJob, type BuildRun, buildFailed, runOptions } from "./build-job.ts";
import { linking } from "./cargo-linker.ts";
import { cargoTarget, noRust } from "./cargo-target.ts";
import { firstPlace } from "./place-in-output.ts";

/**
 * What makes a `dev` build small (4.5 MB -> 0.5 MB of a server without dependencies) and the link short: no DWARF. A
 * panic keeps its file and line, which are not there. Other profiles are as Cargo.toml has them.
 */
const SMALL = { CARGO_PROFILE_DEV_DEBUG: "0", CARGO_PROFILE_DEV_STRIP: "debuginfo" };

/**
 * `cargo build` for a platform: of one binary, or for a tree of all into one folder.
 * @returns the path of the program, or of the folder.
 * @throws Failure: the compiler's words and the first place that they name (exit 1), no cargo, no standard library or
 * linker for the platform (environment), or the signal's reason.
 */
export async function buildCargo(job: BuildJob, builder: CargoBuilder, how: BuildRun): Promise<string> {
  const target = await cargoTarget(job, builder, how);
  const env = { ...SMALL, ...(await linking(target, job, how)) };
  const folder = await targetFolder(job);
  const args = [...argumentsOf(builder), "--target", target.triple, "--target-dir", folder];
  const finished = await how.processes.run("cargo", args, runOptions(job, how, env));
  how.signal?.throwIfAborted();
  if (finished.missing) throw noRust(`${job.service.name}: it is built with cargo, which is not installed`);
  if (finished.code !== 0) {
    const where = await firstPlace("cargo", finished.output, job.repo);
    throw buildFailed(job.service, finished, `cargo ${args.join(" ")}`, where);
  }
  const ending = job.platform.os === "windows" ? ".exe" : "";
  const results = join(folder, target.triple, profileFolder(builder.profile));
  const built = builder.binaries.map((binary) => join(results, `${binary}${ending}`));
  return job.service.artifact === "tree" ? together(built, job) : (built[0] ?? results);
}

/** Pure: what is built, and how, without where to. */
const argumentsOf = ({ binaries, profile, features }: CargoBuilder): string[] => [
  ...["build", "--quiet", "--color", "never", "--profile", profile],
  ...binaries.flatMap((binary) => ["--bin", binary]),
  ...(features.length === 0 ? [] : ["--features", features.join(",")]),
];

/**
 * One for all services of a repository, so that what they share is compiled once; and not the repository's own `target`,
 * on whose lock a save would wait for the editor's `cargo check`.
 */
async function targetFolder({ repo, cacheFolder }: BuildJob): Promise<string> {
  const folder = join(cacheFolder, "builds", `cargo-${createHash("sha256").update(repo).digest("hex").slice(0, 12)}`);
  await mkdir(folder, { recursive: true });
  // cargo writes further below; its folder's time says that it is in use (`devenv artifacts prune`).
  const now = new Date();
  await utimes(folder, now, now);
  return folder;
}

/** Where cargo puts what a profile builds: its name, but for those that are older than that rule. */
function profileFolder(profile: string): string {
  if (profile === "dev" || profile === "test") return "debug";
  return profile === "bench" ? "release" : profile;
}

async function together(built: readonly string[], { temporary }: BuildJob): Promise<string> {
  const out = join(temporary, "out");
  await mkdir(out);
  await Promise.all(built.map((path) => copyFile(path, join(out, basename(path)), constants.COPYFILE_FICLONE)));
  return out;
}
