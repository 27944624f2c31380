import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openStore } from "../../../src/artifact/store.ts";
import { openMount } from "../../../src/delivery/mount.ts";
import { BuildMemory } from "../../../src/flow/build-memory.ts";
import type { Cluster } from "../../../src/flow/cluster.ts";
import type { DaemonLink } from "../../../src/flow/daemon-link.ts";
import type { Machine } from "../../../src/flow/machine.ts";
import { Swaps } from "../../../src/flow/swaps.ts";
import { systemClock } from "../../../src/host/clock.ts";
import { systemProcesses } from "../../../src/host/process.ts";
import type { Event } from "../../../src/model/event.ts";
import { clusterName, type ServiceName, serviceName } from "../../../src/model/names.ts";
import type { Profile } from "../../../src/model/profile.ts";
import { createBus } from "../../../src/state/bus.ts";
import { commandService } from "../artifact/service.ts";

const [BOOKS, AUTHORS] = [serviceName("books"), serviceName("authors")];

/** The swaps of two services that do not compile, so that no save of them comes to a container. */
async function scene() {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "devenv-swaps-")));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const store = openStore(join(folder, "cache"));
  const platform = { os: "linux", arch: "amd64" };
  const cluster = {
    ...{ name: clusterName("test"), folder: join(folder, "state"), endpoint: { platform } },
    mount: openMount(join(folder, "state"), store),
    daemon: { observe: () => Promise.reject(new Error("no daemon")) },
  } as unknown as Cluster;
  const bus = createBus();
  const machine = {
    ...{ bus, store, clock: systemClock, processes: systemProcesses, folders: { cache: join(folder, "cache") } },
    signal: new AbortController().signal,
  } as unknown as Machine;
  const swaps = new Swaps(cluster, {} as DaemonLink, new BuildMemory(platform, machine), machine);
  onTestFinished(() => swaps.close());
  const events: Event[] = [];
  bus.subscribe((event) => void events.push(event));
  const wordOf = (name: ServiceName) => join(folder, name, "word");
  const services = [BOOKS, AUTHORS].map((name) => {
    const repo = join(folder, name);
    return { ...commandService(repo, "exit 1"), name, repo };
  });
  for (const { name, repo } of services) {
    await mkdir(repo);
    await writeFile(wordOf(name), "");
  }
  const profile = { watch: { quietMs: 0, maxWaitMs: 1000, pauseAt: 1000 } } as unknown as Profile;
  return {
    swaps,
    begin: () => swaps.begin(services, profile),
    save: (name: ServiceName) => swaps.changed(name, wordOf(name), systemClock.now()),
    /** Resolves when a build of the service has come to its end. */
    built: (name: ServiceName) =>
      new Promise<void>((resolve) => {
        bus.subscribe((event) => {
          if (event.type === "buildFailed" && event.service === name) resolve();
        });
      }),
    savesOf: (name: ServiceName) => events.filter((event) => event.type === "saved" && event.service === name),
  };
}

test("a lane that is made anew while its service waits builds what was saved when the waiting is over", async () => {
  const { swaps, begin, save, built, savesOf } = await scene();
  await begin();
  swaps.pause(BOOKS);
  save(BOOKS);
  await swaps.leave([BOOKS, AUTHORS]);
  await begin();
  const other = built(AUTHORS);
  save(AUTHORS);
  await other;
  expect(savesOf(BOOKS)).toEqual([]);
  const own = built(BOOKS);
  swaps.unpause(BOOKS);
  await own;
  expect(savesOf(BOOKS)).toHaveLength(1);
});
