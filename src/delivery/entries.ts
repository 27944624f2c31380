import { chmodSync, constants, linkSync, lstatSync, renameSync, symlinkSync } from "node:fs";
import { chmod, copyFile, mkdir, open, readdir, readlink, rename, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { incomingName, removeTree } from "../artifact/incoming.ts";
import { errorCode } from "../host/files.ts";

// A save waits for what follows: what is a single entry of a folder is done at once, which takes the system 20 us. By
// way of a thread it is ten times as much, and many times that where the machine is busy.

/**
 * Makes what lies at `from`, a file or a folder, appear at `to`: by hard links, or by copy where there can be none
 * (another file system, a link count that is used up). It is complete before it gets its name; what is there already
 * is left, and counts as new for `prune`.
 * @throws the system's error; ENOENT when there is nothing at `from`.
 */
export async function makeEntry(from: string, to: string): Promise<void> {
  if (renew(to)) return;
  const facts = lstatSync(from);
  // One link is complete at once. All else grows under a name that nobody knows.
  if (facts.isFile() && linked(from, to)) return;
  const temporary = incomingName(dirname(to));
  try {
    await (facts.isDirectory() ? makeTree(from, temporary) : copy(from, temporary));
    await rename(temporary, to);
  } catch (cause) {
    // A folder that another process made meanwhile is as good as ours.
    if (!["EEXIST", "ENOTEMPTY"].includes(errorCode(cause) ?? "")) throw cause;
  } finally {
    await removeTree(temporary);
  }
}

/** Whether it is there; if so, its time of change is now, which keeps a `prune` in another process away from it. */
function renew(path: string): boolean {
  const facts = lstatSync(path, { throwIfNoEntry: false });
  if (facts === undefined) return false;
  try {
    chmodSync(path, facts.mode & 0o777);
  } catch {
    // Someone else's: it stays as it is.
  }
  return true;
}

const REFUSED = ["EXDEV", "EMLINK", "EPERM", "EACCES", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

/** Whether a hard link could be made, or another process was faster; false where there can be none. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (cause) {
    const code = errorCode(cause) ?? "";
    if (code === "EEXIST") return true;
    if (REFUSED.includes(code)) return false;
    throw cause;
  }
}

async function makeTree(from: string, to: string): Promise<void> {
  await mkdir(to);
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await makeTree(source, target);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
    else if (!linked(source, target)) await copy(source, target);
  }
}

/** Synced to the disk: a name that outlives a power cut must not stand for half a file. A link needs none of that. */
async function copy(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  const file = await open(to, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the symbolic link `path` point at `target`, by one rename(2): whoever looks sees the old or the new one. */
export async function flip(path: string, target: string): Promise<void> {
  const temporary = incomingName(dirname(path));
  symlinkSync(target, temporary);
  try {
    renameSync(temporary, path);
  } catch (cause) {
    await removeTree(temporary);
    throw cause;
  }
}
