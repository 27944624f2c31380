import { constants } from "node:fs";
import { chmod, copyFile, link, lstat, mkdir, open, readdir, readlink, rename, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { incomingName, removeTree } from "../artifact/incoming.ts";
import { errorCode } from "../host/files.ts";

/**
 * Makes what lies at `from`, a file or a folder, appear at `to`: by hard links, or by copy where there can be none
 * (another file system, a link count that is used up). It is complete before it gets its name; what is there already
 * is left, and counts as new for `prune`.
 * @throws the system's error; ENOENT when there is nothing at `from`.
 */
export async function makeEntry(from: string, to: string): Promise<void> {
  if (await renew(to)) return;
  const facts = await lstat(from);
  // One link is complete at once. All else grows under a name that nobody knows.
  if (facts.isFile() && (await linked(from, to))) return;
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
async function renew(path: string): Promise<boolean> {
  try {
    const { mode } = await lstat(path);
    await chmod(path, mode & 0o777).catch(() => undefined); // someone else's: it stays as it is
    return true;
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return false;
    throw cause;
  }
}

const REFUSED = ["EXDEV", "EMLINK", "EPERM", "EACCES", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

/** Whether a hard link could be made, or another process was faster; false where there can be none. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
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
    else if (!(await linked(source, target))) await copy(source, target);
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
  await symlink(target, temporary);
  try {
    await rename(temporary, path);
  } catch (cause) {
    await removeTree(temporary);
    throw cause;
  }
}
