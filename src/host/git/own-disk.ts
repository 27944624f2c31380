import { lstatSync, readFileSync } from "node:fs";
import { dirname, normalize } from "node:path";

/** File systems whose answer waits for no other machine. */
const NEAR = new Set(
  "bcachefs btrfs erofs ext2 ext3 ext4 f2fs jfs overlay ramfs reiserfs squashfs tmpfs xfs zfs".split(" "),
);

/** What is mounted where, from `/proc/self/mountinfo` (proc(5)); empty on a system that has none. */
export type Mounts = ReadonlyMap<string, string>;

/** @param text lines such as `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw`. */
export function parseMounts(text: string): Mounts {
  const lines = text.split("\n").map((line) => line.split(" "));
  return new Map(
    lines.map((fields) => [unescaped(fields[4] ?? ""), fields[fields.indexOf("-", 6) + 1] ?? ""] as const),
  );
}

/** Blanks and the like are written in octal. */
const unescaped = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

export function readMounts(): Mounts {
  try {
    return parseMounts(readFileSync("/proc/self/mountinfo", "utf8"));
  } catch {
    return new Map();
  }
}

/**
 * Whether a path can be read without waiting for another machine, which may never answer (a dead NFS server): told
 * without touching anything that is not near itself.
 * @param known answers so far, by path.
 */
export function isNear(path: string, mounts: Mounts, known: Map<string, boolean>): boolean {
  const before = known.get(path);
  if (before !== undefined) return before;
  const isTop = path === "/";
  const isHere = path.startsWith("/") && normalize(path) === path && (isTop || isNear(dirname(path), mounts, known));
  const kind = mounts.get(path);
  const answer = isHere && (kind === undefined ? !isTop : NEAR.has(kind)) && (isTop || isNoLink(path));
  known.set(path, answer);
  return answer;
}

/** A link may lead anywhere. */
const isNoLink = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === false;
