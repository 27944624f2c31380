import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Finished } from "../../src/host/process.ts";
import { systemProcesses } from "../../src/host/process.ts";
import type { VmStatus } from "../../src/model/vm.ts";
import { CLI, makeWorkspace, type ServiceRecipe, type TestWorkspace } from "../harness/workspace.ts";

/** A workspace whose cluster is in a virtual machine. */
export interface VmWorkspace extends TestWorkspace {
  /** Runs devenv to its end, however long an emulated guest takes. */
  runLong(...args: string[]): Promise<Finished>;
  /** The machine as `devenv vm status` tells it. */
  machine(): Promise<VmStatus>;
}

/** With the first of a size on this machine: the image is built and an empty guest booted. */
export const FIRST_START_MS = 900_000;

/** Small, because several may run at once, and what is saved of it has to be written and read. */
export const SMALL = { cpus: 2, memoryMiB: 768, diskGiB: 8 } as const;
const MACHINE = `vm: { cpus: ${SMALL.cpus}, memory: ${SMALL.memoryMiB}MiB, disk: ${SMALL.diskGiB}GiB }`;

/** What starts in milliseconds elsewhere takes an emulated guest seconds. */
const PATIENT = "      ready: { http: /healthz, port: 8080, within: 60s }";

/**
 * Has whoever has this XDG_CACHE_HOME use the images and templates that are kept from test to test, as compiled programs
 * are: they are named by what is in them.
 */
export async function keepImages(cacheHome: string): Promise<void> {
  const kept = join(tmpdir(), "devenv-test-vm");
  const cache = join(cacheHome, "devenv");
  for (const folder of [kept, cache]) await mkdir(folder, { recursive: true });
  await symlink(kept, join(cache, "vm"));
}

/** Makes a workspace with provider `vm`; its machines are its own. */
export async function makeVmWorkspace(recipes: readonly ServiceRecipe[]): Promise<VmWorkspace> {
  const patient = recipes.map((recipe) => ({ devenv: PATIENT, ...recipe }));
  const workspace = await makeWorkspace(patient, "unix:///nonexistent/docker.sock");
  const profile = await readFile(workspace.profile, "utf8");
  await writeFile(workspace.profile, profile.replace("provider: docker", `provider: vm\n  ${MACHINE}`));
  await keepImages(workspace.env.XDG_CACHE_HOME ?? "");
  // As on a laptop, where it is not in the workspace, and so is a folder of its own that the guest has to be given.
  const state = await mkdtemp(join(tmpdir(), "devenv-state-"));
  workspace.env.XDG_STATE_HOME = state;
  const runLong = (...args: string[]) =>
    systemProcesses.run(process.execPath, [CLI, ...args], {
      cwd: workspace.folder,
      env: workspace.env,
      timeoutMs: FIRST_START_MS,
    });
  return {
    ...workspace,
    runLong,
    machine: async () => JSON.parse((await workspace.run("vm", "status", workspace.cluster, "--json")).stdout),
    async remove() {
      await runLong("vm", "delete", workspace.cluster, "--yes");
      await workspace.remove();
      await rm(state, { recursive: true, force: true });
    },
  };
}
