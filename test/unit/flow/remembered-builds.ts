import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { openStore } from "../../../src/artifact/store.ts";
import { BuildMemory, type BuiltRelease } from "../../../src/flow/build-memory.ts";
import { learnInputs, type Swappable } from "../../../src/flow/inputs.ts";
import type { Machine } from "../../../src/flow/machine.ts";
import { systemClock } from "../../../src/host/clock.ts";
import { systemProcesses } from "../../../src/host/process.ts";
import type { Service } from "../../../src/model/profile.ts";
import { HERE } from "../artifact/folders.ts";

/** A repository, and one devenv after the other that builds a service from it. */
export interface Workshop {
  readonly folder: string;
  readonly repo: string;
  readonly machine: Machine;
  write(files: Readonly<Record<string, string | undefined>>): Promise<void>;
  /** What a devenv would have that is started now. */
  memory(): BuildMemory;
  /** As the save loop: builds, and learns what it is made of after it. */
  save(memory: BuildMemory, service: Swappable): Promise<BuiltRelease>;
  learn(memory: BuildMemory, service: Swappable): Promise<void>;
}

export async function workshop(): Promise<Workshop> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "devenv-memory-")));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const repo = join(folder, "repo");
  await mkdir(repo);
  const cache = join(folder, "cache");
  const machine = {
    ...{ store: openStore(cache), clock: systemClock, processes: systemProcesses, environment: process.env },
    ...{ folders: { cache }, signal: new AbortController().signal },
  } as unknown as Machine;
  const learn = async (memory: BuildMemory, service: Swappable) =>
    memory.learnt(service, await learnInputs(service, HERE, machine));
  return {
    ...{ folder, repo, machine, learn },
    async write(files) {
      for (const [path, text] of Object.entries(files)) {
        const file = join(repo, path);
        await mkdir(dirname(file), { recursive: true });
        if (text === undefined) await rm(file, { force: true });
        else await writeFile(file, text);
      }
    },
    memory: () => new BuildMemory(HERE, machine),
    async save(memory, service) {
      await nextTick();
      const built = await memory.build(service, machine);
      await learn(memory, service);
      return built;
    },
  };
}

/** A build that starts within a file system's tick of a save cannot be told from one that started before it. */
export const nextTick = () => systemClock.sleep(15);

export const swappable = (service: Service, repo: string): Swappable => ({ ...service, repo });
