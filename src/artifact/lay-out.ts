import { constants } from "node:fs";
import { chmod, copyFile, cp, lstat, mkdir, readdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorCode } from "../host/files.ts";
import type { ArtifactKind } from "../model/artifact.ts";
import { environmentFailure } from "../model/failure.ts";
import type { ArtifactDigest } from "../model/names.ts";
import { fileDigest } from "./file-digest.ts";
import { INCOMING, incomingName, removeTree, sweep } from "./incoming.ts";
import { treeDigest } from "./pack.ts";
import { vanish } from "./vanish.ts";

/** What was laid out. */
export interface LaidOut {
  readonly digest: ArtifactDigest;
  /** Of all its files, in bytes. */
  readonly size: number;
}

/**
 * Puts a copy of a build's result under a name for people: a program that can be started, or a folder. The name never
 * stands for half of it: the copy is made under another one beside it, and takes the place of what was
 * there. Who reads a folder while it is replaced finds the old one, for an instant nothing, or the new one.
 * @param path absolute; the folders above it are made.
 * @throws Failure: it cannot be written there (environment), or the folder has what an artifact cannot (exit 1).
 */
export async function layOut(result: string, kind: ArtifactKind, path: string): Promise<LaidOut> {
  const folder = dirname(path);
  const temporary = incomingName(folder);
  try {
    await mkdir(folder, { recursive: true });
    await sweep(folder, INCOMING, Date.now());
    const laidOut = kind === "file" ? await copyProgram(result, temporary) : await copyFolder(result, temporary);
    const isFolder = await lstat(path).then(
      (facts) => facts.isDirectory(),
      () => undefined,
    );
    if (isFolder === true || (isFolder === false && kind === "tree")) await vanish(path, folder);
    await rename(temporary, path);
    return laidOut;
  } catch (cause) {
    if (!DISK.has(errorCode(cause) ?? "")) throw cause;
    throw environmentFailure(`cannot write ${path} (${errorCode(cause)})`, {
      hint: "make room, correct the folder's permissions, or name another folder with --out",
      cause,
    });
  } finally {
    await removeTree(temporary);
  }
}

const DISK: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "ENOTDIR", "EEXIST"]);

async function copyProgram(result: string, temporary: string): Promise<LaidOut> {
  await copyFile(result, temporary, constants.COPYFILE_FICLONE);
  await chmod(temporary, 0o755);
  return { digest: await fileDigest(temporary), size: (await lstat(temporary)).size };
}

async function copyFolder(result: string, temporary: string): Promise<LaidOut> {
  await treeDigest(result); // Refuses links that lead out of it.
  await cp(result, temporary, { recursive: true, dereference: true });
  const entries = await readdir(temporary, { withFileTypes: true, recursive: true });
  const sizes = await Promise.all(entries.map((entry) => forPeople(join(entry.parentPath, entry.name))));
  await forPeople(temporary);
  return { digest: await treeDigest(temporary), size: sizes.reduce((sum, bytes) => sum + bytes, 0) };
}

/** What comes out of the store is read-only; here it can be removed by its owner. Gives the size of a file. */
async function forPeople(path: string): Promise<number> {
  const facts = await lstat(path);
  const isRunnable = facts.isDirectory() || (facts.mode & 0o111) !== 0;
  await chmod(path, isRunnable ? 0o755 : 0o644);
  return facts.isFile() ? facts.size : 0;
}
