import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import type { Clock } from "../host/clock.ts";

/** One save is several events: truncated and written, renamed and created, then its mode set again. */
const WINDOW_MS = 2;
/** Of a larger file only its times are compared: reading it would take longer than a build that finds it unchanged. */
const COMPARED_BYTES = 1024 * 1024;
/** More files than these within a window are no editor's save: each is told, and none read. */
const COMPARED_FILES = 20;

export interface Merger {
  /** Something happened to a path. */
  happened(path: string): void;
  /** Whether it will be told that something happened to this path, so that nobody need say it again. */
  isPending(path: string): boolean;
  /** Resolves when all that has happened so far was told. */
  settled(): Promise<void>;
  close(): void;
}

/**
 * Makes one change of the several events of one save, so that it does not start several builds (compose#12087).
 * Events of a window of 2 ms from the first one count as one, told after the last of them; a later event that finds
 * the file as it was last told (vim sets the mode after it has synced what it wrote) is none. Cheaper than starting a
 * compiler on a truncated file: node takes longer than the window to start a process.
 * Nothing is ever swallowed for good: after the last write of a path it is told once more, or as it already is.
 */
export function mergeSaves(clock: Clock, tell: (path: string, atMs: number) => void): Merger {
  const closing = new AbortController();
  const told = new Map<string, string>();
  /** Path -> when its first event of this window was heard of. */
  let pending = new Map<string, number>();
  let work: Promise<void> = Promise.resolve();
  let flushed: Promise<void> = Promise.resolve();

  const flush = async () => {
    const events = [...pending];
    pending = new Map();
    const isStorm = events.length > COMPARED_FILES;
    const states = isStorm ? [] : await Promise.all(events.map(([path]) => stateOf(path)));
    if (closing.signal.aborted) return;
    if (isStorm) told.clear();
    else forgetBelow(told, new Set(events.filter((_, index) => states[index] === undefined).map(([path]) => path)));
    for (const [index, [path, atMs]] of events.entries()) {
      const state = states[index];
      if (state !== undefined && told.get(path) === state) continue;
      if (state === undefined) told.delete(path);
      else told.set(path, state);
      tell(path, atMs);
    }
  };
  const flushAfterWindow = async () => {
    await clock.sleep(WINDOW_MS, closing.signal);
    // One after the other: two readings of one file must not overtake each other.
    work = work.then(flush);
    await work;
  };

  return {
    happened(path) {
      if (closing.signal.aborted) return;
      const isFirst = pending.size === 0;
      if (!pending.has(path)) pending.set(path, clock.now());
      if (!isFirst) return;
      flushed = flushAfterWindow().catch((reason) => {
        if (!closing.signal.aborted) throw reason;
      });
    },
    isPending: (path) => pending.has(path),
    settled: () => flushed,
    close: () => closing.abort(),
  };
}

/** What was in a folder that went, or was replaced, is new when it comes back, whatever it is then. */
function forgetBelow(told: Map<string, string>, folders: ReadonlySet<string>): void {
  if (folders.size === 0) return;
  for (const path of told.keys()) {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      if (folders.has(path.slice(0, end))) told.delete(path);
    }
  }
}

/**
 * What a file is, so that any write since would make another: its times alone would not do, as two writes within one
 * tick of the kernel's clock (4 ms) bear the same; nor its content alone, as it may have been another meanwhile.
 * Undefined for what is gone, or is no file: of those every event counts.
 */
async function stateOf(path: string): Promise<string | undefined> {
  try {
    const facts = await stat(path, { bigint: true });
    if (!facts.isFile() || facts.size > COMPARED_BYTES) return undefined;
    const content = createHash("sha256").update(await readFile(path));
    return `${facts.ino} ${facts.mtimeNs} ${content.digest("hex")}`;
  } catch {
    return undefined;
  }
}
