import type { Dirent } from "node:fs";
import { lstat, readdir, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type FolderWatches, folderIdentity, type Subscription } from "./folder-watch.ts";

/** What is followed of a folder: all its direct entries, its whole depth, or some names only. */
export interface Interest {
  readonly recursive: boolean;
  readonly names: ReadonlySet<string> | undefined;
}

/** What a followed folder works with. */
export interface Surroundings {
  readonly watches: FolderWatches;
  /** An entry changed, came, or went; or the folder itself did. */
  onChange(path: string): void;
  isIgnored(path: string): boolean;
}

/**
 * One folder that is followed wherever its name leads: through a removal and a return, a rename, another target of a
 * symlink. Nothing is lost between a folder's coming and its watch: it is read once after the watch is in place.
 */
export class FollowedFolder {
  readonly path: string;
  readonly #around: Surroundings;
  #interest: Interest;
  #isClosed = false;
  #isThere = false;
  /** On the folder itself, the name of a symlink, the targets of symlinks in it, or where it is waited for. */
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #children = new Map<string, FollowedFolder>();
  /** What takes several steps is done one after the other. */
  #work: Promise<void> = Promise.resolve();

  constructor(path: string, interest: Interest, around: Surroundings) {
    this.path = path;
    this.#interest = interest;
    this.#around = around;
  }

  /** Resolves when every change is reported from here on. `isNew` tells the files that are there already, too. */
  open(isNew: boolean): Promise<void> {
    return this.#enqueue(() => this.#open(isNew));
  }

  /** Follows more, less or something else of the folder, without a gap in what is followed before and after. */
  change(interest: Interest): Promise<void> {
    this.#interest = interest;
    return this.#enqueue(async () => {
      if (!interest.recursive) this.#closeChildren();
      if (this.#isThere) await this.#read(false);
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#leave();
  }

  #enqueue(task: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(async () => {
      if (!this.#isClosed) await task();
    });
    return this.#work;
  }

  async #open(isNew: boolean): Promise<void> {
    this.#isThere = await this.#subscribe(
      this.path,
      this.path,
      (name, isContent) => this.#onEntry(name, isContent),
      () => this.#onGone(),
    );
    if (!this.#isThere) return this.#awaitReturn();
    await this.#watchOwnLink();
    await this.#read(isNew);
  }

  async #read(isNew: boolean): Promise<void> {
    // Gone meanwhile: then the subscription says so, too.
    const entries = await readdir(this.path, { withFileTypes: true }).catch(() => []);
    await Promise.all(entries.filter(({ name }) => this.#isWanted(name)).map((entry) => this.#take(entry, isNew)));
  }

  async #take(entry: Dirent, isNew: boolean): Promise<void> {
    const path = join(this.path, entry.name);
    if (entry.isDirectory()) return this.#openChild(path, isNew);
    if (isNew) this.#around.onChange(path);
    if (entry.isSymbolicLink()) await this.#watchTarget(path);
  }

  async #openChild(path: string, isNew: boolean): Promise<void> {
    if (!this.#interest.recursive || this.#children.has(path)) return;
    const child = new FollowedFolder(path, this.#interest, this.#around);
    this.#children.set(path, child);
    await child.open(isNew);
  }

  #onEntry(name: string, isContent: boolean): void {
    const path = join(this.path, name);
    if (name !== "" && !this.#isWanted(name)) return;
    this.#around.onChange(path);
    if (!isContent && name !== "") void this.#enqueue(() => this.#lookAt(path));
  }

  /** An entry came, went or was replaced: a folder of a tree, or a symlink, needs a watch of its own. */
  async #lookAt(path: string): Promise<void> {
    const facts = await lstat(path).catch(() => undefined);
    this.#subscriptions.get(path)?.close();
    this.#subscriptions.delete(path);
    if (facts?.isSymbolicLink()) await this.#watchTarget(path);
    if (facts?.isDirectory()) return this.#openChild(path, true);
    this.#children.get(path)?.close();
    this.#children.delete(path);
  }

  #onGone(): void {
    this.#around.onChange(this.path);
    void this.#reopen();
  }

  #reopen(): Promise<void> {
    return this.#enqueue(async () => {
      this.#leave();
      await this.#open(true);
    });
  }

  #isWanted(name: string): boolean {
    const { names } = this.#interest;
    if (names !== undefined && !names.has(name)) return false;
    return !this.#around.isIgnored(join(this.path, name));
  }

  /** When the folder's own name is a symlink, another target is another folder. */
  async #watchOwnLink(): Promise<void> {
    const facts = await lstat(this.path).catch(() => undefined);
    if (!facts?.isSymbolicLink()) return;
    await this.#subscribe("own link", dirname(this.path), (name) => {
      if (name === basename(this.path)) void this.#around.watches.verify(this.path);
    });
  }

  /** A file that is a symlink changes where it leads to. A folder behind a symlink is not descended into. */
  async #watchTarget(link: string): Promise<void> {
    const target = await realpath(link).catch(() => undefined);
    if (target === undefined || this.#subscriptions.has(link) || (await folderIdentity(target)) !== undefined) return;
    await this.#subscribe(link, dirname(target), (name) => {
      if (name === basename(target)) this.#around.onChange(link);
    });
  }

  /** Waits in the nearest folder above that is there, for the next one on the way. */
  async #awaitReturn(): Promise<void> {
    let next = this.path;
    while ((await folderIdentity(dirname(next))) === undefined && dirname(next) !== next) next = dirname(next);
    const retry = () => void this.#reopen();
    const isWaiting = await this.#subscribe(
      "return",
      dirname(next),
      (name) => {
        if (name === basename(next)) retry();
      },
      retry,
    );
    // It came, or the folder above went, while the watch came into place.
    if (!isWaiting || (await folderIdentity(next)) !== undefined) retry();
  }

  async #subscribe(
    key: string,
    path: string,
    onEntry: (name: string, isContent: boolean) => void,
    onGone: () => void = () => {},
  ): Promise<boolean> {
    if (this.#isClosed) return false;
    const subscription = this.#around.watches.subscribe(path, { onEntry, onGone });
    this.#subscriptions.set(key, subscription);
    return subscription.ready;
  }

  #leave(): void {
    this.#isThere = false;
    for (const subscription of this.#subscriptions.values()) subscription.close();
    this.#subscriptions.clear();
    this.#closeChildren();
  }

  #closeChildren(): void {
    for (const child of this.#children.values()) child.close();
    this.#children.clear();
  }
}
