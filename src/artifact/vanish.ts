import { lstat, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "../host/files.ts";
import { incomingName, removeTree } from "./incoming.ts";

/**
 * Removes what lies at `path`, if anything does, and takes the name away before the content: half a tree must never
 * stand under the name of a whole one.
 * @param beside a folder of the same file system, where it lies without a name meanwhile.
 * @returns bytes that are free now: of files that had no other name (a hard link in a mount keeps the content).
 */
export async function vanish(path: string, beside: string): Promise<number> {
  const nameless = incomingName(beside);
  try {
    await rename(path, nameless);
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return 0;
    throw cause;
  }
  const freed = await onlyHere(nameless);
  await removeTree(nameless);
  return freed;
}

async function onlyHere(path: string): Promise<number> {
  const facts = await lstat(path);
  if (!facts.isDirectory()) return facts.nlink === 1 ? facts.size : 0;
  const inside = await Promise.all((await readdir(path)).map((name) => onlyHere(join(path, name))));
  return inside.reduce((sum, bytes) => sum + bytes, 0);
}
