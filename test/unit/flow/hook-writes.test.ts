import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HookWrites } from "../../../src/flow/hook-writes.ts";
import { systemClock } from "../../../src/host/clock.ts";
import { serviceName } from "../../../src/model/names.ts";

const books = serviceName("books");
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "devenv-hook-writes-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The kernel's clock of files may be a tick behind: what comes after a write has to be seen as later. */
const tick = () => systemClock.sleep(12, new AbortController().signal);

async function write(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await tick();
  await writeFile(path, text);
  await tick();
  return path;
}

describe("a file that changes", () => {
  test("while nothing runs was saved by a person", async () => {
    const writes = new HookWrites(systemClock);
    const path = await write("a.go", "1");
    expect([writes.writerOf(path), writes.isWritten(path)]).toEqual([undefined, false]);
  });

  test("while a hook runs was written by it, and heard of after it has ended, too", async () => {
    const writes = new HookWrites(systemClock);
    const path = await writes.during(books, () => write("gen.go", "1"));
    expect([writes.writerOf(path), writes.writerOf(path), writes.isWritten(path)]).toEqual([books, books, true]);
  });

  test("while a hook runs, and is renamed into its place or taken away, was written by it", async () => {
    const writes = new HookWrites(systemClock);
    const temporary = await write("gen.tmp", "1");
    const path = join(folder, "gen.go");
    await writes.during(books, async () => {
      await rename(temporary, path);
      await tick();
      expect([writes.writerOf(path), writes.writerOf(temporary)]).toEqual([books, books]);
    });
  });

  test("before and after a hook was saved by a person, and is no longer the hook's", async () => {
    const writes = new HookWrites(systemClock);
    const before = await write("before.go", "1");
    const path = await writes.during(books, () => write("gen.go", "1"));
    expect([writes.writerOf(before), writes.writerOf(path)]).toEqual([undefined, books]);
    await write("gen.go", "by hand");
    expect([writes.writerOf(path), writes.isWritten(path)]).toEqual([undefined, false]);
  });

  test("that a person saves, and saves again while a hook runs, is that person's for every service", async () => {
    const writes = new HookWrites(systemClock);
    const path = await write("a.go", "1");
    writes.writerOf(path);
    await writes.during(books, () => write("a.go", "2"));
    expect([writes.writerOf(path), writes.writerOf(path)]).toEqual([undefined, undefined]);
  });

  test("that a person saved, and a hook leaves as it was, is the hook's", async () => {
    const writes = new HookWrites(systemClock);
    const path = await write("a.go", "1");
    writes.writerOf(path);
    await writes.during(books, () => write("a.go", "1"));
    expect(writes.writerOf(path)).toBe(books);
  });

  test("that a person saved, and a hook writes anew each time, starts it a few times and no more", async () => {
    const writes = new HookWrites(systemClock);
    const path = await write("stamp.go", "by hand");
    writes.writerOf(path);
    const writers: unknown[] = [];
    for (let n = 0; n < 8; n++) {
      await writes.during(books, () => write("stamp.go", `made ${n}`));
      writers.push(writes.writerOf(path));
    }
    expect(writers).toEqual([...Array(5).fill(undefined), books, books, books]);
  });

  test("while a hook runs that fails may have been a person's mending: it is given back once, and then is the hook's", async () => {
    const writes = new HookWrites(systemClock);
    const path = join(folder, "a.proto");
    const failing = async (text: string) => {
      await write("a.proto", text);
      expect(writes.writerOf(path)).toBe(books);
      throw new Error("the hook failed");
    };
    await expect(writes.during(books, () => failing("1"))).rejects.toThrow();
    expect([writes.takeUnsure(books), writes.takeUnsure(books)]).toEqual([[path], []]);
    await expect(writes.during(books, () => failing("1"))).rejects.toThrow();
    expect(writes.takeUnsure(books)).toEqual([]);
  });

  test("while a hook ran that failed, and is heard of later, was saved by a person", async () => {
    const writes = new HookWrites(systemClock);
    const path = join(folder, "a.proto");
    const failing = async () => {
      await write("a.proto", "1");
      throw new Error("the hook failed");
    };
    await expect(writes.during(books, failing)).rejects.toThrow();
    expect([writes.writerOf(path), writes.takeUnsure(books)]).toEqual([undefined, []]);
  });

  test("at a time that comes again, because the clock was set back since the hook ran, was saved by a person", async () => {
    let setBackMs = 0;
    const writes = new HookWrites({ ...systemClock, now: () => Date.now() - setBackMs });
    const path = await writes.during(books, () => write("a.go", "1"));
    setBackMs = 60_000;
    expect([writes.writerOf(path), writes.isWritten(path)]).toEqual([undefined, false]);
    const generated = join(folder, "gen.go");
    setBackMs = 0;
    await writes.during(books, () => write("gen.go", "1"));
    expect(writes.writerOf(generated)).toBe(books);
  });

  test("while a hook ran that a newer save cancelled is in that one's build", async () => {
    const writes = new HookWrites(systemClock);
    const path = join(folder, "gen.go");
    const cancelled = async () => {
      await write("gen.go", "1");
      throw new Error("a newer save");
    };
    await expect(writes.during(books, cancelled, AbortSignal.abort())).rejects.toThrow();
    expect([writes.writerOf(path), writes.takeUnsure(books)]).toEqual([books, []]);
  });
});
