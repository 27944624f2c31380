import type { FolderWatches, Subscribed } from "./folder-watch.ts";

interface Place {
  readonly path: string;
  readonly subscriber: Parameters<FolderWatches["subscribe"]>[1];
}

/** Where it is looked for a followed folder's sake besides the folder itself, each place under a name. Often nowhere. */
export class Elsewhere {
  readonly #watches: FolderWatches;
  readonly #places = new Map<string, Place>();

  constructor(watches: FolderWatches) {
    this.#watches = watches;
  }

  has(key: string): boolean {
    return this.#places.has(key);
  }

  /** @param onEntry something happened to an entry of the folder at `path`, by name */
  async look(
    key: string,
    path: string,
    onEntry: (name: string) => void,
    onGone: () => void = () => {},
  ): Promise<Subscribed> {
    const subscriber = { onEntry, onGone };
    this.#places.set(key, { path, subscriber });
    return this.#watches.subscribe(path, subscriber);
  }

  forget(key: string): void {
    const place = this.#places.get(key);
    if (place !== undefined) this.#watches.unsubscribe(place.path, place.subscriber);
    this.#places.delete(key);
  }

  clear(): void {
    for (const key of this.#places.keys()) this.forget(key);
  }
}
