import { randomBytes } from "node:crypto";
import { renameSync, rmSync, type WriteStream, writeFileSync } from "node:fs";
import { chmod, lstat, open, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/** What is not finished stands under such a name, beside the finished: nobody but its writer knows it. */
export const INCOMING = ".incoming-";
const DAY_MS = 24 * 60 * 60 * 1000;

export const incomingName = (root: string): string =>
  join(root, `${INCOMING}${process.pid}-${randomBytes(6).toString("hex")}`);

/**
 * Writes a small file, which is its owner's alone, by one rename. At once, because a save waits for it: by way of a
 * thread it takes ten times as long, and many times that where the machine is busy. Not synced to the disk, which would
 * cost every save 7 to 30 ms (measured).
 * @throws the system's error; then nothing is left of it.
 */
export function replaceFile(path: string, content: string): void {
  const temporary = incomingName(dirname(path));
  try {
    writeFileSync(temporary, content, { mode: 0o600 });
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw cause;
  }
}

export interface NewFileOptions {
  readonly mode: number;
  /** Whether it is on the disk when the stream has ended. */
  readonly flush?: boolean;
  /** Bytes that are gathered for one write. */
  readonly highWaterMark?: number;
}

/**
 * A stream into a new file. The file is there when it resolves: a stream that opens it by itself, and whose source fails
 * before that, would make it when whoever cleans up has looked for it.
 */
export async function newFile(path: string, { mode, ...options }: NewFileOptions): Promise<WriteStream> {
  const file = await open(path, "wx", mode);
  return file.createWriteStream(options);
}

/** Removes what killed writers left under such names more than a day ago; a living writer is not that slow. */
export async function sweep(root: string, prefix: string, nowMs: number): Promise<void> {
  const names = (await readdir(root)).filter((name) => name.startsWith(prefix));
  for (const name of names) {
    const path = join(root, name);
    const facts = await lstat(path).catch(() => undefined);
    if (facts !== undefined && nowMs - facts.mtimeMs > DAY_MS) await removeTree(path);
  }
}

/** Removes a file or a folder, read-only folders included; what is gone already is well. */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ENOTDIR") return; // what should hold it is no folder, so it is not there
    if (code !== "EACCES" && code !== "EPERM") throw cause;
    await makeWritable(path);
    await rm(path, { recursive: true, force: true });
  }
}

async function makeWritable(folder: string): Promise<void> {
  if (!(await lstat(folder)).isDirectory()) return;
  await chmod(folder, 0o700);
  for (const name of await readdir(folder)) await makeWritable(join(folder, name));
}
