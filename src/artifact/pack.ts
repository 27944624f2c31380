import { createHash } from "node:crypto";
import { type FileHandle, lstat, open, readdir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { type Failure, failed } from "../model/failure.ts";
import { type ArtifactDigest, artifactDigest } from "../model/names.ts";

/** tar counts in blocks of 512 bytes, and ends with two empty ones. */
const BLOCK = 512;
const CHUNK_BYTES = 256 * 1024;

export interface TreeOptions {
  /** Takes the name of a file or folder, without its path; those that it says yes to are not part of the tree. */
  readonly leaveOut?: ((name: string) => boolean) | undefined;
}

interface Entry {
  /** Within the tree, with slashes, without a leading or trailing one. */
  readonly path: string;
  /** Where its content lies: of a symlink that stays inside the tree, what it points at. */
  readonly source: string;
  readonly kind: "File" | "Directory";
}

/**
 * A folder as a deterministic tar: the same names, contents and executable bits give the same bytes on every machine.
 * Sorted, no times, owner 0, mode 0755 or 0644; a symlink to what is inside the folder is the file or the folder that
 * it leads to. The digest of a tree that is adopted here is taken of it.
 * @throws Failure (exit 1): anything else than files and folders, or a file that changes its size meanwhile.
 */
export async function* packTree(folder: string, { leaveOut }: TreeOptions = {}): AsyncGenerator<Buffer> {
  const root = await realpath(folder);
  for await (const entry of walk({ root, leaveOut }, [root], "")) {
    if (entry.kind === "Directory") yield* await headerOf(`${entry.path}/`, "Directory", 0o755, 0);
    else yield* packFile(entry);
  }
  yield Buffer.alloc(2 * BLOCK);
}

/** The SHA-256 of a folder's tar: reads all of it, writes nothing. @throws as packTree. */
export async function treeDigest(folder: string, options?: TreeOptions): Promise<ArtifactDigest> {
  const hash = createHash("sha256");
  for await (const chunk of packTree(folder, options)) hash.update(chunk);
  return artifactDigest(hash.digest("hex"));
}

async function* packFile({ path, source }: Entry): AsyncGenerator<Buffer> {
  const file = await open(source, "r");
  try {
    const { mode, size } = await file.stat();
    yield* await headerOf(path, "File", (mode & 0o111) === 0 ? 0o644 : 0o755, size);
    yield* contentOf(file, size, path);
  } finally {
    await file.close();
  }
}

/** A name that is too long for the old header goes into an extended one before it. */
export async function headerOf(path: string, type: Entry["kind"], mode: number, size: number): Promise<Buffer[]> {
  const { Header, Pax } = await import("tar");
  const block = Buffer.alloc(BLOCK);
  const header = new Header({ path, type, mode, uid: 0, gid: 0, size, mtime: new Date(0) });
  return header.encode(block) ? [new Pax({ path }).encode(), block] : [block];
}

async function* contentOf(file: FileHandle, size: number, path: string): AsyncGenerator<Buffer> {
  let position = 0;
  while (position < size) {
    const want = Math.min(CHUNK_BYTES, size - position);
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(want), 0, want, position);
    if (bytesRead === 0) throw failed(`${path} became shorter while it was read`, { hint: "try again" });
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
  const over = size % BLOCK;
  if (over > 0) yield Buffer.alloc(BLOCK - over);
}

interface Tree extends TreeOptions {
  /** Without a symlink in it. */
  readonly root: string;
}

/** What lies in the innermost of `around`, the real folders from the root on, as entries below `folder`. */
async function* walk(tree: Tree, around: readonly string[], folder: string): AsyncGenerator<Entry> {
  const here = around.at(-1) ?? tree.root;
  const names = (await readdir(here)).filter((name) => !tree.leaveOut?.(name));
  for (const name of names.sort()) {
    const path = folder === "" ? name : `${folder}/${name}`;
    const source = await targetOf(tree, join(here, name));
    const facts = await stat(source);
    if (facts.isDirectory()) {
      if (around.includes(source)) throw refused(join(here, name), "leads to a folder around it");
      yield { path, source, kind: "Directory" };
      yield* walk(tree, [...around, source], path);
    } else if (facts.isFile()) {
      yield { path, source, kind: "File" };
    } else {
      throw failed(`${source} is neither a file nor a folder`, { hint: "take it out: an artifact holds only those" });
    }
  }
}

/** Where a path leads: to itself, unless it is a symlink. */
async function targetOf({ root }: Tree, path: string): Promise<string> {
  if (!(await lstat(path)).isSymbolicLink()) return path;
  const target = await realpath(path).catch(() => undefined);
  if (target?.startsWith(root + sep)) return target;
  throw refused(path, target === root ? "leads to a folder around it" : `leads to nothing inside ${root}`);
}

const refused = (path: string, why: string): Failure =>
  failed(`${path} is a symbolic link that ${why}`, {
    hint: "put the file itself there: the containers see this folder and nothing beside it",
  });
