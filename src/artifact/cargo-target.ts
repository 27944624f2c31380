import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readJson, writeJson } from "../host/files.ts";
import type { Platform } from "../model/artifact.ts";
import type { CargoBuilder } from "../model/builder.ts";
import { environmentFailure, type Failure, failed } from "../model/failure.ts";
import type { BuildJob, BuildRun } from "./build-job.ts";
import { type CargoTarget, platformOf, targetsFor } from "./cargo-triples.ts";
import { isOnPath } from "./cross-compiler.ts";
import { nameOf } from "./select.ts";

/**
 * Takes the first of the suitable targets whose standard library is installed, and remembers it: to ask rustc takes a
 * tenth of a second.
 * @throws Failure that says how to install the first of them (environment), or that a named target is for something
 * else (exit 1).
 */
export async function cargoTarget(job: BuildJob, builder: CargoBuilder, how: BuildRun): Promise<CargoTarget> {
  const { service, platform, kept } = job;
  const suitable = targetsFor(platform, service.image);
  const choice = builder.target === undefined ? suitable : [named(builder.target, suitable, job)];
  const note = join(kept, "target.json");
  const last = (await readJson(note).catch(() => undefined)) as Chosen | undefined;
  const known = choice.find(({ triple }) => triple === last?.triple);
  if (known !== undefined && last !== undefined && existsSync(last.folder)) return known;
  for (const target of choice) {
    const folder = await libraryOf(target.triple, job, how);
    if (folder === undefined) continue;
    await writeJson(note, { triple: target.triple, folder } satisfies Chosen);
    return target;
  }
  throw choice.length === 0
    ? noTarget(job)
    : notInstalled(
        choice.map(({ triple }) => triple),
        job,
        how,
      );
}

/** What is remembered of a choice. */
interface Chosen {
  readonly triple: string;
  /** Where the standard library for it is; once it is gone, the choice is made anew. */
  readonly folder: string;
}

/** A target that the profile names: one that devenv would not have thought of is believed. */
function named(triple: string, suitable: readonly CargoTarget[], { service, platform }: BuildJob): CargoTarget {
  const known = suitable.find((target) => target.triple === triple);
  if (known !== undefined) return known;
  const other = platformOf(triple);
  if (other !== undefined && other !== nameOf(platform)) {
    throw failed(`${service.name}: its target ${triple} is for ${other}, and it is to run on ${nameOf(platform)}`, {
      hint: "take x-devenv.build.target out: the target is chosen from the daemon",
    });
  }
  return { triple, isStatic: service.image === "scratch" };
}

/** The folder with the standard library for a target; undefined where there is none in it. */
async function libraryOf(triple: string, { service, repo }: BuildJob, how: BuildRun): Promise<string | undefined> {
  const finished = await how.processes.run("rustc", ["--print", "target-libdir", "--target", triple], {
    cwd: repo,
    env: { ...service.build?.env },
    ...(how.signal && { signal: how.signal }),
  });
  how.signal?.throwIfAborted();
  if (finished.missing) throw noRust(`${service.name}: it is built with Rust, which is not installed`);
  const folder = finished.stdout.trim();
  if (finished.code !== 0 || folder === "") return undefined;
  const files = await readdir(folder).catch(() => []);
  return files.some((name) => /^libcore-.*\.rlib$/.test(name)) ? folder : undefined;
}

export const noRust = (message: string): Failure =>
  environmentFailure(message, {
    hint: "install Rust (Debian, Ubuntu: `sudo apt-get install cargo`; others: https://rustup.rs)",
  });

const noTarget = ({ service, platform }: BuildJob): Failure =>
  failed(`${service.name}: devenv knows no target of Rust for ${nameOf(platform)}`, {
    hint: "name it: x-devenv.build.target (rustc --print target-list has them all)",
  });

function notInstalled(triples: readonly string[], job: BuildJob, { environment }: BuildRun): Failure {
  const { service, platform } = job;
  const [first = ""] = triples;
  const message = `${service.name}: Rust's standard library for ${nameOf(platform)} (${triples.join(" or ")}) is not installed`;
  const isRustup = isOnPath("rustup", environment);
  const hint = isRustup ? `\`(cd ${job.repo} && rustup target add ${first})\`` : debianHint(triples, platform);
  return environmentFailure(message, { hint });
}

/** Debian's names of architectures, where they are not Go's. */
const DEBIAN: Readonly<Record<string, string>> = { "386": "i386", arm: "armhf", ppc64le: "ppc64el" };

/** What Debian has of the standard library: glibc's for its own architectures, and Windows'. */
function debianHint(triples: readonly string[], { os, arch }: Platform): string {
  const byRustup = `\`rustup target add ${triples[0]}\` (https://rustup.rs)`;
  if (triples.some((triple) => /-linux-gnu/.test(triple))) {
    const debian = DEBIAN[arch] ?? arch;
    const [add, suffix] = [`sudo dpkg --add-architecture ${debian} && sudo apt-get update && `, `:${debian}`];
    return `\`${add}sudo apt-get install libstd-rust-dev${suffix}\` (Debian, Ubuntu), or ${byRustup}`;
  }
  const isPackaged = os === "windows" && arch !== "arm64";
  return isPackaged ? `\`sudo apt-get install libstd-rust-dev-windows\` (Debian, Ubuntu), or ${byRustup}` : byRustup;
}
