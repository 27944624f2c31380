import { chmodSync, closeSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Snapshot } from "./file-index.ts";
import type { Look } from "./file-look.ts";

/** A moment on the clock that files bear, which is coarser than the system's and behind it. */
export interface FileMoment {
  readonly fileMs: number;
  /** The same moment on the clock that never jumps. */
  readonly monotonicMs: number;
}

/** How far the two clocks may drift apart before someone must have set one of them. */
const DRIFT_MS = 1000;

/** This moment, as a file bears it that is touched now in this folder, which is made where it is not there. */
export function fileMoment(folder: string): FileMoment {
  const file = join(folder, ".clock");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  closeSync(openSync(file, "a", 0o600));
  chmodSync(file, 0o600);
  return { fileMs: statSync(file).ctimeMs, monotonicMs: performance.now() };
}

/** Whether no clock was set between two moments. */
export const isSteady = (then: FileMoment, now: FileMoment): boolean =>
  Math.abs(now.fileMs - then.fileMs - (now.monotonicMs - then.monotonicMs)) < DRIFT_MS;

/** What is compared: what is there now, with a moment, and with what was there soon after it, where that is known. */
export interface Comparison {
  readonly since: FileMoment;
  readonly then: Snapshot | undefined;
  readonly now: Snapshot;
  /** Folders from here up are looked at no more: nobody moves them with a service in them. */
  readonly top: string;
}

/**
 * The first path that may be another than it was at a moment; undefined when all is certainly as it was then. What is in
 * `then` is compared with it; of all else, its times and those of the folders above it must be older than the moment. A
 * tick of the file system's clock counts as a change: nothing tells what came before what in it.
 */
export function changedSince({ since, then, now, top }: Comparison): string | undefined {
  for (const [path, look] of now.files) {
    const before = then?.files.get(path);
    if (before === undefined ? !isOlder(look, since) : !isSame(before, look, since)) return path;
  }
  const [namesThen, namesNow] = [namesByFolder(then), namesByFolder(now)];
  for (const folder of now.folders) {
    const isCompared = then?.folders.has(folder) && namesThen.get(folder) === namesNow.get(folder);
    if (!isCompared && !isFolderOlder(folder, since, top)) return folder;
  }
  return undefined;
}

/** What is not there has no times: whether it was there its folder tells. */
const isOlder = ({ facts }: Look, { fileMs }: FileMoment): boolean => facts === undefined || facts.ctimeMs < fileMs;

/** Its mode may have been set since, as vim does after it has written; whoever writes sets the time of writing, too. */
function isSame(before: Look, now: Look, { fileMs }: FileMoment): boolean {
  if (before.is !== now.is || before.content !== now.content) return false;
  const [then, facts] = [before.facts, now.facts];
  if (then === undefined || facts === undefined) return then === facts;
  return then.ino === facts.ino && then.mtimeMs === facts.mtimeMs && facts.mtimeMs < fileMs;
}

function isFolderOlder(folder: string, since: FileMoment, top: string): boolean {
  const facts = statSync(folder, { throwIfNoEntry: false });
  if (facts !== undefined && facts.ctimeMs >= since.fileMs) return false;
  return folder.startsWith(`${top}/`) ? isFolderOlder(dirname(folder), since, top) : true;
}

function namesByFolder(snapshot: Snapshot | undefined): Map<string, string> {
  const names = new Map<string, string>();
  for (const [path, { is }] of snapshot?.files ?? []) {
    if (is === "absent") continue;
    const folder = dirname(path);
    names.set(folder, `${names.get(folder) ?? ""}\0${path}`);
  }
  return names;
}
