import { type Dirent, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "../files.ts";

/** Object names by ref (`refs/heads/main`). */
export type Refs = ReadonlyMap<string, string>;

const OBJECT_ID = /^[0-9a-f]{40}$/;

/**
 * The refs below some places (`refs/heads/`), from a repository's files. One that is a file counts over one that is
 * packed, and files are read first: git packs a ref before it takes the file away, so none is missed that stays.
 * @returns undefined where the files do not say it plainly: a symbolic ref, a ref that is being written, other refs than
 *   files hold, damage.
 */
export function readRefFiles(gitDir: string, places: readonly string[]): Refs | undefined {
  const loose = new Map<string, string>();
  if (!places.every((place) => readLoose(gitDir, place, loose))) return undefined;
  const packed = readPacked(gitDir, places);
  return packed && new Map([...packed, ...loose]);
}

function readLoose(gitDir: string, place: string, into: Map<string, string>): boolean {
  for (const entry of entriesOf(join(gitDir, place))) {
    const ref = `${place}${entry.name}`;
    if (entry.isDirectory()) {
      if (!readLoose(gitDir, `${ref}/`, into)) return false;
      continue;
    }
    // What a clone takes for the remote's own branch: it leads to one of the others.
    if (/^refs\/remotes\/[^/]+\/HEAD$/.test(ref)) continue;
    const commit = entry.isFile() ? textOf(join(gitDir, ref)) : "";
    // Packed or deleted meanwhile: what is packed is read after this.
    if (commit === undefined) continue;
    if (!OBJECT_ID.test(commit.trimEnd())) return false;
    into.set(ref, commit.trimEnd());
  }
  return true;
}

function readPacked(gitDir: string, places: readonly string[]): Map<string, string> | undefined {
  const found = new Map<string, string>();
  for (const line of (textOf(join(gitDir, "packed-refs")) ?? "").split("\n")) {
    if (line === "" || line[0] === "#" || line[0] === "^") continue;
    const [commit, ref] = [line.slice(0, 40), line.slice(41)];
    if (line[40] !== " " || !OBJECT_ID.test(commit)) return undefined;
    if (places.some((place) => ref.startsWith(place))) found.set(ref, commit);
  }
  return found;
}

/** None where there is no such folder (any more). */
function entriesOf(folder: string): Dirent[] {
  if (!existsSync(folder)) return [];
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return [];
    throw cause;
  }
}

/** Undefined where there is no such file (any more). Asked first, because an error that is thrown takes its time. */
function textOf(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return undefined;
    throw cause;
  }
}
