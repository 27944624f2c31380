import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { buildForPublishing } from "../../../src/artifact/publish-build.ts";
import { openStore } from "../../../src/artifact/store.ts";
import { systemProcesses } from "../../../src/host/process.ts";
import type { Service } from "../../../src/model/profile.ts";
import { goBuilder } from "../plan/samples.ts";
import { elfOf } from "./elves.ts";
import { digestOf, fill, temporaryFolder } from "./folders.ts";
import { ARM64 } from "./publishing.ts";
import { commandService } from "./service.ts";
import { COMPILING } from "./workshop.ts";

const PLATFORMS = [{ os: "linux", arch: "amd64" }, ARM64];
const ELF = { amd64: elfOf({ machine: 0x3e }), arm64: elfOf({ machine: 0xb7 }) };

/** Builds a service by a command in a repository with these files, noting in `built` what it was built for. */
async function buildWith(command: string, files: Record<string, string | Buffer>, more: Partial<Service> = {}) {
  const [repo, cacheFolder] = [await temporaryFolder(), await temporaryFolder()];
  await fill(repo, files);
  const service = { ...commandService(repo, command, more), repo };
  const store = openStore(cacheFolder);
  const built = await buildForPublishing(service, PLATFORMS, {
    store,
    processes: systemProcesses,
    environment: process.env,
    cacheFolder,
  });
  return { ...built, store };
}

describe("what is built for publishing", () => {
  test("is a program for each platform, with container/etc and pre_setup.sh", async () => {
    const { artifacts, config, setup, store } = await buildWith("cp $DEVENV_TARGET_ARCH $DEVENV_OUT", {
      ...ELF,
      "container/etc/config.local.toml": "port = 1",
      "container/bin/pre_setup.sh": "#!/bin/sh\n",
    });
    expect(artifacts).toEqual([
      { platform: PLATFORMS[0], kind: "file", digest: digestOf(ELF.amd64) },
      { platform: PLATFORMS[1], kind: "file", digest: digestOf(ELF.arm64) },
    ]);
    expect(config && (await store.has(config))).toBe(true);
    expect(setup).toBe(digestOf("#!/bin/sh\n"));
  });

  test("is never for a debugger", COMPILING, async () => {
    const main = "package main\n\nfunc main() {}\n";
    const build = { ...goBuilder("."), debug: { port: undefined } };
    const { artifacts, store } = await buildWith("", { "go.mod": "module a\n\ngo 1.19\n", "main.go": main }, { build });
    const programs = await Promise.all(artifacts.map(({ digest }) => readFile(store.pathOf(digest))));
    expect(programs.map((program) => program.includes(".debug_info"))).toEqual([false, false]);
  });

  test("is for any platform, and built once, where there is no program in it", async () => {
    const script = "printf '#!/bin/sh\\n# %s' $DEVENV_TARGET_ARCH > $DEVENV_OUT";
    const { artifacts } = await buildWith(script, {}, { image: "busybox" });
    expect(artifacts).toEqual([{ platform: undefined, kind: "file", digest: digestOf("#!/bin/sh\n# amd64") }]);
  });

  test("is for any platform where it is a folder of pages", async () => {
    const { artifacts } = await buildWith("echo hi > $DEVENV_OUT/index.html", {}, { artifact: "tree" });
    expect(artifacts).toMatchObject([{ platform: undefined, kind: "tree" }]);
  });

  test("is for each platform where a folder has a program in it, however deep", async () => {
    const command = "mkdir $DEVENV_OUT/bin && cp $DEVENV_TARGET_ARCH $DEVENV_OUT/bin/tool";
    const { artifacts } = await buildWith(command, ELF, { artifact: "tree" });
    expect(artifacts.map(({ platform }) => platform)).toEqual(PLATFORMS);
    expect(new Set(artifacts.map(({ digest }) => digest)).size).toBe(2);
  });

  test("of a service that runs its image's own program is its config alone", async () => {
    const built = await buildWith("", { "container/etc/nginx.conf": "x" }, { build: undefined });
    expect(built).toMatchObject({ artifacts: [], config: expect.any(String), setup: undefined });
  });

  test("for the wrong platform is refused", async () => {
    await expect(buildWith("cp amd64 $DEVENV_OUT", ELF)).rejects.toThrow(
      "books: its program is built for linux/amd64, and is to run on linux/arm64",
    );
  });
});
