import { createHash } from "node:crypto";
import { realpathSync, statSync } from "node:fs";
import { type FileSet, isPartOf } from "../swap/route.ts";
import { type Facts, isUntouched, type Look, Reader } from "./file-look.ts";
import { type ListedFolder, listed } from "./file-set.ts";

/** What a set of files was at one moment. */
export interface Snapshot {
  /** One SHA-256 (hex) of the names, the executable bits and the contents of all its files. */
  readonly digest: string;
  /** Every file of the set, and single files that are not there. */
  readonly files: ReadonlyMap<string, Look>;
  /** The folders that were listed. */
  readonly folders: ReadonlySet<string>;
  /** False where something could not be read, or a link leads to a folder that is not in the set. */
  readonly isWhole: boolean;
}

/**
 * What is known of the files that services are made of: their facts, and of those that were asked for their content,
 * its SHA-256. Reads again only what has changed since. Everything is done in slices of a few milliseconds, so that a
 * save is not held up by 50,000 files.
 */
export class FileIndex {
  /** By path, what it was when it was looked at last, for whatever purpose. */
  readonly #looks = new Map<string, Look>();
  /** By path, what the save loop knows of; shares its values with `#looks` where nothing has changed. */
  readonly #known = new Map<string, Look>();
  /** The folders that a rescan has listed. */
  readonly #folders = new Set<string>();

  /** What a set is now. Two sets are the same content exactly when their digests are the same. */
  async look(set: FileSet, signal?: AbortSignal): Promise<Snapshot> {
    const hash = createHash("sha256");
    const files = new Map<string, Look>();
    const folders = new Set<string>();
    let isWhole = true;
    const reader = new Reader(this.#looks, signal);
    for (const folder of listed(set)) {
      if (folder.path !== "") folders.add(folder.path);
      for (const path of folder.files) {
        if (files.has(path)) continue;
        const look = await reader.withContent(path);
        files.set(path, look);
        isWhole &&= look.is !== "unreadable" && (look.is !== "link" || leadsInto(path, set));
        hash.update(`${path}\0${look.is}\0${look.content}\n`);
      }
      await reader.breathe();
    }
    return { digest: hash.digest("hex"), files, folders, isWhole };
  }

  /**
   * Which paths of a set differ in content from what was known of them: from the last `rescan`, or from when they were
   * `told` since. What is new in the set itself is known from then on and not given, so the first one gives none.
   * Reads only what has other facts than before; where the content before was never read, other facts are a change.
   */
  async rescan(set: FileSet, signal?: AbortSignal): Promise<string[]> {
    const reader = new Reader(this.#looks, signal);
    const found = new Map<string, Look>();
    const unknown: string[] = [];
    const changed: string[] = [];
    for (const folder of listed(set)) {
      const isKnown = this.#isKnown(folder);
      if (!isKnown) unknown.push(folder.path);
      for (const path of folder.files) {
        found.set(path, await this.#lookForRescan(path, reader));
        if (this.#hasChanged(path, found.get(path), isKnown)) changed.push(path);
      }
      await reader.breathe();
    }
    for (const folder of unknown) this.#folders.add(folder);
    changed.push(...this.#takeGone(set, found));
    for (const [path, look] of found) this.#known.set(path, look);
    return [...new Set(changed)];
  }

  /**
   * The paths of a set that were written, or put in their place, at `atMs` or later by the clock of this machine; of a
   * folder in which something came or went, itself.
   */
  async savedSince(set: FileSet, atMs: number, signal?: AbortSignal): Promise<string[]> {
    const reader = new Reader(this.#looks, signal);
    const saved: string[] = [];
    for (const folder of listed(set)) {
      const files = folder.files.filter((path) => changedMs(reader.facts(path).facts) >= atMs);
      if (files.length === 0 && changedMs(folderFacts(folder.path)) >= atMs) saved.push(folder.path);
      saved.push(...files);
      await reader.breathe();
    }
    return [...new Set(saved)];
  }

  /** What is not found any more, but for what was told to have gone. Nothing is kept of either, as in `Reader`. */
  #takeGone(set: FileSet, found: ReadonlyMap<string, Look>): string[] {
    const gone = [...this.#known].filter(([path]) => !found.has(path) && isPartOf(path, set));
    for (const [path] of gone) {
      this.#known.delete(path);
      this.#looks.delete(path);
    }
    return gone.filter(([, look]) => look.is !== "absent").map(([path]) => path);
  }

  /** A folder that is new below one that was listed before is a change in that one. */
  #isKnown({ path, within }: ListedFolder): boolean {
    if (this.#folders.has(path)) return true;
    if (within === undefined || !this.#folders.has(within)) return false;
    this.#folders.add(path);
    return true;
  }

  #hasChanged(path: string, now: Look | undefined, isInKnownFolder: boolean): boolean {
    const known = this.#known.get(path);
    return known === undefined || now === undefined ? isInKnownFolder : differs(known, now);
  }

  /** A change of this path is known: a later `rescan` gives it only if it changes again. */
  async told(path: string): Promise<void> {
    this.#known.set(path, await new Reader(this.#looks).withContent(path));
  }

  /** The content of what was written a moment ago tells more than its times, which a second write may share. */
  async #lookForRescan(path: string, reader: Reader): Promise<Look> {
    const look = reader.facts(path);
    const isToBeRead = look.facts !== undefined && (!look.facts.isOld || this.#known.get(path)?.content !== undefined);
    return isToBeRead ? reader.withContent(path) : look;
  }
}

const changedMs = (facts: Pick<Facts, "mtimeMs" | "ctimeMs"> | undefined): number =>
  facts === undefined ? Number.NEGATIVE_INFINITY : Math.max(facts.mtimeMs, facts.ctimeMs);

const folderFacts = (path: string) => (path === "" ? undefined : statSync(path, { throwIfNoEntry: false }));

function differs(known: Look, now: Look): boolean {
  if (known.is !== now.is) return true;
  if (known.content !== undefined && now.content !== undefined) return known.content !== now.content;
  return known.facts === undefined || now.facts === undefined || !isUntouched(known.facts, now.facts);
}

/** A link to a folder is not followed. Go passes over it; for others, what is behind it must be in the set by itself. */
function leadsInto(link: string, { isExact, trees }: FileSet): boolean {
  if (isExact) return true;
  try {
    const target = realpathSync(link);
    return trees.some((tree) => target === tree || target.startsWith(`${tree}/`));
  } catch {
    return false;
  }
}
