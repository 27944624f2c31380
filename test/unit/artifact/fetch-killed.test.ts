import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { beforeAll, describe, expect, test } from "vitest";
import type { Received } from "../../../src/artifact/receive.ts";
import { storedIn } from "../../../src/artifact/stored.ts";
import { findDamaged } from "../../../src/artifact/verify.ts";
import { mountStore } from "../../../src/delivery/uses.ts";
import { systemProcesses } from "../../../src/host/process.ts";
import { archiveOf } from "./archives.ts";
import { fetchAndDeliver } from "./fetch-and-deliver.ts";
import { temporaryFolder } from "./folders.ts";

let program: string;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "devenv-killed-"));
  program = join(folder, "fetch-and-die.cjs");
  const entryPoints = [join(import.meta.dirname, "fetch-and-die.ts")];
  await build({
    entryPoints,
    outfile: program,
    bundle: true,
    platform: "node",
    format: "cjs",
    loader: { ".sh": "text" },
    logLevel: "error",
  });
  return () => rm(folder, { recursive: true });
});

const PARTS = ["bin", "config", "setup", "store"];

/** A cache and a cluster where nothing was fetched yet, and a content in a file. */
async function ground(content: Omit<Received, "from" | "key" | "member" | "checksum" | "size">, bytes: Buffer) {
  const root = await temporaryFolder();
  const [cache, cluster, file] = [join(root, "cache"), join(root, "cluster"), join(root, "content")];
  for (const part of PARTS) await mkdir(join(cluster, "mount", part), { recursive: true });
  await writeFile(file, bytes);
  const checksum = { algorithm: "md5", hex: createHash("md5").update(bytes).digest("hex") };
  const json = JSON.stringify({ from: file, key: file, ...content, checksum, size: bytes.length });
  const fetch = (killAt?: number) =>
    systemProcesses.run(process.execPath, [program, cache, json, file, cluster], {
      env: { KILL_AT_STEP: String(killAt ?? "") },
    });
  return { cache, cluster, fetch, fetchHere: () => fetchAndDeliver(cache, json, file, cluster) };
}

/** What must hold whatever was interrupted: all that has the name of a digest is what the digest says. */
async function expectWhole(cache: string, cluster: string): Promise<void> {
  const stored = [...(await storedIn(join(cache, "store"))), ...(await storedIn(mountStore(cluster)))];
  expect(await findDamaged(stored, cache)).toEqual(new Map());
}

const tree = { path: "www/index.html", content: "<html>".repeat(100) };
const program64 = { path: "bin/books", content: "program".repeat(10_000), mode: 0o755 };

const CONTENTS = [
  ["a file", { kind: "file", packing: "none" }, async () => Buffer.alloc(200_000, "program"), ""],
  ["a tree", { kind: "tree", packing: "tar" }, () => archiveOf("tar", tree, program64), "bin/books"],
  [
    "a tree in a tar.zst",
    { kind: "tree", packing: "tar.zst" },
    () => archiveOf("tar.zst", tree, program64),
    "bin/books",
  ],
] as const;

describe("a fetch that is killed", () => {
  test.each(CONTENTS)(
    "at any step of %s leaves nothing but what is whole, and the next completes it",
    {
      timeout: 240_000,
    },
    async (_, content, make, path) => {
      const bytes = await make();
      let steps = 0;
      for (let wasKilled = true; wasKilled; ) {
        steps += 1;
        const { cache, cluster, fetch, fetchHere } = await ground(content, bytes);
        const { signal, code, output } = await fetch(steps);
        wasKilled = signal === "SIGKILL";
        if (!wasKilled) expect(code, output).toBe(0);
        await expectWhole(cache, cluster);

        if (wasKilled) await fetchHere();
        await expectWhole(cache, cluster);
        expect((await readFile(join(cluster, "mount/bin/books", path), "utf8")).slice(0, 7)).toBe("program");
      }
      // Folders, a download, what is unpacked, notes, a journal, a link and a pointer: fewer would mean that they are not counted.
      expect(steps).toBeGreaterThan(12);
    },
  );
});

test("two processes that fetch the same at once both succeed, and leave one of it", async () => {
  for (const [, content, make] of CONTENTS) {
    const { cache, cluster, fetch } = await ground(content, await make());
    const ended = await Promise.all([fetch(), fetch(), fetch()]);
    expect(ended.map(({ code, output }) => code === 0 || output)).toEqual([true, true, true]);
    const names = await readdir(join(cache, "store"));
    expect(names).toHaveLength(1);
    expect(new Set(ended.map(({ output }) => output.trim()))).toEqual(new Set(names));
    await expectWhole(cache, cluster);
  }
}, 60_000);
