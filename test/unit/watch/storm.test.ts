import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { queueLimit } from "../../../src/watch/event-queue.ts";
import { FileIndex } from "../../../src/watch/file-index.ts";
import { watchPaths } from "../../../src/watch/watch.ts";
import { eventually } from "../../harness/eventually.ts";

/** The same sequence for the same seed (mulberry32), so that a failure can be had again. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Path -> content of every file below a folder. */
function filesBelow(folder: string): Map<string, string> {
  const files = new Map<string, string>();
  const entries = (() => {
    try {
      return readdirSync(folder, { withFileTypes: true });
    } catch {
      return [];
    }
  })();
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) for (const [file, text] of filesBelow(path)) files.set(file, text);
    else files.set(path, readFileSync(path, "utf8"));
  }
  return files;
}

/** What somebody knows of a tree who looks at nothing but the paths that he is told. */
class Mirror {
  readonly #root: string;
  files: Map<string, string>;

  constructor(root: string) {
    this.#root = root;
    this.files = filesBelow(root);
  }

  hear(path: string): void {
    if (path === this.#root) return;
    // A folder's own path stands for its removal.
    for (const known of this.files.keys()) if (known.startsWith(`${path}/`)) this.#look(known);
    this.#look(path);
  }

  #look(path: string): void {
    try {
      this.files.set(path, readFileSync(path, "utf8"));
    } catch {
      this.files.delete(path);
    }
  }
}

/** What a person, an editor or git does to a tree of at most 6 x 6 folders with 8 names for files in each. */
function changesOf(root: string, pick: (below: number) => number): () => void {
  const folder = () => join(root, `a${pick(6)}`, ...(pick(2) === 0 ? [] : [`b${pick(6)}`]));
  const file = () => join(folder(), `f${pick(8)}`);
  let serial = 0;
  const write = (path: string) => writeFileSync(path, `text ${++serial}`);
  const saveByRename = (path: string) => {
    write(`${path}.tmp`);
    renameSync(`${path}.tmp`, path);
  };
  const ways = [
    () => mkdirSync(folder(), { recursive: true }),
    () => write(file()),
    () => write(file()),
    () => saveByRename(file()),
    () => rmSync(file()),
    () => renameSync(file(), file()),
    () => renameSync(folder(), folder()),
    () => pick(4) === 0 && rmSync(folder(), { recursive: true }),
  ];
  return () => {
    try {
      ways[pick(ways.length)]?.();
    } catch {
      // What it was to be done to is not there, or in the way: the next one then.
    }
  };
}

/** How many changes there are before anything of them is read. */
const SPELLS = [1, 3, 40, 200];

/** More than the kernel keeps, before what follows. */
function overflow(root: string): void {
  const files = ["one", "two"].map((name) => join(root, name)) as [string, string];
  for (const file of files) writeFileSync(file, "");
  for (let n = 0; n < queueLimit(); n++) chmodSync(files[n % 2 === 0 ? 0 : 1], n % 4 < 2 ? 0o600 : 0o644);
}

test.each([1, 2, 8, Date.now()])(
  "after a storm of changes what is told is what lies on disk (seed %i)",
  async (seed) => {
    const root = await realpath(await mkdtemp(join(tmpdir(), "devenv-storm-")));
    onTestFinished(() => rm(root, { recursive: true, force: true }));
    const pick = random(seed);
    const change = changesOf(root, pick);
    for (let n = 0; n < 300; n++) change();
    const mirror = new Mirror(root);
    const index = new FileIndex();
    const set = { folders: [], trees: [root], files: [] };
    await index.rescan(set);
    let overflows = 0;
    let work = Promise.resolve();
    const watching = watchPaths(
      { folders: [], trees: [root], files: [] },
      {
        onChange(path) {
          mirror.hear(path);
          work = work.then(() => index.told(path));
        },
        onOverflow: () => {
          overflows += 1;
        },
        onCaughtUp() {
          work = work.then(async () => {
            for (const path of await index.rescan(set)) mirror.hear(path);
          });
        },
        onError: (failure) => expect.unreachable(failure.message),
      },
    );
    onTestFinished(() => watching.close());
    await watching.ready;
    for (let round = 0; round < 30; round++) {
      if (round === 20) overflow(root);
      for (let n = 0; n < (SPELLS[pick(SPELLS.length)] ?? 1); n++) change();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const onDisk = () => Object.fromEntries(filesBelow(root));
    const isKnown = () => isDeepStrictEqual(Object.fromEntries(mirror.files), onDisk());
    await eventually(async () => isKnown(), Boolean, { withinMs: 20_000 }).catch(() => undefined);
    expect(overflows).toBeGreaterThan(0);
    expect(Object.fromEntries(mirror.files)).toEqual(onDisk());
  },
);
