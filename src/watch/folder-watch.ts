import { basename } from "node:path";
import { folderIdentity } from "./folder-facts.ts";
import { type OpenFolder, openFolder } from "./inotify.ts";
import { isPollingWanted, pollFolder } from "./polling.ts";

export interface FolderSubscriber {
  /**
   * Something happened to a direct entry, by name; "" when only the folder is known. `isContent` when it was written
   * or its attributes changed, else it may have come, gone or been replaced.
   */
  onEntry(name: string, isContent: boolean): void;
  /** The name leads to another folder now, or to none. The subscription has ended. */
  onGone(): void;
}

/** `watched`: every change is reported from here on. Of the others the subscription has ended. */
export type Subscribed = "watched" | "absent" | "forbidden";

interface Spot {
  readonly path: string;
  readonly subscribers: Set<FolderSubscriber>;
  /** A promise with polling alone. */
  state: Subscribed | Promise<Subscribed>;
  /** Of the folder that is watched. */
  identity: string | undefined;
  watched: OpenFolder | undefined;
}

export interface FolderWatchEvents {
  /** A folder could not be watched, though it is there and may be read. */
  onError(path: string, error: NodeJS.ErrnoException): void;
  /** The system told something, whatever it was. */
  onRaw(): void;
}

/**
 * The watched folders, by path, each with one inotify watch. Folders alone: a watch a file costs too much (50,000
 * files: 55,001 watches, 550 MB). Nothing is held back or thrown away here: of two changes of a file within a few
 * milliseconds the second one is told, too, else a build which started on the first half of a save would stay there.
 */
export class FolderWatches {
  readonly #spots = new Map<string, Spot>();
  readonly #events: FolderWatchEvents;
  readonly #isPolling = isPollingWanted();

  constructor(events: FolderWatchEvents) {
    this.#events = events;
  }

  get count(): number {
    return this.#spots.size;
  }

  subscribe(path: string, subscriber: FolderSubscriber): Subscribed | Promise<Subscribed> {
    const spot = this.#spots.get(path) ?? this.#open(path);
    if (this.#spots.get(path) === spot) spot.subscribers.add(subscriber);
    return spot.state;
  }

  unsubscribe(path: string, subscriber: FolderSubscriber): void {
    const spot = this.#spots.get(path);
    if (spot?.subscribers.delete(subscriber) && spot.subscribers.size === 0) this.#end(spot);
  }

  /** Looks whether a watched path still leads to the folder that is watched. */
  verify(path: string): void {
    const spot = this.#spots.get(path);
    if (spot === undefined || !this.#isLost(spot)) return;
    this.#lose(spot);
    // A folder that was moved away takes along those in it, which hear nothing of it themselves; and of one that is
    // watched by two names, the system tells the end by one of them.
    for (const other of [...this.#spots.values()]) {
      const isConcerned = other.path.startsWith(`${path}/`) || other.identity === spot.identity;
      if (isConcerned && this.#isLost(other)) this.#lose(other);
    }
  }

  #isLost(spot: Spot): boolean {
    return spot.state === "watched" && folderIdentity(spot.path) !== spot.identity;
  }

  #lose(spot: Spot): void {
    const subscribers = [...spot.subscribers];
    this.#end(spot);
    for (const subscriber of subscribers) subscriber.onGone();
  }

  #open(path: string): Spot {
    const identity = folderIdentity(path);
    const spot: Spot = { path, subscribers: new Set(), state: "absent", identity, watched: undefined };
    if (identity === undefined) return spot;
    this.#spots.set(path, spot);
    spot.state = this.#isPolling ? this.#poll(spot) : this.#watch(spot);
    return spot;
  }

  #watch(spot: Spot): Subscribed {
    try {
      spot.watched = openFolder(spot.path, this.#teller(spot), (error) => this.#events.onError(spot.path, error));
    } catch (thrown) {
      return this.#failed(spot, thrown as NodeJS.ErrnoException);
    }
    return this.#begun(spot);
  }

  async #poll(spot: Spot): Promise<Subscribed> {
    spot.watched = await pollFolder(spot.path, this.#teller(spot), (error) => this.#events.onError(spot.path, error));
    if (this.#spots.get(spot.path) !== spot) this.#end(spot); // nobody wants it any more
    spot.state = this.#begun(spot);
    return spot.state;
  }

  /** The folder that was looked at is the one that is watched, or neither counts. */
  #begun(spot: Spot): Subscribed {
    if (folderIdentity(spot.path) === spot.identity) return "watched";
    this.#end(spot);
    return "absent";
  }

  #failed(spot: Spot, error: NodeJS.ErrnoException): Subscribed {
    this.#end(spot);
    if (error.code === "ENOENT") return "absent";
    if (error.code === "EACCES") return "forbidden";
    this.#events.onError(spot.path, error);
    return "forbidden";
  }

  #teller(spot: Spot) {
    const own = basename(spot.path);
    return (name: string, isContent: boolean) => {
      this.#events.onRaw();
      // The folder's own end bears its own name, as an entry of that name would.
      if (name === own || name === "") this.verify(spot.path);
      for (const subscriber of [...spot.subscribers]) subscriber.onEntry(name, isContent);
    };
  }

  #end(spot: Spot): void {
    if (this.#spots.get(spot.path) === spot) this.#spots.delete(spot.path);
    spot.subscribers.clear();
    spot.watched?.close();
    spot.watched = undefined;
  }
}
