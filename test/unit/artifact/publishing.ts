import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect } from "vitest";
import { fileSource } from "../../../src/artifact/file-source.ts";
import type { Manifest } from "../../../src/artifact/manifest-checks.ts";
import { openPublication } from "../../../src/artifact/publish.ts";
import type { BuiltService } from "../../../src/artifact/publish-entries.ts";
import type { CiBuild } from "../../../src/artifact/source.ts";
import { openStore } from "../../../src/artifact/store.ts";
import { serviceName } from "../../../src/model/names.ts";
import { digestOf, fill, temporaryFolder } from "./folders.ts";

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const AMD64 = { os: "linux", arch: "amd64" };
export const ARM64 = { os: "linux", arch: "arm64" };

/** A CI folder, and a store with what was built for it. */
export async function ciWorkshop() {
  const [folder, cache] = [await temporaryFolder(), await temporaryFolder()];
  const store = openStore(cache);
  const file = async (content: string) => {
    const digest = digestOf(content);
    await store.put(digest, "file", Readable.from([content]));
    return digest;
  };
  const tree = async (files: Readonly<Record<string, string>>) => {
    const original = await temporaryFolder();
    await fill(original, files);
    return store.adopt(original, "tree");
  };
  /** A service whose program says this, for one platform. */
  const built = async (name: string, content: string, more: Partial<BuiltService> = {}): Promise<BuiltService> => ({
    service: serviceName(name),
    commit: COMMIT,
    isDirty: false,
    artifacts: [{ platform: AMD64, kind: "file", digest: await file(content) }],
    config: undefined,
    setup: undefined,
    ...more,
  });
  const publish = async (services: readonly BuiltService[], number?: number, keep?: number) => {
    const publication = await openPublication(folder);
    const { signal } = new AbortController();
    return publication.publish(services, { store, number, keep, at: "2026-11-21T10:00:00Z", signal });
  };
  return { folder, cache, store, file, tree, built, publish };
}

/** What the folder says is the newest of each service, by name. */
export async function newestIn(folder: string): Promise<Readonly<Record<string, CiBuild>>> {
  const builds = await fileSource(folder).builds(new Map([[serviceName("any"), { is: "newest" }]]));
  return Object.fromEntries([...builds].flatMap(([name, [build]]) => (build === undefined ? [] : [[name, build]])));
}

/** Opens everything of a build, and checks each against the checksum that goes with it. */
export async function contentsOf(build: CiBuild | undefined): Promise<readonly string[]> {
  const contents = [...(build?.artifacts.map(({ content }) => content) ?? []), build?.config ?? [], build?.setup ?? []];
  return Promise.all(
    contents.flat().map(async (content) => {
      const said = await text((await content.open(0)).stream);
      expect({ hex: createHash("sha256").update(said).digest("hex"), size: said.length }).toEqual({
        hex: content.checksum?.hex,
        size: content.size,
      });
      return said;
    }),
  );
}

export const manifestIn = async (folder: string): Promise<Manifest> =>
  JSON.parse(await readFile(join(folder, "manifest.json"), "utf8"));

/** Paths of all files of a folder, relative to it, in order. */
export const filesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
