import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { type FSWatcher, watch } from "chokidar";

export interface FolderSubscriber {
  /**
   * Something happened to a direct entry, by name; "" when only the folder is known. `isContent` when it was written
   * or its attributes changed, else it may have come, gone or been replaced.
   */
  onEntry(name: string, isContent: boolean): void;
  /** The name leads to another folder now, or to none. The subscription has ended. */
  onGone(): void;
}

export interface Subscription {
  /** True: every change is reported from here on. False: there is no such folder; the subscription has ended. */
  readonly ready: Promise<boolean>;
  close(): void;
}

interface Spot {
  readonly path: string;
  readonly subscribers: Set<FolderSubscriber>;
  ready: Promise<boolean>;
  /** Of the folder that is watched. */
  identity: string | undefined;
  watcher: FSWatcher | undefined;
}

/**
 * The watched folders, by path, each with one inotify watch. The only user of chokidar, of which it takes the `raw`
 * event of folders and has it ignore their entries, because its other events
 * - cost a watch a file (50,000 files: 55,001 watches, 550 MB), and
 * - are throttled: of two changes of a file within 50 ms the second one is never told, so that a build which started
 *   on the first half of a save would stay there.
 * Raw events are neither, and come without a stat before them.
 *
 * chokidar shares one watch among all watchers of a path in the process, also after the folder behind the path was
 * replaced, when it is deaf. So there is one watcher a path here, and when its folder is gone everybody is sent away
 * before anyone comes back.
 */
export class FolderWatches {
  readonly #spots = new Map<string, Spot>();
  readonly #onError: (path: string, error: NodeJS.ErrnoException) => void;

  /** @param onError a folder could not be watched, though it is there. */
  constructor(onError: (path: string, error: NodeJS.ErrnoException) => void) {
    this.#onError = onError;
  }

  get count(): number {
    return this.#spots.size;
  }

  subscribe(path: string, subscriber: FolderSubscriber): Subscription {
    const spot = this.#spots.get(path) ?? this.#open(path);
    spot.subscribers.add(subscriber);
    const close = () => {
      spot.subscribers.delete(subscriber);
      if (spot.subscribers.size === 0) this.#end(spot);
    };
    return { ready: spot.ready, close };
  }

  /** Looks whether a watched path still leads to the folder that is watched. */
  async verify(path: string): Promise<void> {
    const spot = this.#spots.get(path);
    if (spot === undefined || !(await spot.ready)) return;
    if ((await folderIdentity(path)) === spot.identity || this.#spots.get(path) !== spot) return;
    const subscribers = [...spot.subscribers];
    this.#end(spot);
    for (const subscriber of subscribers) subscriber.onGone();
    // A folder that was moved away takes along those in it, which hear nothing of it themselves.
    for (const below of [...this.#spots.keys()].filter((other) => other.startsWith(`${path}/`))) {
      void this.verify(below);
    }
  }

  #open(path: string): Spot {
    const spot: Spot = {
      path,
      subscribers: new Set(),
      ready: Promise.resolve(false),
      identity: undefined,
      watcher: undefined,
    };
    this.#spots.set(path, spot);
    spot.ready = this.#begin(spot);
    return spot;
  }

  async #begin(spot: Spot): Promise<boolean> {
    spot.identity = await folderIdentity(spot.path);
    if (spot.identity !== undefined && this.#spots.get(spot.path) === spot) {
      spot.watcher = this.#watch(spot);
      await new Promise<void>((resolve) => spot.watcher?.once("ready", resolve));
    }
    // The folder that was looked at is the one that is watched, or neither counts.
    if (spot.identity !== undefined && (await folderIdentity(spot.path)) === spot.identity) return true;
    this.#end(spot);
    return false;
  }

  #watch(spot: Spot): FSWatcher {
    const onEntry = (name: string, isContent: boolean) => {
      // The folder's own end bears its own name, as an entry of that name would.
      if (name === basename(spot.path) || name === "") void this.verify(spot.path);
      for (const subscriber of [...spot.subscribers]) subscriber.onEntry(name, isContent);
    };
    const watcher = watch(spot.path, {
      ignoreInitial: true,
      atomic: false,
      depth: 0,
      ignored: (entry) => entry !== spot.path && !isPolling(watcher),
    });
    watcher.on("raw", (event, name) => {
      if (!isPolling(watcher)) onEntry(name ?? "", event === "change");
    });
    // A file system without inotify (9p, NFS): CHOKIDAR_USEPOLLING=1, and chokidar's own events.
    watcher.on("all", (event, entry) => {
      if (isPolling(watcher)) onEntry(basename(entry), event === "change");
    });
    watcher.on("error", (error) => this.#onError(spot.path, error as NodeJS.ErrnoException));
    return watcher;
  }

  #end(spot: Spot): void {
    if (this.#spots.get(spot.path) === spot) this.#spots.delete(spot.path);
    spot.subscribers.clear();
    // Its inotify watch is gone when this returns; the promise is of what else chokidar may hold.
    void spot.watcher?.close();
  }
}

/** chokidar reads the variable itself. */
const isPolling = (watcher: FSWatcher): boolean => watcher.options.usePolling;

/** Of the folder that a name leads to; undefined when there is none. */
export const folderIdentity = (path: string): Promise<string | undefined> =>
  stat(path).then(
    (facts) => (facts.isDirectory() ? `${facts.dev}:${facts.ino}` : undefined),
    () => undefined,
  );
