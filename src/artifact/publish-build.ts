import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { errorCode } from "../host/files.ts";
import type { Platform } from "../model/artifact.ts";
import { withoutDebugger } from "../model/debugger.ts";
import { failed } from "../model/failure.ts";
import { type ArtifactDigest, artifactDigest } from "../model/names.ts";
import type { Service } from "../model/profile.ts";
import { snapshotConfig } from "./config.ts";
import { readExecutable } from "./elf.ts";
import { type BuildOptions, buildLocal } from "./local-build.ts";
import type { BuiltArtifact, BuiltService } from "./publish-entries.ts";
import type { Store } from "./store.ts";

/**
 * Builds a service for each platform, as `devenv watch` builds it but never for a debugger, and takes it with its
 * `container/etc` and its `pre_setup.sh` into the store. A result without a program in it (a script, a folder of pages) is for every platform,
 * and is built once.
 * @throws Failure as `buildLocal`.
 */
export async function buildForPublishing(
  service: Service & { readonly repo: string },
  platforms: readonly Platform[],
  options: BuildOptions,
): Promise<Pick<BuiltService, "artifacts" | "config" | "setup">> {
  const setup = await snapshotSetup(service, options.store);
  if (service.build === undefined) {
    return { artifacts: [], config: await snapshotConfig(service.repo, options.store), setup };
  }
  const artifacts: BuiltArtifact[] = [];
  let config: ArtifactDigest | undefined;
  for (const platform of platforms) {
    const release = await buildLocal(withoutDebugger(service), platform, options);
    const { digest, kind } = release.artifact;
    config = release.config;
    const isPortable = artifacts.length === 0 && !(await hasProgram(options.store.pathOf(digest)));
    if (isPortable) return { artifacts: [{ platform: undefined, kind, digest }], config, setup };
    artifacts.push({ platform, kind, digest });
  }
  return { artifacts, config, setup };
}

/** Whether there is machine code in a file, or in any file of a folder. */
async function hasProgram(path: string): Promise<boolean> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch((cause) => {
    if (errorCode(cause) === "ENOTDIR") return undefined;
    throw cause;
  });
  if (entries === undefined) return isProgram(path);
  for (const entry of entries) {
    if (entry.isFile() && (await isProgram(join(entry.parentPath, entry.name)))) return true;
  }
  return false;
}

async function isProgram(file: string): Promise<boolean> {
  return ["elf", "mach-o", "pe"].includes((await readExecutable(file)).kind);
}

async function snapshotSetup({ name, repo }: Service & { repo: string }, store: Store) {
  const file = join(repo, "container", "bin", "pre_setup.sh");
  try {
    const content = await readFile(file);
    const digest = artifactDigest(createHash("sha256").update(content).digest("hex"));
    await store.put(digest, "file", Readable.from([content]));
    return digest;
  } catch (cause) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(cause) ?? "")) return undefined;
    throw failed(`${name}: ${file} cannot be read (${errorCode(cause)})`, { cause });
  }
}
