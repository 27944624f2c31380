import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { beforeAll, describe, expect, test } from "vitest";
import { openMount } from "../../../src/delivery/mount.ts";
import { systemProcesses } from "../../../src/host/process.ts";
import type { Release } from "../../../src/model/artifact.ts";
import { type ArtifactDigest, artifactDigest, serviceName } from "../../../src/model/names.ts";

const BOOKS = serviceName("books");
/** Enough files for a kill to fall between two of them. */
const FILES = Array.from({ length: 30 }, (_, n) => `config.${n}.toml`);

let folder: string;
let store: string;
let program: string;
let releases: Release[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "devenv-killed-"));
  store = join(folder, "store");
  await mkdir(store);
  program = join(folder, "deliver-forever.cjs");
  await build({
    entryPoints: [join(import.meta.dirname, "deliver-forever.ts")],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "cjs",
    loader: { ".sh": "text" },
    logLevel: "error",
  });
  releases = await Promise.all(["one", "two", "three"].map(makeRelease));
  return () => rm(folder, { recursive: true, force: true });
});

const digestOf = (text: string | Buffer): ArtifactDigest =>
  artifactDigest(createHash("sha256").update(text).digest("hex"));
const treeContent = (digest: string, name: string) => `${digest}/${name}`;

async function makeRelease(word: string): Promise<Release> {
  const code = Buffer.alloc(200_000, word);
  const digest = digestOf(code);
  await writeFile(join(store, digest), code, { mode: 0o555 });
  const config = digestOf(`config of ${word}`);
  await mkdir(join(store, config));
  for (const name of FILES) await writeFile(join(store, config, name), treeContent(config, name));
  return { artifact: { digest, kind: "file", build: `local:${digest.slice(0, 12)}` }, config };
}

async function clusterWithGoodRelease(name: string): Promise<string> {
  const cluster = join(folder, name);
  const mount = openMount(cluster, { pathOf: (digest) => join(store, digest) });
  for (const part of ["bin", "config", "store"]) await mkdir(join(mount.folder, part), { recursive: true });
  const [good] = releases as [Release];
  await mount.record({ service: BOOKS, good });
  await mount.point(BOOKS, good);
  return cluster;
}

/** Starts a delivering devenv and kills it in the middle, at another instruction each time. */
async function deliverAndDie(cluster: string, ...options: string[]): Promise<void> {
  const kill = new AbortController();
  const args = [program, cluster, store, JSON.stringify(releases), ...options];
  // The instant is what is drawn by lot here; nothing is waited for.
  const onLine = () => void setTimeout(() => kill.abort(), Math.random() * 60);
  const { code, output } = await systemProcesses.run(process.execPath, args, { signal: kill.signal, onLine });
  expect(code, output).toBeUndefined();
  expect(output).toBe("under way\n");
}

/** What must hold whatever was interrupted. */
async function expectWhole(cluster: string): Promise<void> {
  const mount = openMount(cluster, { pathOf: (digest) => join(store, digest) });
  const code = new Set(releases.map(({ artifact }) => artifact.digest));
  for (const name of await readdir(join(mount.folder, "store"))) {
    if (!name.startsWith(".")) await expectEntryWhole(mount.folder, name, code.has(name as ArtifactDigest));
  }
  const { artifact, config, record } = mount.observe([BOOKS]).get(BOOKS) ?? {};
  expect(digestOf(await readFile(join(mount.folder, "bin", BOOKS)))).toBe(artifact);
  expect(await readdir(join(mount.folder, "config", BOOKS))).toHaveLength(FILES.length);
  const journal = [record?.good, record?.trial?.release];
  expect(journal.map((release) => release?.artifact.digest)).toContain(artifact);
  expect(journal.map((release) => release?.config)).toContain(config);
}

async function expectEntryWhole(mountFolder: string, name: string, isCode: boolean): Promise<void> {
  const entry = join(mountFolder, "store", name);
  if (isCode) {
    expect(digestOf(await readFile(entry))).toBe(name);
    return;
  }
  const files = await readdir(entry);
  expect(files.sort()).toEqual([...FILES].sort());
  for (const file of files) expect(await readFile(join(entry, file), "utf8")).toBe(treeContent(name, file));
}

describe("a devenv that is killed while it delivers", () => {
  test("leaves only whole artifacts, and a journal that names what is in place", { timeout: 60_000 }, async () => {
    const cluster = await clusterWithGoodRelease("alone");
    for (let round = 0; round < 12; round++) {
      await deliverAndDie(cluster, "prunes");
      await expectWhole(cluster);
    }
  });

  test("beside another one leaves only whole artifacts behind pointers that resolve", { timeout: 60_000 }, async () => {
    const cluster = await clusterWithGoodRelease("together");
    const { folder: mount } = openMount(cluster, { pathOf: (digest) => digest });
    for (let round = 0; round < 6; round++) {
      await Promise.all([deliverAndDie(cluster), deliverAndDie(cluster)]);
      for (const name of (await readdir(join(mount, "store"))).filter((entry) => !entry.startsWith("."))) {
        await expectEntryWhole(
          mount,
          name,
          releases.some(({ artifact }) => artifact.digest === name),
        );
      }
      const { artifact, config } =
        openMount(cluster, { pathOf: (digest) => digest })
          .observe([BOOKS])
          .get(BOOKS) ?? {};
      expect(digestOf(await readFile(join(mount, "bin", BOOKS)))).toBe(artifact);
      expect(await readdir(join(mount, "store", config ?? ""))).toHaveLength(FILES.length);
    }
  });
});
