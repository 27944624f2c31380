import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RecordFile, type RecordKind } from "../../../src/host/record-file.ts";

interface Entry {
  readonly id: string;
  readonly rank: number;
  readonly text?: string;
}

const kind: RecordKind<Entry> = {
  parse: (value) => (typeof value === "object" && value !== null && "id" in value ? (value as Entry) : undefined),
  idOf: ({ id }) => id,
  later: (one, other) => (one.rank > other.rank ? one : other),
};

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "devenv-records-"));
  path = join(folder, "made", "records.ndjson");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const opened = (maxBytes = 1_000_000) => new RecordFile(path, kind, { lock: join(folder, "lock"), maxBytes });
const lines = async () => (await readFile(path, "utf8")).trimEnd().split("\n");

describe("a file of records", () => {
  test("that is not there has none", async () => {
    expect(await opened().read()).toEqual([]);
  });

  test("gives each once, as its last line says, in the order in which they came up", async () => {
    const file = opened();
    await file.append([{ id: "a", rank: 0 }]);
    await file.append([
      { id: "b", rank: 0 },
      { id: "a", rank: 1 },
    ]);
    await file.close();
    expect(await lines()).toHaveLength(3);
    expect(await opened().read()).toEqual([
      { id: "a", rank: 1 },
      { id: "b", rank: 0 },
    ]);
  });

  test("is its owner's alone", async () => {
    const file = opened();
    await file.append([{ id: "a", rank: 0 }]);
    await file.close();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test("keeps what is whole of one that was cut off, and what is written after it", async () => {
    const file = opened();
    await file.append([{ id: "a", rank: 0 }]);
    await file.close();
    await appendFile(path, '{"id":"torn","ra');
    const again = opened();
    await again.append([{ id: "b", rank: 0 }]);
    await again.close();
    expect((await opened().read()).map(({ id }) => id)).toEqual(["a", "b"]);
  });

  test("passes over what is no record", async () => {
    const file = opened();
    await file.append([{ id: "a", rank: 0 }]);
    await file.close();
    await appendFile(path, 'null\n[]\n"x"\n\n{}\n');
    expect(await opened().read()).toEqual([{ id: "a", rank: 0 }]);
  });

  test("that is deleted while it is open is made anew", async () => {
    const file = opened();
    await file.append([{ id: "a", rank: 0 }]);
    await rm(join(folder, "made"), { recursive: true });
    await file.append([{ id: "b", rank: 0 }]);
    await file.close();
    expect((await opened().read()).map(({ id }) => id)).toEqual(["b"]);
  });

  test("that cannot be written says so, and goes on when it can", async () => {
    await writeFile(join(folder, "made"), "a file, where the folder is to be");
    const file = opened();
    await expect(file.append([{ id: "a", rank: 0 }])).rejects.toThrow(/made/);
    await rm(join(folder, "made"));
    await file.append([{ id: "b", rank: 0 }]);
    await file.close();
    expect((await opened().read()).map(({ id }) => id)).toEqual(["b"]);
  });
});

describe("a file that grows too long", () => {
  const entry = (n: number): Entry => ({ id: `r${n}`, rank: 0, text: "x".repeat(80) });

  test("loses its oldest records, and never its newest", async () => {
    const file = opened(4000);
    for (let n = 0; n < 200; n++) {
      await file.append([entry(n)]);
      expect((await stat(path)).size).toBeLessThanOrEqual(4000);
    }
    await file.close();
    const kept = (await opened().read()).map(({ id }) => id);
    expect(kept.length).toBeGreaterThan(15);
    expect(kept).toEqual(Array.from(kept, (_, at) => `r${200 - kept.length + at}`));
  });

  test("loses nothing that two write at once, while both make it shorter", async () => {
    const files = [opened(6000), opened(6000)];
    const newest: string[] = [];
    for (let n = 0; n < 150; n++) {
      await Promise.all(files.map((file, who) => file.append([{ ...entry(n), id: `w${who}-${n}` }])));
      newest.push(`w0-${n}`, `w1-${n}`);
      const there = new Set((await opened().read()).map(({ id }) => id));
      expect(newest.slice(-10).filter((id) => !there.has(id))).toEqual([]);
    }
    await Promise.all(files.map((file) => file.close()));
    expect((await lines()).every((line) => JSON.parse(line).id)).toBe(true);
  });
});
