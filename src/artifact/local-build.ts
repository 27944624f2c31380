import { createHash } from "node:crypto";
import { lstat, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isFolder } from "../host/files.ts";
import type { Platform, Release } from "../model/artifact.ts";
import { type Failure, failed, userFailure } from "../model/failure.ts";
import { shortDigest } from "../model/names.ts";
import type { Builder, Service } from "../model/profile.ts";
import type { BuildJob, BuildRun } from "./build-job.ts";
import { buildCargo } from "./cargo-build.ts";
import { buildCommand } from "./command-build.ts";
import { snapshotConfig } from "./config.ts";
import { buildGo } from "./go-build.ts";
import { sweep } from "./incoming.ts";
import { buildNode } from "./node-build.ts";
import { checkRunnable } from "./runnable.ts";
import { nameOf } from "./select.ts";
import type { Store } from "./store.ts";

const TEMPORARY = "tmp-";

export interface BuildOptions extends BuildRun {
  readonly store: Store;
  /** The user's cache folder; each service has a folder for its builds there. */
  readonly cacheFolder: string;
}

/**
 * Builds a service from its work tree for the daemon's platform, and takes the result and `container/etc` into the
 * store.
 * @throws Failure: the build failed (exit 1, with the compiler's words and the first place that they name), its
 * result is not there or cannot run in the service's image (exit 1), a tool is missing (environment); or the signal's
 * reason when it was cancelled, after the build's whole process group was told to end.
 */
export async function buildLocal(service: Service, platform: Platform, options: BuildOptions): Promise<Release> {
  const { repo, builder } = await buildableParts(service);
  const folder = await buildFolder(service, repo, builder, platform, options.cacheFolder);
  const temporary = await mkdtemp(join(folder, TEMPORARY));
  try {
    const job = { service, repo, platform, kept: folder, temporary, cacheFolder: options.cacheFolder };
    const config = snapshotConfig(repo, options.store);
    config.catch(() => {}); // Awaited below; a build that fails first is what is told.
    const out = await run(job, builder, options);
    options.signal?.throwIfAborted();
    await checkResult(service, out, platform);
    const digest = await options.store.adopt(out, service.artifact);
    const artifact = { digest, kind: service.artifact, build: `local:${shortDigest(digest)}` } as const;
    const release = { artifact, config: await config };
    await options.store.note(service.name, release);
    return release;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

function run(job: BuildJob, builder: Builder, options: BuildOptions): Promise<string> {
  switch (builder.kind) {
    case "go":
      return buildGo(job, builder, options);
    case "cargo":
      return buildCargo(job, builder, options);
    case "node":
      return buildNode(job, builder, options);
    case "command":
      return buildCommand(job, builder, options);
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

/** One folder for each thing that is built, so that two workspaces with a `books` do not share their outputs. */
async function buildFolder(
  service: Service,
  repo: string,
  builder: Builder,
  platform: Platform,
  cacheFolder: string,
): Promise<string> {
  const what = JSON.stringify([repo, builder, nameOf(platform), service.artifact]);
  const key = createHash("sha256").update(what).digest("hex").slice(0, 12);
  const folder = join(cacheFolder, "builds", `${service.name}-${key}`);
  await mkdir(folder, { recursive: true });
  await sweep(folder, TEMPORARY, Date.now());
  return folder;
}

async function checkResult(service: Service, out: string, platform: Platform): Promise<void> {
  const facts = await lstat(out).catch(() => undefined);
  if (facts === undefined) throw wrongResult(service, "the build put nothing at $DEVENV_OUT");
  if (service.artifact === "tree") {
    if (!facts.isDirectory()) throw wrongResult(service, "the build put a file at $DEVENV_OUT, not a folder");
    if (!(await isFilled(out))) throw wrongResult(service, "the build put nothing into the folder $DEVENV_OUT");
    return;
  }
  if (!facts.isFile()) throw wrongResult(service, "the build put something else than a file at $DEVENV_OUT");
  if (facts.size === 0) throw wrongResult(service, "the build put an empty file at $DEVENV_OUT");
  await checkRunnable(out, service, platform);
}

const wrongResult = (service: Service, what: string): Failure =>
  failed(`${service.name}: ${what}`, {
    hint:
      service.artifact === "tree"
        ? "its x-devenv.artifact is tree: the command is to fill the folder $DEVENV_OUT with files"
        : "the command is to write one executable file to the path $DEVENV_OUT (a folder: x-devenv.artifact: tree)",
  });

const isFilled = (path: string): Promise<boolean> =>
  readdir(path).then(
    (names) => names.length > 0,
    () => false,
  );
