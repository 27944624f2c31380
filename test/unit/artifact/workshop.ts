import { expect } from "vitest";
import { buildLocal } from "../../../src/artifact/local-build.ts";
import { openStore } from "../../../src/artifact/store.ts";
import { type Processes, systemProcesses } from "../../../src/host/process.ts";
import type { Platform } from "../../../src/model/artifact.ts";
import type { Failure } from "../../../src/model/failure.ts";
import type { Service } from "../../../src/model/profile.ts";
import { fill, HERE, temporaryFolder } from "./folders.ts";

/** The first build compiles a runtime or a standard library for its flavour. */
export const COMPILING = { timeout: 180_000 };

/** What a test changes of how a build runs. */
interface Different {
  readonly signal?: AbortSignal;
  readonly processes?: Processes;
  readonly platform?: Platform;
  readonly environment?: NodeJS.ProcessEnv;
}

/** A repository with these files, and a cache folder and a store to build it into. */
export async function workshop(files: Record<string, string | Buffer>) {
  const [repo, cacheFolder] = [await temporaryFolder(), await temporaryFolder()];
  await fill(repo, files);
  const store = openStore(cacheFolder);
  const lines: string[] = [];
  const build = (service: Service, { platform = HERE, ...more }: Different = {}) =>
    buildLocal(service, platform, {
      store,
      processes: systemProcesses,
      environment: process.env,
      cacheFolder,
      onLine: (l) => lines.push(l),
      ...more,
    });
  const failureOf = (service: Service, more: Different = {}): Promise<Failure> =>
    build(service, more).then(
      () => expect.unreachable("it was built"),
      (thrown) => thrown,
    );
  return { repo, store, cacheFolder, build, failureOf, lines };
}

/** Starts no program by its own name: as on a machine where none of them is installed. */
export const withoutPrograms: Processes = {
  ...systemProcesses,
  run: (_, args, options) => systemProcesses.run("no-such-program-anywhere", args, options),
};
