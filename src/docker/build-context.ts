import { createHash } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { failed } from "../model/failure.ts";
import type { ImageBuild } from "../model/profile.ts";

export const IGNORE_FILE = ".dockerignore";

/** Something that goes to the builder. */
export interface ContextEntry {
  /** Relative to the context, with slashes. */
  readonly path: string;
  readonly kind: "file" | "folder" | "link";
  /** Permission bits. */
  readonly mode: number;
  readonly size: number;
}

/** Where a build's Dockerfile is, and how the builder finds it. */
export interface DockerfilePlace {
  readonly file: string;
  /** Relative to the context; undefined when it lies outside of it, as Compose allows. */
  readonly inContext: string | undefined;
}

export function dockerfileOf(build: ImageBuild): DockerfilePlace {
  if (build.dockerfileInline !== undefined) return { file: "the inline Dockerfile", inContext: undefined };
  const file = resolve(build.context, build.dockerfile);
  const path = relative(build.context, file);
  return { file, inContext: path.startsWith("..") ? undefined : path.split(sep).join("/") };
}

/**
 * The files of the context in a stable order, without what `.dockerignore` leaves out.
 * Sockets, pipes and devices are left out too: no image holds them.
 * @throws Failure when the folder cannot be read.
 */
export async function contextEntries(build: ImageBuild): Promise<ContextEntry[]> {
  try {
    return await walk(build.context, "", await selectionOf(build));
  } catch (thrown) {
    throw failed(`cannot read the build context ${build.context}: ${(thrown as Error).message}`, { cause: thrown });
  }
}

/** What of the context goes to the builder. */
interface Selection {
  sends(path: string): boolean;
  /** Whether anything below a folder can be sent. */
  enters(folder: string): boolean;
}

async function walk(context: string, folder: string, selection: Selection): Promise<ContextEntry[]> {
  const entries: ContextEntry[] = [];
  for (const name of (await readdir(join(context, folder))).sort()) {
    const path = folder === "" ? name : `${folder}/${name}`;
    const entry = entryOf(path, await lstat(join(context, path)));
    if (entry && selection.sends(path)) entries.push(entry);
    if (entry?.kind === "folder" && selection.enters(path)) entries.push(...(await walk(context, path, selection)));
  }
  return entries;
}

function entryOf(path: string, facts: Stats): ContextEntry | undefined {
  const mode = facts.mode & 0o777;
  if (facts.isFile()) return { path, kind: "file", mode, size: facts.size };
  if (facts.isDirectory()) return { path, kind: "folder", mode, size: 0 };
  return facts.isSymbolicLink() ? { path, kind: "link", mode, size: 0 } : undefined;
}

async function selectionOf(build: ImageBuild): Promise<Selection> {
  const rules = await ignoreRules(build.context);
  if (rules === undefined) return { sends: () => true, enters: () => true };
  const { default: dockerignore } = await import("@balena/dockerignore");
  const matcher = dockerignore.default().add(rules);
  // These two are always sent; the builder itself drops them again where the ignore file says so.
  const { inContext } = dockerfileOf(build);
  const always = (path: string) => path === inContext || path === IGNORE_FILE;
  const takesInAgain = /^\s*!/m.test(rules);
  return {
    sends: (path) => always(path) || !matcher.ignores(path),
    enters: (folder) => takesInAgain || (inContext?.startsWith(`${folder}/`) ?? false) || !matcher.ignores(folder),
  };
}

async function ignoreRules(context: string): Promise<string | undefined> {
  try {
    return await readFile(join(context, IGNORE_FILE), "utf8");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw thrown;
  }
}

/** The text of a build's Dockerfile. @throws Failure when there is none. */
export async function readDockerfile(build: ImageBuild): Promise<string> {
  if (build.dockerfileInline !== undefined) return build.dockerfileInline;
  const { file } = dockerfileOf(build);
  try {
    return await readFile(file, "utf8");
  } catch (thrown) {
    throw failed(`there is no Dockerfile at ${file}`, {
      hint: "correct `build.context` or `build.dockerfile` in the profile",
      cause: thrown,
    });
  }
}

/**
 * SHA-256 over all that decides what a build gives: names, modes and content of the context, the Dockerfile, the
 * target, the arguments and the other settings. An image labelled with the same digest need not be built again.
 */
export async function contextDigest(build: ImageBuild): Promise<string> {
  const [dockerfile, entries] = await Promise.all([readDockerfile(build), contextEntries(build)]);
  const hash = createHash("sha256");
  const args = Object.entries(build.args).sort(([a], [b]) => (a < b ? -1 : 1));
  const { labels, platform, tags } = build;
  // Keys that are undefined are not written: what was built before there were such settings is not built again.
  hash.update(`${JSON.stringify({ dockerfile, target: build.target ?? null, args, labels, platform, tags })}\n`);
  for (const entry of entries) {
    const { path, kind, mode, size } = entry;
    // A link has no mode of its own that counts, and its size is its target's length.
    hash.update(`${JSON.stringify(kind === "link" ? { path, kind } : { path, kind, mode, size })}\n`);
    await addContent(hash, join(build.context, path), entry);
  }
  return hash.digest("hex");
}

async function addContent(hash: ReturnType<typeof createHash>, file: string, entry: ContextEntry): Promise<void> {
  if (entry.kind === "link") hash.update(`${await readlink(file)}\n`);
  if (entry.kind !== "file") return;
  if (entry.size < 1024 * 1024) hash.update(await readFile(file));
  else for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
}
