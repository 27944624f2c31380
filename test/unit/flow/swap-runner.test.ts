import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openStore } from "../../../src/artifact/store.ts";
import { openMount } from "../../../src/delivery/mount.ts";
import { BuildMemory } from "../../../src/flow/build-memory.ts";
import { type Cluster, clusterLock, swapLock } from "../../../src/flow/cluster.ts";
import { HookWrites } from "../../../src/flow/hook-writes.ts";
import type { Machine } from "../../../src/flow/machine.ts";
import { type SwapContext, SwapRunner } from "../../../src/flow/swap-runner.ts";
import { systemClock } from "../../../src/host/clock.ts";
import { lockHolder, takeLock } from "../../../src/host/lock.ts";
import { systemProcesses } from "../../../src/host/process.ts";
import type { DeliveryRecord } from "../../../src/model/delivery.ts";
import type { Event } from "../../../src/model/event.ts";
import { environmentFailure, type Failure, failed } from "../../../src/model/failure.ts";
import { clusterName, serviceName } from "../../../src/model/names.ts";
import { createBus } from "../../../src/state/bus.ts";
import { commandService } from "../artifact/service.ts";

const books = serviceName("books");

interface Differing {
  readonly failRecords?: (record: DeliveryRecord) => boolean;
  /** Why what an earlier devenv heard an answer of has ended since. */
  readonly crashSince?: (sinceMs: number) => Failure | undefined;
  /** The settling time is over when this resolves. */
  readonly settles?: Promise<void>;
}

/**
 * A service that "runs" the word which its source says: real builds, store, mount and locks, and no container. It settles
 * at once, but for a word that begins with `unsure`.
 */
async function scene(differing: Differing = {}) {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "devenv-runner-")));
  // What settles may be written down at this very moment.
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const repo = join(folder, "repo");
  await mkdir(repo);
  const command = 'mkdir -p "$DEVENV_OUT" && grep -v nonsense word >"$DEVENV_OUT/word"; sleep 0.0$(wc -l <word)';
  const service = { ...commandService(repo, command, { artifact: "tree" }), repo };
  const store = openStore(join(folder, "cache"));
  const mount = openMount(join(folder, "state"), store);
  for (const name of ["bin", "config", "store"]) await mkdir(join(mount.folder, name), { recursive: true });
  const platform = { os: "linux", arch: "amd64" };
  const record: Cluster["mount"]["record"] = (written) => {
    if (differing.failRecords?.(written)) throw environmentFailure("cannot write the journal: the disk is full");
    return mount.record(written);
  };
  const cluster = {
    name: clusterName("test"),
    endpoint: { platform },
    mount: { ...mount, record },
    folder: join(folder, "state"),
  } as unknown as Cluster;
  const bus = createBus();
  const machine = {
    bus,
    store,
    clock: systemClock,
    processes: systemProcesses,
    folders: { cache: join(folder, "cache") },
    signal: new AbortController().signal,
  } as unknown as Machine;
  const running = async () => (await readFile(join(mount.folder, "bin/books/word"), "utf8")).trim();

  const restarts: string[] = [];
  const settlings: AbortSignal[] = [];
  const container: SwapContext["container"] = {
    restart: async () => void restarts.push(await running()),
    async crashWithin(ms, signal) {
      settlings.push(signal);
      await differing.settles;
      const word = await running();
      if (word.startsWith("dies")) return failed("books answered, and then ended");
      if (word.startsWith("unsure")) await systemClock.sleep(ms, signal).catch(() => undefined);
      return undefined;
    },
    crashSince: async (sinceMs) => differing.crashSince?.(sinceMs),
    async expectReady(signal) {
      const word = await running();
      if (word.startsWith("bad")) throw failed("books ended with code 2");
      if (word.startsWith("hangs")) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    },
  };
  const timing = { quietMs: 0, maxWaitMs: 1000, pauseAt: 1000 };
  const writes = new HookWrites(machine.clock);
  const memory = new BuildMemory(platform, machine);
  const context = { service, container, cluster, machine, timing, writes, memory };
  const runner = new SwapRunner({ ...context, record: undefined });

  const events: Event[] = [];
  let look = () => {};
  bus.subscribe((event) => {
    events.push(event);
    look();
  });
  const until = (...types: Event["type"][]) => {
    const since = events.length;
    return new Promise<Event>((resolve) => {
      look = () => {
        const found = events.slice(since).find(({ type }) => types.includes(type));
        if (found !== undefined) resolve(found);
      };
    });
  };
  /** Saves a config file, and waits for one of these events. */
  const configure = async (text: string, ...types: Event["type"][]) => {
    const file = join(repo, "container/etc/config.toml");
    await mkdir(join(repo, "container/etc"), { recursive: true });
    await writeFile(file, text);
    const came = until(...types);
    runner.save([file], 1);
    return came;
  };
  const config = () => readFile(join(mount.folder, "config/books/config.toml"), "utf8");
  /** Saves a word and waits for one of these events. */
  const save = async (word: string, ...types: Event["type"][]) => {
    await writeFile(join(repo, "word"), `${word}\n`);
    const came = until(...types);
    runner.save([join(repo, "word")], 1);
    return came;
  };
  const journal = () => mount.observe([books]).get(books)?.record;
  /** Ends this devenv, and starts another. */
  const startAgain = async () => {
    await runner.close();
    const record = journal();
    const next = new SwapRunner({ ...context, record });
    next.resume(record);
    onTestFinished(() => next.close());
    return next;
  };
  return {
    startAgain,
    settlings,
    journal,
    runner,
    save,
    configure,
    config,
    until,
    events,
    restarts,
    running,
    mount,
    cluster,
    repo,
  };
}

const typesOf = (events: readonly Event[]) => events.map(({ type }) => type);

test("a swap is committed, and its lock is held until it answers", async () => {
  const { runner, save, cluster, journal, running } = await scene();
  await save("hangs", "restarted");
  expect(await lockHolder(swapLock(cluster, books))).toMatchObject({ command: "devenv watch (books)" });
  expect([journal()?.trial?.since, journal()?.trial?.answeredAt]).toEqual([expect.any(String), undefined]);
  const committed = await save("unsure", "committed");
  await runner.finished();
  expect(committed).toMatchObject({ settlesInMs: 10_000, digest: journal()?.trial?.release.artifact.digest });
  expect(await running()).toBe("unsure");
  expect(journal()?.trial?.answeredAt).toBeDefined();
  expect(await lockHolder(swapLock(cluster, books))).toBeUndefined();
});

test("what has stayed up for its settling time is good, and no longer on trial", async () => {
  const { save, journal, runner, cluster } = await scene();
  const settled = await save("good", "settled");
  expect(settled).toMatchObject({ build: journal()?.good?.artifact.build });
  expect(journal()?.trial).toBeUndefined();
  await runner.finished();
  await expect.poll(() => lockHolder(swapLock(cluster, books))).toBeUndefined();
});

test("a program that dies before it has settled gives way to what had settled before it", async () => {
  const { save, running, journal } = await scene();
  await save("good", "settled");
  await save("dies", "rolledBack");
  expect(await running()).toBe("good");
  expect(journal()?.rolledBack?.reason).toBe("books answered, and then ended");
});

test("a first release is not good before it has settled: when it dies, there is nothing to go back to", async () => {
  const { save, journal, runner } = await scene();
  expect(await save("dies", "died")).toMatchObject({ service: "books" });
  await runner.finished();
  expect(journal()).toMatchObject({ trial: { answeredAt: expect.any(String) } });
  expect(journal()?.good).toBeUndefined();
});

test("nor for the next devenv, which has nothing to go back to either where it has ended since", async () => {
  const crashSince = () => failed("books answered, and then ended with code 2");
  const { save, startAgain, until, journal, events } = await scene({ crashSince });
  await save("unsure", "committed");
  const died = until("died");
  const next = await startAgain();
  await died;
  await next.finished();
  expect(typesOf(events)).not.toContain("rolledBack");
  expect(journal()?.good).toBeUndefined();
});

test("a newer delivery ends the settling: what ends from then on is not the program that was committed", async () => {
  const { save, settlings, events } = await scene();
  await save("unsure", "committed");
  await expect.poll(() => settlings.map(({ aborted }) => aborted)).toEqual([false]);
  await save("unsure, too", "committed");
  await expect.poll(() => settlings.map(({ aborted }) => aborted)).toEqual([true, false]);
  expect(events.find(({ type }) => type === "replaced")).toMatchObject({ generation: 1, by: 2 });
});

test("a save that fails while another settles goes back to the last that has settled", async () => {
  const { save, running, journal } = await scene();
  const settled = await save("good", "settled");
  await save("unsure", "committed");
  const back = await save("bad", "rolledBack");
  expect(back).toMatchObject({ to: settled.type === "settled" && settled.build });
  expect(await running()).toBe("good");
  expect(journal()).toMatchObject({ good: { artifact: { build: settled.type === "settled" && settled.build } } });
});

test("what settles when devenv is ended is left to the next one, which settles it once its time is over", async () => {
  const { save, startAgain, until, journal, mount, running } = await scene();
  await save("good", "settled");
  await save("unsure", "committed");
  const answered = journal();
  if (answered?.trial === undefined) return expect.unreachable("it has settled already");
  const answeredAt = new Date(Date.now() - 11_000).toISOString();
  await mount.record({ ...answered, trial: { ...answered.trial, answeredAt } });
  const settled = until("settled");
  await startAgain();
  expect(await settled).toMatchObject({ generation: 0, build: answered.trial.release.artifact.build });
  expect([journal()?.good, journal()?.trial]).toEqual([answered.trial.release, undefined]);
  expect(await running()).toBe("unsure");
});

test("what settles when devenv is ended goes on settling in the next one until its time is over", async () => {
  const { save, startAgain, settlings, journal } = await scene();
  await save("unsure", "committed");
  await startAgain();
  await expect.poll(() => settlings.map(({ aborted }) => aborted)).toEqual([true, false]);
  expect(journal()?.trial?.answeredAt).toBeDefined();
});

test("what ended while no devenv followed it is taken back by the next one", async () => {
  const crashes: number[] = [];
  const crashSince = (sinceMs: number) => {
    crashes.push(sinceMs);
    return failed("books answered, and then ended with code 2");
  };
  const { save, startAgain, until, journal, running } = await scene({ crashSince });
  await save("good", "settled");
  await save("unsure", "committed");
  const answeredAt = journal()?.trial?.answeredAt;
  const back = until("rolledBack");
  await startAgain();
  expect(await back).toMatchObject({ generation: 0 });
  expect(crashes).toEqual([Date.parse(answeredAt ?? "")]);
  expect(await running()).toBe("good");
  expect(journal()?.rolledBack?.reason).toBe("books answered, and then ended with code 2");
});

test("a settling whose end cannot be written is told, and left to the next devenv", async () => {
  let isFull = false;
  const { save, journal, events } = await scene({ failRecords: ({ trial }) => isFull && trial === undefined });
  await save("good", "settled");
  isFull = true;
  const told = await save("newer", "watchFailed");
  expect(told.type === "watchFailed" && told.failure.message).toContain("the disk is full");
  expect(journal()?.trial?.answeredAt).toBeDefined();
  expect(typesOf(events).filter((type) => type === "settled")).toHaveLength(1);
});

test("what another devenv put in place of what settled is told as its replacement", async () => {
  const { save, mount, journal } = await scene();
  await save("good", "settled");
  const good = journal()?.good;
  await save("unsure", "committed");
  if (good === undefined) return expect.unreachable("nothing was committed");
  await mount.record({ service: books, good });
  await mount.point(books, good);
  const replaced = await save("newer", "replaced");
  expect(replaced).toMatchObject({ generation: 2 });
  expect(replaced).not.toHaveProperty("by");
});

test("a journal that cannot be written at the delivery: nothing was moved, and the last good release runs", async () => {
  let isFull = false;
  const { save, running, events, mount } = await scene({ failRecords: ({ trial }) => isFull && trial !== undefined });
  await save("good", "settled");
  isFull = true;
  await save("newer", "rolledBack");
  expect(await running()).toBe("good");
  const notReady = events.find((event) => event.type === "notReady");
  expect(notReady?.failure.message).toBe("cannot write the journal: the disk is full");
  expect(mount.observe([books]).get(books)?.record?.rolledBack?.reason).toContain("the disk is full");
  isFull = false;
  await save("newest", "committed");
  expect(await running()).toBe("newest");
});

test("a journal that cannot be written at the commit: the service goes back to what the journal says", async () => {
  let isFull = false;
  const fails = ({ trial }: DeliveryRecord) => isFull && trial?.answeredAt !== undefined;
  const { save, running, events } = await scene({ failRecords: fails });
  await save("good", "settled");
  isFull = true;
  await save("newer", "rolledBack");
  expect(await running()).toBe("good");
  expect(typesOf(events).filter((type) => type === "committed")).toHaveLength(1);
});

test("a journal that cannot be written at all: that is told, nothing escapes, and the next save is swapped", async () => {
  let isFull = false;
  const { save, running } = await scene({ failRecords: () => isFull });
  await save("good", "settled");
  isFull = true;
  const told = await save("newer", "rollbackFailed");
  expect(told.type === "rollbackFailed" && told.failure.message).toContain("the disk is full");
  expect(await running()).toBe("good");
  isFull = false;
  await save("newest", "committed");
  expect(await running()).toBe("newest");
});

test("closing gives a build up without a word of failure; a save after it starts nothing", async () => {
  const { runner, save, events } = await scene();
  await save("good", "settled");
  const since = events.length;
  await save("slow\n".repeat(9), "saved");
  await runner.close();
  runner.save(["/word"], 0);
  await runner.finished();
  expect(typesOf(events.slice(since))).toEqual(["saved"]);
});

test("what no build has seen to its end is known, be it that one runs or that all wait", async () => {
  const { runner, save } = await scene();
  await save("slow\n".repeat(9), "saved");
  expect(runner.unbuilt()).toEqual([expect.stringMatching(/\/repo\/word$/)]);
  await save("good", "settled");
  expect(runner.unbuilt()).toEqual([]);
  runner.pause();
  runner.save(["/repo/main.go"], 1);
  runner.save(["/repo/container/etc/config.toml"], 1);
  expect(runner.unbuilt()).toEqual(["/repo/main.go", "/repo/container/etc/config.toml"]);
  await runner.close();
});

test("an end of a settling waits for another process that swaps the service, and says for whom; closing does not", async () => {
  let timeIsOver = () => {};
  const settles = new Promise<void>((resolve) => {
    timeIsOver = resolve;
  });
  const { runner, save, cluster, until, journal } = await scene({ settles });
  await save("good", "committed");
  await runner.finished();
  const lock = swapLock(cluster, books);
  const release = await takeLock(lock, { wait: true, command: "devenv fetch books" });
  onTestFinished(release);
  const paused = until("paused");
  timeIsOver();
  expect(await paused).toMatchObject({ reason: expect.stringContaining("waiting for devenv fetch books (pid ") });
  await runner.close();
  expect(journal()?.trial?.answeredAt).toBeDefined();
  expect(await lockHolder(lock)).toMatchObject({ command: "devenv fetch books" });
});

test("closing waits for a swap's end, also when that is a roll-back", async () => {
  const { runner, save, events, running } = await scene();
  await save("good", "settled");
  await save("bad", "restarted");
  await runner.close();
  expect(typesOf(events).at(-1)).toBe("rolledBack");
  expect(await running()).toBe("good");
});

test("what another devenv put in place meanwhile is what a roll-back goes back to", async () => {
  const { save, running, mount } = await scene();
  await save("first", "settled");
  const first = mount.observe([books]).get(books)?.record?.good;
  await save("second", "settled");
  if (first === undefined) return expect.unreachable("nothing was committed");
  await mount.record({ service: books, good: first });
  await mount.point(books, first);
  await save("bad", "rolledBack");
  expect(await running()).toBe("first");
});

test("a build of what ran before another devenv replaced it is swapped, not taken for unchanged", async () => {
  const { save, running, mount } = await scene();
  await save("first", "settled");
  const first = mount.observe([books]).get(books)?.record?.good;
  await save("second", "settled");
  if (first === undefined) return expect.unreachable("nothing was committed");
  await mount.record({ service: books, good: first });
  await mount.point(books, first);
  expect((await save("second", "committed", "unchanged")).type).toBe("committed");
  expect(await running()).toBe("second");
});

test("a swap waits for an up of the cluster to end, and says for whom", async () => {
  const { save, cluster, until, running } = await scene();
  await save("good", "settled");
  const release = await takeLock(clusterLock(cluster), { wait: false, command: "devenv up test" });
  const paused = await save("newer", "paused");
  expect(paused.type === "paused" && paused.reason).toContain("waiting for devenv up test (pid ");
  expect(await running()).toBe("good");
  const committed = until("committed");
  release();
  await committed;
  expect(await running()).toBe("newer");
});

test("the times of a newer build survive the commit of an older one", async () => {
  const { save, events } = await scene();
  await save("hangs", "restarted");
  await save("good", "settled");
  const committed = events.find((event) => event.type === "committed");
  expect(committed?.times).toMatchObject({ detect: 1 });
  for (const stage of ["build", "deliver", "ready"] as const) expect(committed?.times[stage]).toBeGreaterThan(0);
});

test("a save of the config alone is a new config over the code that runs, whatever the work tree has become since", async () => {
  const { save, configure, config, running, events } = await scene();
  await save("good", "settled");
  await save("bad", "rolledBack");
  await configure("port = 1", "committed");
  const [first, second] = events.filter((event) => event.type === "committed");
  expect([first?.isReconfigured, second?.isReconfigured]).toEqual([false, true]);
  expect(first?.build).toMatch(/^local:/);
  expect(second?.build).toBe(first?.build);
  expect([await running(), await config()]).toEqual(["good", "port = 1"]);
});

test("a save of the config while code is on trial keeps that code", async () => {
  const { save, configure, config, running } = await scene();
  await save("good", "settled");
  await save("hangs", "restarted");
  await configure("port = 2", "restarted");
  expect([await running(), await config()]).toEqual(["hangs", "port = 2"]);
});

test("a save of the config while code is being compiled does not lose that code", async () => {
  const { save, configure, config, running } = await scene();
  await save("good", "settled");
  await save("slow\n".repeat(5), "saved");
  await configure("port = 3", "committed");
  expect([await running(), await config()]).toEqual(["slow\nslow\nslow\nslow\nslow", "port = 3"]);
});
