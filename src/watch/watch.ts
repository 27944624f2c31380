import { basename } from "node:path";
import { type Clock, systemClock } from "../host/clock.ts";
import type { Failure } from "../model/failure.ts";
import { isEditorsTemporary } from "../swap/route.ts";
import { CatchUp } from "./catch-up.ts";
import { FolderWatches } from "./folder-watch.ts";
import { FollowedFolder, type Surroundings } from "./followed-folder.ts";
import { countFolders, type Interest, interestsOf, type WatchedPaths } from "./interests.ts";
import { cannotWatch } from "./limits.ts";
import { type Merger, mergeSaves } from "./merge.ts";
import { isNeverASource } from "./never-sources.ts";
import { takingTurns } from "./turns.ts";

export type { WatchedPaths } from "./interests.ts";

export interface WatchHandlers {
  /**
   * A path changed, came or went. A save whose writes lie within 2 ms makes one of these, a slower one makes several,
   * the last of them after its last write. `atMs` is when it was first heard of, in milliseconds since the epoch. A
   * folder's own path stands for its removal.
   */
  onChange(path: string, atMs: number): void;
  /**
   * The system had more to tell than it keeps (`fs.inotify.max_queued_events`), so changes may have been missed. When
   * all is followed again as it is now, `onCaughtUp` comes; which files have changed meanwhile, only their content says.
   * Where there is no end to it, `onCaughtUp` comes every half a minute.
   */
  onOverflow?(): void;
  onCaughtUp?(): void;
  /** Nothing is watched any more after the first failure: half a watch would be silence that looks like peace. */
  onError(failure: Failure): void;
}

export interface WatchOptions {
  readonly clock?: Clock;
  /**
   * More to ignore: what a build writes into its own work tree, say. A folder's path stands for all below it. `is` where
   * that is known, so that nobody has to look.
   */
  readonly isIgnored?: (path: string, is?: "file" | "folder") => boolean;
}

export interface Watching {
  /** Resolves when every change is reported from here on; rejects with the Failure that `onError` gets. */
  readonly ready: Promise<void>;
  /** Watches these from now on, without a gap in what is in both. Resolves when the new ones are ready. */
  update(paths: WatchedPaths): Promise<void>;
  /** Other paths are ignored than before: what is no longer is followed and told. Resolves when all of it is. */
  rulesChanged(): Promise<void>;
  /** How many folders are watched at this moment. */
  count(): number;
  close(): Promise<void>;
}

/** Watches files and folders for changes. Editors' temporary files, `.git` and `node_modules` are passed over. */
export function watchPaths(paths: WatchedPaths, handlers: WatchHandlers, options: WatchOptions = {}): Watching {
  const watcher = new Watcher(handlers, options);
  const ready = watcher.update(paths);
  ready.catch(() => {}); // onError has it; `ready` rejects for whoever waits for it.
  return {
    ready,
    update: (wanted) => watcher.update(wanted),
    rulesChanged: () => watcher.lookAgain(),
    count: () => watcher.count,
    close: async () => watcher.close(),
  };
}

class Watcher {
  readonly #closing = new AbortController();
  readonly #followed = new Map<string, FollowedFolder>();
  #interests: ReadonlyMap<string, Interest> = new Map();
  readonly #merger: Merger;
  readonly #catchUp: CatchUp;
  readonly #around: Surroundings;
  readonly #failure: ReturnType<typeof firstFailure>;

  constructor(handlers: WatchHandlers, { clock = systemClock, isIgnored = () => false }: WatchOptions) {
    this.#merger = mergeSaves(clock, handlers.onChange);
    this.#failure = firstFailure((failed) => {
      this.close();
      handlers.onError(failed);
    });
    const [begin, end] = [() => handlers.onOverflow?.(), () => handlers.onCaughtUp?.()];
    this.#catchUp = new CatchUp({ begin, lookAgain: () => this.lookAgain(), end }, clock, this.#closing.signal);
    const onError = (path: string, error: Error) => this.#failure.from(cannotWatch(path, error, () => this.#needed()));
    const onRaw = () => this.#catchUp.queue.took();
    this.#around = {
      watches: new FolderWatches({ onError, onRaw }),
      onChange: this.#merger.happened,
      isPending: this.#merger.isPending,
      turn: takingTurns(clock),
      onForbidden: (path) => onError(path, new Error("permission denied")),
      isIgnored: (path, is) => isNeverASource(basename(path)) || isEditorsTemporary(path) || isIgnored(path, is),
    };
  }

  get count(): number {
    return this.#around.watches.count;
  }

  async update(wanted: WatchedPaths): Promise<void> {
    const interests = interestsOf(wanted);
    this.#interests = interests;
    for (const [path, folder] of this.#followed) {
      if (interests.has(path)) continue;
      this.#followed.delete(path);
      folder.close();
    }
    const ready = [...interests].map(([path, interest]) => this.#follow(path, interest));
    await Promise.race([Promise.all(ready), this.#failure.thrown]);
    await this.#failure.settled();
  }

  close(): void {
    this.#closing.abort();
    this.#merger.close();
    for (const folder of this.#followed.values()) folder.close();
    this.#followed.clear();
  }

  #follow(path: string, interest: Interest): Promise<void> {
    const known = this.#followed.get(path);
    if (known !== undefined) return known.change(interest);
    const folder = new FollowedFolder(path, interest, this.#around);
    this.#followed.set(path, folder);
    return folder.open(false);
  }

  #needed(): number {
    return countFolders(this.#interests, this.#around.isIgnored);
  }

  async lookAgain(): Promise<void> {
    for (const folder of this.#followed.values()) await folder.lookAgain();
    await this.#merger.settled();
  }
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
