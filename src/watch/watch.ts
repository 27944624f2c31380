import { basename, dirname, resolve } from "node:path";
import { type Clock, systemClock } from "../host/clock.ts";
import type { Failure } from "../model/failure.ts";
import { isEditorsTemporary } from "../swap/route.ts";
import { FolderWatches } from "./folder-watch.ts";
import { FollowedFolder, type Interest, type Surroundings } from "./followed-folder.ts";
import { cannotWatch } from "./limits.ts";
import { mergeSaves } from "./merge.ts";
import { takingTurns } from "./turns.ts";

/** What is watched, and nothing else. Absolute paths; what is not there yet is seen when it comes. */
export interface WatchedPaths {
  /** Folders whose direct entries matter. */
  readonly folders: readonly string[];
  /** Folders that matter in their whole depth. */
  readonly trees?: readonly string[];
  /** Single files. */
  readonly files: readonly string[];
}

export interface WatchHandlers {
  /**
   * A path changed, came or went. A save whose writes lie within 5 ms makes one of these, a slower one makes several,
   * the last of them after its last write. `atMs` is when it was first heard of, in milliseconds since the epoch. A
   * folder's own path stands for its removal.
   */
  onChange(path: string, atMs: number): void;
  /** Nothing is watched any more after the first failure: half a watch would be silence that looks like peace. */
  onError(failure: Failure): void;
}

export interface WatchOptions {
  readonly clock?: Clock;
  /** More to ignore: what a build writes into its own work tree, say. A folder's path stands for all below it. */
  readonly isIgnored?: (path: string) => boolean;
}

export interface Watching {
  /** Resolves when every change is reported from here on; rejects with the Failure that `onError` gets. */
  readonly ready: Promise<void>;
  /** Watches these from now on, without a gap in what is in both. Resolves when the new ones are ready. */
  update(paths: WatchedPaths): Promise<void>;
  /** How many folders are watched at this moment. */
  count(): number;
  close(): Promise<void>;
}

/** Not sources, whoever asks: git's own files, and packages. */
const NEVER = new Set([".git", "node_modules"]);

/** Watches files and folders for changes. Editors' temporary files, `.git` and `node_modules` are passed over. */
export function watchPaths(paths: WatchedPaths, handlers: WatchHandlers, options: WatchOptions = {}): Watching {
  const clock = options.clock ?? systemClock;
  const merger = mergeSaves(clock, handlers.onChange);
  const followed = new Map<string, FollowedFolder>();
  const needed = () => watches.count;
  const failure = firstFailure((failed) => {
    close();
    handlers.onError(failed);
  });
  const watches = new FolderWatches({
    onError: (path, error) => failure.from(cannotWatch(path, error, needed)),
    onRaw: () => {},
  });
  const around: Surroundings = {
    watches,
    onChange: merger.happened,
    turn: takingTurns(clock),
    onForbidden: (path) => failure.from(cannotWatch(path, new Error("permission denied"), needed)),
    isIgnored: (path) => NEVER.has(basename(path)) || isEditorsTemporary(path) || (options.isIgnored?.(path) ?? false),
  };

  const close = () => {
    merger.close();
    for (const folder of followed.values()) folder.close();
    followed.clear();
  };
  const update = async (wanted: WatchedPaths) => {
    const interests = interestsOf(wanted);
    for (const [path, folder] of followed) {
      if (interests.has(path)) continue;
      followed.delete(path);
      folder.close();
    }
    const ready = [...interests].map(([path, interest]) => {
      const known = followed.get(path);
      if (known !== undefined) return known.change(interest);
      const folder = new FollowedFolder(path, interest, around);
      followed.set(path, folder);
      return folder.open(false);
    });
    await Promise.race([Promise.all(ready), failure.thrown]);
    await failure.settled();
  };

  const ready = update(paths);
  ready.catch(() => {}); // onError has it; `ready` rejects for whoever waits for it.
  return { ready, update, count: () => watches.count, close: async () => close() };
}

/** The first of several failures that are still being explained; the others say the same. */
function firstFailure(tell: (failure: Failure) => void) {
  let first: Promise<Failure> | undefined;
  let reject: (failure: Failure) => void = () => {};
  const thrown = new Promise<never>((_, no) => {
    reject = no;
  });
  thrown.catch(() => {});
  return {
    thrown,
    from(explaining: Promise<Failure>) {
      if (first !== undefined) return;
      first = explaining;
      void explaining.then((failure) => {
        reject(failure);
        tell(failure);
      });
    },
    /** Throws the failure that has happened, also while it is still being explained. */
    async settled() {
      if (first !== undefined) throw await first;
    },
  };
}

/** Folder -> what of it is followed. A file is a name in its folder, which sees it come, go and be replaced. */
function interestsOf(paths: WatchedPaths): Map<string, Interest> {
  const interests = new Map<string, Interest>();
  for (const file of paths.files.map((path) => resolve(path))) {
    const names = interests.get(dirname(file))?.names ?? [];
    interests.set(dirname(file), { recursive: false, names: new Set([...names, basename(file)]) });
  }
  for (const folder of paths.folders) interests.set(resolve(folder), { recursive: false, names: undefined });
  for (const tree of paths.trees ?? []) interests.set(resolve(tree), { recursive: true, names: undefined });
  return interests;
}
