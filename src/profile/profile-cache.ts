import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Profile } from "../model/profile.ts";
import { absolute, importReader, type LoadOptions, worldOf } from "./load-profile.ts";
import type { ReadOptions } from "./read-options.ts";

/**
 * What a reading asked of the world, and got: the file names' texts and the variables' values as SHA-256 (null where
 * there is none), and the folders that were there or not. The profile's own text is one of the files.
 */
interface Asked {
  readonly files: Record<string, string | null>;
  readonly variables: Record<string, string | null>;
  readonly folders: Record<string, boolean>;
}

interface Entry {
  readonly version: string;
  readonly workspace: string;
  readonly home: string;
  readonly asked: Asked;
  readonly profile: Profile;
}

/** The version of the code that reads profiles: in a bundle, the name of its chunk, which is a hash of its content. */
const bundledVersion = /read-profile-([0-9A-Za-z]{8})\.js/.exec(importReader.toString())?.[1];

/**
 * Like `loadProfile`, but a reading whose every input is unchanged is taken from the cache folder: 65 ms of import and
 * first use become 4. Never stale: texts and values are compared by content, the reader's code by its version (without
 * one, that is outside of a bundle, nothing is cached). A profile with a secrets file is not cached at all, and what is
 * in the cache can be read by its owner only.
 */
export async function loadProfileCached(
  files: string | readonly string[],
  options: LoadOptions,
  cacheFolder: string,
  version = bundledVersion,
): Promise<Profile> {
  const world = worldOf(options);
  const paths = absolute(files);
  const cached = join(cacheFolder, "profiles", `${sha256(paths.join("\n"))}.json`);
  const found = version === undefined ? undefined : await lookUp(cached, version, world);
  if (found !== undefined) return found;
  const recording = record(world);
  const { readProfile } = await importReader();
  const profile = await readProfile(paths, recording.world);
  const { workspace, home } = options;
  const asked = recording.asked();
  if (version !== undefined && asked !== undefined) await store(cached, { version, workspace, home, asked, profile });
  return profile;
}

/** The world, with a memory of what it was asked. A world that was asked for secrets remembers nothing. */
function record(world: ReadOptions): { world: ReadOptions; asked: () => Asked | undefined } {
  const asked: Asked = { files: Object.create(null), variables: Object.create(null), folders: Object.create(null) };
  let hasSecrets = false;
  const recording: ReadOptions = {
    ...world,
    environment: (name) => {
      const value = world.environment(name);
      asked.variables[name] = hashOf(value);
      return value;
    },
    readFile: async (path) => {
      asked.files[path] = null;
      const text = await world.readFile(path);
      asked.files[path] = sha256(text);
      return text;
    },
    isFolder: async (path) => {
      const isFolder = await world.isFolder(path);
      asked.folders[path] = isFolder;
      return isFolder;
    },
    readSecrets: (path) => {
      hasSecrets = true;
      return world.readSecrets(path);
    },
  };
  return { world: recording, asked: () => (hasSecrets ? undefined : asked) };
}

/** The profile of an entry that was made of the same inputs; undefined for any reason not to trust it. */
async function lookUp(cached: string, version: string, world: ReadOptions): Promise<Profile | undefined> {
  const entry = await readEntry(cached).catch(() => undefined);
  if (entry?.version !== version || entry.workspace !== world.workspace || entry.home !== world.home) return undefined;
  const { files, variables, folders } = entry.asked;
  if (Object.entries(variables).some(([name, hash]) => hashOf(world.environment(name)) !== hash)) return undefined;
  const sameFiles = Object.entries(files).map(async ([path, hash]) => (await hashOfFile(path, world)) === hash);
  const sameFolders = Object.entries(folders).map(async ([path, was]) => (await world.isFolder(path)) === was);
  const same = await Promise.all([...sameFiles, ...sameFolders]);
  return same.every(Boolean) ? entry.profile : undefined;
}

/** Null when there is no such file, undefined when it cannot be read: that equals nothing. */
const hashOfFile = (path: string, { readFile }: ReadOptions): Promise<string | null | undefined> =>
  readFile(path).then(sha256, (error: NodeJS.ErrnoException) => (error.code === "ENOENT" ? null : undefined));

/** An entry's first line is the digest of the rest: a damaged one is no entry. */
async function readEntry(cached: string): Promise<Entry | undefined> {
  const text = await readFile(cached, "utf8");
  const body = text.slice(text.indexOf("\n") + 1);
  return text.startsWith(`${sha256(body)}\n`) ? (JSON.parse(body) as Entry) : undefined;
}

/** Written beside its place, so that it is whole or not there. A cache that cannot be written is no failure. */
async function store(cached: string, entry: Entry): Promise<void> {
  const body = JSON.stringify(entry);
  const draft = `${cached}.${randomUUID()}`;
  try {
    await mkdir(dirname(cached), { recursive: true, mode: 0o700 });
    await writeFile(draft, `${sha256(body)}\n${body}`, { mode: 0o600 });
    await rename(draft, cached);
  } catch {
    // The next command reads the profile again.
  }
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const hashOf = (value: string | undefined): string | null => (value === undefined ? null : sha256(value));
