import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeHolder, type Holder, withLock } from "../../../src/host/lock.ts";
import { systemProcesses } from "../../../src/host/process.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "devenv-lock-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const lockFile = () => join(folder, "lock");
const record = (): Holder => JSON.parse(readFileSync(lockFile(), "utf8"));
const holdLock = (args: string[], onLine: (line: string) => void = () => {}, signal?: AbortSignal) =>
  systemProcesses.run(
    process.execPath,
    ["--import", "tsx", join(import.meta.dirname, "hold-lock.ts"), folder, ...args],
    {
      onLine,
      ...(signal && { signal }),
    },
  );

/** A promise and the function that keeps it. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe("a lock", () => {
  it("names its holder while the body runs, and is gone after it", async () => {
    const value = await withLock(folder, { wait: false, command: "devenv up books" }, async () => {
      expect(record()).toMatchObject({ pid: process.pid, command: "devenv up books" });
      return 42;
    });
    expect(value).toBe(42);
    expect(existsSync(lockFile())).toBe(false);
  });

  it("is given back when the body throws", async () => {
    const body = () => Promise.reject(new Error("broken"));
    await expect(withLock(folder, { wait: false }, body)).rejects.toThrow("broken");
    expect(existsSync(lockFile())).toBe(false);
  });

  it("makes the second wait, tells it once for whom, and then lets it in", async () => {
    const { opened, open } = gate();
    const [taken, waiting] = [gate(), gate()];
    const order: string[] = [];
    const first = withLock(folder, { wait: false, command: "devenv up books" }, async () => {
      taken.open();
      await opened;
      order.push("first");
    });
    await taken.opened;
    const told: Holder[] = [];
    const onWaiting = (holder: Holder) => {
      told.push(holder);
      waiting.open();
    };
    const second = withLock(folder, { wait: true, onWaiting }, async () => {
      order.push("second");
    });
    await waiting.opened;
    open();
    await Promise.all([first, second]);
    expect(order).toEqual(["first", "second"]);
    expect(told.map(({ command }) => command)).toEqual(["devenv up books"]);
  });

  it("fails at once with the holder's name when waiting is not wanted", async () => {
    await withLock(folder, { wait: false, command: "devenv up books" }, async () => {
      const second = withLock(folder, { wait: false }, async () => {});
      await expect(second).rejects.toMatchObject({
        class: "user",
        exitCode: 1,
        message: expect.stringContaining(`devenv up books (pid ${process.pid}, since `),
      });
    });
  });

  it("ends the waiting with `interrupted` on abort, and stays the holder's", async () => {
    await withLock(folder, { wait: false }, async () => {
      const abort = new AbortController();
      const onWaiting = () => abort.abort();
      const second = withLock(folder, { wait: true, onWaiting, signal: abort.signal }, async () => {});
      await expect(second).rejects.toMatchObject({ exitCode: 130 });
      expect(record().pid).toBe(process.pid);
    });
  });

  it("never has two bodies at work, even where all of them found a dead holder", async () => {
    writeFileSync(lockFile(), JSON.stringify({ pid: 2 ** 22 + 1, command: "dead", since: new Date(0).toISOString() }));
    let inside = 0;
    let most = 0;
    const body = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 8 }, () => withLock(folder, { wait: true }, body)));
    expect(most).toBe(1);
  });
});

describe("a dead holder's lock", () => {
  it("is taken over at once when the holder was killed", async () => {
    const held = gate();
    const ended = holdLock([], (line) => line === "held" && held.open());
    await held.opened;
    const { pid } = record();
    await expect(withLock(folder, { wait: false }, async () => {})).rejects.toThrow(`hold-lock (pid ${pid}`);
    process.kill(pid, "SIGKILL");
    await ended;
    expect(record().pid).toBe(pid);
    expect(await withLock(folder, { wait: false }, async () => "mine")).toBe("mine");
  });

  it("is gone when the holder left by process.exit", async () => {
    const { code, output } = await holdLock(["exit"]);
    expect({ code, output }).toEqual({ code: 7, output: "held\n" });
    expect(existsSync(lockFile())).toBe(false);
  });

  it("is gone when the holder was ended with TERM", async () => {
    const abort = new AbortController();
    const { cancelled } = await holdLock([], () => abort.abort(), abort.signal);
    expect(cancelled).toBe(true);
    expect(await withLock(folder, { wait: false }, async () => "mine")).toBe("mine");
  });

  it.skipIf(process.platform !== "linux")("is recognised when its number belongs to another process now", async () => {
    const old = { pid: process.pid, started: "1", command: "old", since: new Date(0).toISOString() };
    writeFileSync(lockFile(), JSON.stringify(old));
    expect(await withLock(folder, { wait: false }, async () => record().command)).toBe("devenv");
  });

  it.skipIf(process.platform !== "linux")("is recognised when it is from before the last boot", async () => {
    const mine = await withLock(folder, { wait: false }, async () => record());
    writeFileSync(lockFile(), JSON.stringify({ ...mine, boot: "another boot", command: "old" }));
    expect(await withLock(folder, { wait: false }, async () => record().command)).toBe("devenv");
  });

  it("is taken over when its record was cut off by a crash", async () => {
    writeFileSync(lockFile(), '{"pid": 12');
    expect(await withLock(folder, { wait: false }, async () => record().pid)).toBe(process.pid);
  });
});

it("describes a holder for a person", () => {
  const holder = { pid: 12, command: "devenv up books", since: "2026-01-02T03:04:05.000Z" };
  expect(describeHolder(holder)).toMatch(/^devenv up books \(pid 12, since \d\d:\d\d:05\)$/);
});
