import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { isFolder } from "../host/files.ts";
import type { Platform, Release } from "../model/artifact.ts";
import type { Builder } from "../model/builder.ts";
import { userFailure } from "../model/failure.ts";
import { shortDigest } from "../model/names.ts";
import type { Service } from "../model/profile.ts";
import type { BuildJob, BuildRun } from "./build-job.ts";
import { checkResult } from "./build-result.ts";
import { buildCommand } from "./command-build.ts";
import { snapshotConfig } from "./config.ts";
import { earlyDigests, type HashedFile } from "./early-digest.ts";
import { buildGo } from "./go-build.ts";
import { sweep } from "./incoming.ts";
import { nameOf } from "./select.ts";
import type { Store } from "./store.ts";

const TEMPORARY = "tmp-";

/** How and where a build runs. */
export interface Workshop extends BuildRun {
  /** The user's cache folder; each service has a folder for its builds there. */
  readonly cacheFolder: string;
}

export interface BuildOptions extends Workshop {
  readonly store: Store;
}

/**
 * Builds a service from its work tree for the daemon's platform, and takes the result and `container/etc` into the
 * store.
 * @throws Failure as `buildArtifact`.
 */
export async function buildLocal(service: Service, platform: Platform, options: BuildOptions): Promise<Release> {
  const { store } = options;
  const { repo } = await buildableParts(service);
  const config = snapshotConfig(repo, store);
  config.catch(() => {}); // Awaited below; a build that fails first is what is told.
  const { release, noted } = await buildArtifact(service, platform, options, async (path, hashed) => {
    const digest = await store.adopt(path, service.artifact, { hashed });
    const artifact = { digest, kind: service.artifact, build: `local:${shortDigest(digest)}` } as const;
    const taken: Release = { artifact, config: await config };
    // Beside the tidying up after the build.
    return { release: taken, noted: store.note(service.name, taken) };
  });
  await noted;
  return release;
}

/**
 * Builds a service from its work tree for a platform and has the result taken from where it lies, where a later build
 * will write over it.
 * @param take is given the path of a file, or of a folder for `artifact: tree`, that has been checked; and the file's
 * digest where it is known by then.
 * @throws Failure: the build failed (exit 1, with the compiler's words and the first place that they name), its
 * result is not there or cannot run in the service's image (exit 1), a tool is missing (environment); or the signal's
 * reason when it was cancelled, after the build's whole process group was told to end.
 */
export async function buildArtifact<Taken>(
  service: Service,
  platform: Platform,
  workshop: Workshop,
  take: (path: string, hashed: HashedFile | undefined) => Promise<Taken>,
): Promise<Taken> {
  const { cacheFolder, signal } = workshop;
  const { repo, builder } = await buildableParts(service);
  const kept = await buildFolder(service, repo, builder, platform, cacheFolder);
  const temporary = mkdtempSync(join(kept, TEMPORARY));
  const outputs = isAlone(kept, temporary) ? kept : temporary;
  const check = (path: string) => checkResult(service, builder, path, platform);
  const early = builder.kind === "go" && service.artifact === "file" ? earlyDigests(outputs, check) : undefined;
  try {
    const out = await run({ service, repo, platform, kept, temporary, outputs, cacheFolder }, builder, workshop);
    signal?.throwIfAborted();
    const hashed = await early?.of(out);
    if (hashed === undefined) await check(out);
    return await take(out, hashed);
  } finally {
    early?.close();
    await remove(temporary);
  }
}

/** It is empty after a build that went well: then at once, because a save waits for it. */
async function remove(folder: string): Promise<void> {
  try {
    rmdirSync(folder);
  } catch {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Whether no other build of the same is under way: one of another devenv, or one that was cancelled and is still ending.
 * Of two that begin at once each sees the other's folder, so never do two put their results at one place, where the
 * older could be taken for the newer.
 */
function isAlone(kept: string, temporary: string): boolean {
  return !readdirSync(kept).some((name) => name.startsWith(TEMPORARY) && name !== basename(temporary));
}

async function run(job: BuildJob, builder: Builder, how: BuildRun): Promise<string> {
  switch (builder.kind) {
    case "go":
      return buildGo(job, builder, how);
    case "cargo":
      return (await import("./cargo-build.ts")).buildCargo(job, builder, how);
    case "node":
      return (await import("./node-build.ts")).buildNode(job, builder, how);
    case "command":
      return buildCommand(job, builder, how);
    default:
      return builder satisfies never;
  }
}

async function buildableParts(service: Service): Promise<{ repo: string; builder: Builder }> {
  const { name, repo, build } = service;
  if (build === undefined || repo === undefined) {
    throw userFailure(`${name}: the profile does not say how to build it`, {
      hint: "give it x-devenv.repo and x-devenv.build",
    });
  }
  if (!(await isFolder(repo))) {
    throw userFailure(`${name}: its repository is not there: ${repo}`, {
      hint: "clone it there, or correct x-devenv.repo",
    });
  }
  return { repo, builder: build };
}

/** Folders that this process has looked for what killed builds left: at each save that would cost it a millisecond. */
const swept = new Set<string>();

/** One folder for each thing that is built, so that two workspaces with a `books` do not share their outputs. */
async function buildFolder(
  service: Service,
  repo: string,
  builder: Builder,
  platform: Platform,
  cacheFolder: string,
): Promise<string> {
  const what = JSON.stringify([repo, builder, nameOf(platform), service.artifact, service.image === "scratch"]);
  const key = createHash("sha256").update(what).digest("hex").slice(0, 12);
  const folder = join(cacheFolder, "builds", `${service.name}-${key}`);
  mkdirSync(folder, { recursive: true });
  if (!swept.has(folder)) await sweep(folder, TEMPORARY, Date.now());
  swept.add(folder);
  return folder;
}
