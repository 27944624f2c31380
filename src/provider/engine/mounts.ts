import { readFileSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { tryProgram } from "../programs.ts";
import type { Surroundings } from "../surroundings.ts";
import type { Layout } from "./layout.ts";

/**
 * What of the engine is mounted on this machine, the latest first: file systems and networks of its containers, and the
 * data root, which dockerd mounts onto itself. With no dockerd running they are left from one that did not end by itself.
 */
export function engineMounts(layout: Layout): string[] {
  const [data, exec] = [realPath(layout.data), realPath(layout.exec)];
  return mountPoints().filter(
    (path) => path.startsWith(`${data}/`) || path.startsWith(`${exec}/`) || (path === data && isOnItself(data)),
  );
}

/** Not so a disk of its own that the person mounted there: that has another device than the folder above. */
const isOnItself = (path: string): boolean => statSync(path).dev === statSync(dirname(path)).dev;

/** Unmounts all that is left; a file that is still open keeps its file system until it is closed (`--lazy`). */
export async function unmountAll(layout: Layout, surroundings: Surroundings): Promise<void> {
  for (const path of engineMounts(layout)) await tryProgram(surroundings, "umount", ["--lazy", path]);
}

function realPath(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}

/** Field 5 of proc(5)'s mountinfo; blanks in a path are written in octal. */
function mountPoints(): string[] {
  const lines = readFileSync("/proc/self/mountinfo", "utf8").trimEnd().split("\n");
  return lines
    .map((line) => line.split(" ")[4] ?? "")
    .map((path) => path.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))))
    .reverse();
}
