import { readFileSync, realpathSync } from "node:fs";
import { chmod, mkdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { environmentFailure } from "../model/failure.ts";

/**
 * Writes a file so that a reader, or a crash at any instruction, sees the old content or the new one and nothing between.
 * @param mode permissions of a new file; `0o600` unless told, because what we keep is one person's.
 * @param options `sync: false` for what a power cut may take: a save is not to wait for the disk, 2 to 30 ms.
 * @throws Failure (environment) naming the file when it cannot be written.
 */
export async function writeAtomic(
  path: string,
  content: string | Buffer,
  mode = 0o600,
  { sync = true }: { readonly sync?: boolean } = {},
): Promise<void> {
  const { default: writeFileAtomic } = await import("write-file-atomic");
  try {
    await writeFileAtomic(path, content, { mode, fsync: sync });
  } catch (cause) {
    throw environmentFailure(`cannot write ${path}: ${messageOf(cause)}`, { cause, hint: writeHint(cause) });
  }
}

/** As `writeAtomic`, of a value as indented JSON with a newline at the end. */
export async function writeJson(path: string, value: unknown, mode = 0o600): Promise<void> {
  await writeAtomic(path, `${JSON.stringify(value, null, 2)}\n`, mode);
}

/** A text file's content, or undefined when there is none. Other troubles (permissions) are thrown as they came. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (isAbsent(cause)) return undefined;
    throw cause;
  }
}

/** As `readText`, at once; undefined for anything that cannot be read. For the small files of /proc and /sys. */
export function peekText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/**
 * A JSON file's value, unchecked; undefined when there is no such file.
 * @throws Failure (environment) naming the file when it is not JSON.
 */
export async function readJson(path: string): Promise<unknown> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw environmentFailure(`${path} is not JSON: ${messageOf(cause)}`, { cause, hint: `Mend or delete ${path}.` });
  }
}

/**
 * Makes a folder and those above it, for this person only unless told.
 * @throws Failure (environment) naming the folder when it cannot be made.
 */
export async function ensureFolder(path: string, mode = 0o700): Promise<void> {
  try {
    // mkdir's own mode passes through the umask, and an existing folder keeps its own.
    const made = await mkdir(path, { recursive: true, mode });
    if (made !== undefined) await chmod(path, mode);
  } catch (cause) {
    throw environmentFailure(`cannot make the folder ${path}: ${messageOf(cause)}`, { cause, hint: writeHint(cause) });
  }
}

/** Whether there is a folder, or a link to one; false for what cannot be looked at. */
export const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );

/** A folder that may not be there yet is made in the nearest one above it that is. */
export async function nearestFolder(path: string): Promise<string> {
  for (let folder = path; ; folder = dirname(folder)) {
    if ((await isFolder(folder)) || folder === dirname(folder)) return folder;
  }
}

/** A path with the symbolic links on its way followed, as far as it is there. At once, because a save waits for it. */
export function withoutLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const folder = dirname(path);
    return folder === path ? path : join(withoutLinks(folder), basename(path));
  }
}

/** The system's word for an error (`ENOENT`), undefined for anything that is not a system error. */
export function errorCode(thrown: unknown): string | undefined {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  return typeof code === "string" ? code : undefined;
}

const isAbsent = (cause: unknown): boolean => errorCode(cause) === "ENOENT" || errorCode(cause) === "ENOTDIR";

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

function writeHint(cause: unknown): string | undefined {
  switch (errorCode(cause)) {
    case "EACCES":
    case "EPERM":
      return "It belongs to someone else (made with sudo?): give it back with `sudo chown`, or delete it.";
    case "ENOSPC":
      return "The disk is full: free some space.";
    case "EROFS":
      return "The file system is read-only: set XDG_STATE_HOME and XDG_CACHE_HOME to folders that can be written.";
    default:
      return undefined;
  }
}
