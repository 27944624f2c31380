import type { Dirent } from "node:fs";
import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Elsewhere } from "./elsewhere.ts";
import { entriesOf, factsOf, folderIdentity } from "./folder-facts.ts";
import type { FolderSubscriber, FolderWatches, Subscribed } from "./folder-watch.ts";
import type { Interest } from "./interests.ts";

/** What a followed folder works with. */
export interface Surroundings {
  readonly watches: FolderWatches;
  /** An entry changed, came, or went; or the folder itself did. */
  onChange(path: string): void;
  isIgnored(path: string, is?: "file" | "folder"): boolean;
  /** A change of this path was told, and is not passed on yet: one save is several events. */
  isPending(path: string): boolean;
  /** Resolves at once, or when others had their turn: a large tree is opened in one go otherwise. */
  turn(): Promise<void> | undefined;
  /** A folder that is there may not be read. */
  onForbidden(path: string): void;
}

/**
 * One folder that is followed wherever its name leads: through a removal and a return, a rename, another target of a
 * symlink. Nothing is lost between a folder's coming and its watch: it is read once after the watch is in place.
 * There may be thousands: what is only needed now and then is made then.
 */
export class FollowedFolder implements FolderSubscriber {
  readonly path: string;
  readonly #around: Surroundings;
  readonly #parent: FollowedFolder | undefined;
  #interest: Interest;
  #isClosed = false;
  #state: Subscribed = "absent";
  /** By the name of a symlink, the targets of symlinks in it, or where it is waited for. */
  #elsewhere: Elsewhere | undefined;
  #children: Map<string, FollowedFolder> | undefined;
  /** What takes several steps is done one after the other. */
  #work: Promise<void> | undefined;

  /** @param parent which tells of this folder's coming and going; undefined where it has to be found out here */
  constructor(path: string, interest: Interest, around: Surroundings, parent?: FollowedFolder) {
    this.path = path;
    this.#interest = interest;
    this.#around = around;
    this.#parent = parent;
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
      if (this.#state === "watched") await this.#read(false);
    });
  }

  /**
   * Looks at everything as it is now, because what happened may not have been told. New folders are followed and their
   * files told; which of the files that were there before have changed is the caller's to find out.
   */
  async lookAgain(): Promise<void> {
    this.#around.watches.verify(this.path);
    await this.#enqueue(async () => {
      if (this.#state !== "watched") return this.#open(true);
      this.#elsewhere?.clear();
      await this.#watchOwnLink();
      for (const path of this.#children?.keys() ?? []) {
        const isThere = factsOf(path)?.isDirectory();
        if (isThere && this.#isWanted(path, "folder")) continue;
        if (!isThere) this.#around.onChange(path);
        this.#forgetChild(path);
      }
      await this.#read(false, true);
    });
    await Promise.all([...(this.#children?.values() ?? [])].map((child) => child.lookAgain()));
  }

  close(): void {
    this.#isClosed = true;
    this.#leave();
  }

  onEntry(name: string, isContent: boolean): void {
    const path = join(this.path, name);
    // Whether it is ignored takes rules and looks at the disk: it is asked once a save.
    if (name !== "" && !this.#around.isPending(path) && !this.#isWanted(path)) return;
    this.#around.onChange(path);
    if (name === "") return;
    if (!isContent || this.#children?.get(path)?.isForbidden) void this.#enqueue(() => this.#lookAt(path));
  }

  onGone(): void {
    this.#around.onChange(this.path);
    void this.#enqueue(() => this.#open(true));
  }

  /** It is there, and may not be read: what is told by the folder that it is in. */
  get isForbidden(): boolean {
    return this.#state === "forbidden";
  }

  #enqueue(task: () => Promise<void>): Promise<void> {
    const work = this.#after(this.#work, task);
    this.#work = work;
    return work;
  }

  async #after(before: Promise<void> | undefined, task: () => Promise<void>): Promise<void> {
    await before;
    await this.#around.turn();
    if (!this.#isClosed) await task();
  }

  async #open(isNew: boolean): Promise<void> {
    this.#leave();
    this.#state = await this.#around.watches.subscribe(this.path, this);
    if (this.#isClosed) return this.#leave();
    switch (this.#state) {
      case "watched":
        await this.#watchOwnLink();
        return this.#read(isNew);
      case "absent":
        // The folder around it is followed, and tells when it is back.
        return this.#parent === undefined ? this.#awaitReturn() : undefined;
      case "forbidden":
        // No build of this user reads it either; in a tree that is no reason to end.
        if (this.#parent === undefined) this.#around.onForbidden(this.path);
        return;
      default:
        return this.#state satisfies never;
    }
  }

  /** @param areFoldersNew tells what is in the folders that are not followed yet, though not the files here */
  async #read(isNew: boolean, areFoldersNew = isNew): Promise<void> {
    for (const entry of entriesOf(this.path)) {
      const path = join(this.path, entry.name);
      if (!entry.isDirectory()) await this.#take(entry, path, isNew);
      else if (this.#isWanted(path, "folder")) await this.#openChild(path, areFoldersNew);
    }
  }

  /** Of what is no folder; a file that was there before is only told by its changes. */
  async #take(entry: Dirent, path: string, isNew: boolean): Promise<void> {
    const isLink = entry.isSymbolicLink();
    if ((!isNew && !isLink) || !this.#isWanted(path, isLink ? undefined : "file")) return;
    if (isNew) this.#around.onChange(path);
    if (isLink) await this.#watchTarget(path);
  }

  async #openChild(path: string, isNew: boolean): Promise<void> {
    if (!this.#interest.recursive || this.#children?.has(path)) return;
    const child = new FollowedFolder(path, this.#interest, this.#around, this);
    this.#children ??= new Map();
    this.#children.set(path, child);
    await child.open(isNew);
  }

  /** An entry came, went or was replaced: a folder of a tree, or a symlink, needs a watch of its own. */
  async #lookAt(path: string): Promise<void> {
    const facts = factsOf(path);
    this.#elsewhere?.forget(path);
    if (facts?.isSymbolicLink()) await this.#watchTarget(path);
    if (!facts?.isDirectory()) return this.#forgetChild(path);
    const child = this.#children?.get(path);
    return child === undefined ? this.#openChild(path, true) : child.#comeBack();
  }

  #comeBack(): Promise<void> {
    return this.#enqueue(async () => {
      if (this.#state !== "watched") await this.#open(true);
    });
  }

  #isWanted(path: string, is?: "file" | "folder"): boolean {
    const { names } = this.#interest;
    if (names !== undefined && !names.has(basename(path))) return false;
    return !this.#around.isIgnored(path, is);
  }

  /** When the folder's own name is a symlink, another target is another folder. */
  async #watchOwnLink(): Promise<void> {
    if (this.#parent !== undefined || !factsOf(this.path)?.isSymbolicLink()) return;
    await this.#lookElsewhere("own link", dirname(this.path), (name) => {
      if (name === basename(this.path)) this.#around.watches.verify(this.path);
    });
  }

  /** A file that is a symlink changes where it leads to. A folder behind a symlink is not descended into. */
  async #watchTarget(link: string): Promise<void> {
    const target = await realpath(link).catch(() => undefined);
    if (target === undefined || this.#elsewhere?.has(link) || folderIdentity(target) !== undefined) return;
    await this.#lookElsewhere(link, dirname(target), (name) => {
      if (name === basename(target)) this.#around.onChange(link);
    });
  }

  /** Waits in the nearest folder above that is there, for the next one on the way. */
  async #awaitReturn(): Promise<void> {
    let next = this.path;
    while (folderIdentity(dirname(next)) === undefined && dirname(next) !== next) next = dirname(next);
    const retry = () => void this.#enqueue(() => this.#open(true));
    const state = await this.#lookElsewhere(
      "return",
      dirname(next),
      (name) => {
        if (name === basename(next)) retry();
      },
      retry,
    );
    // It came, or the folder above went, while the watch came into place.
    if (state === "forbidden") this.#around.onForbidden(dirname(next));
    else if (state === "absent" || folderIdentity(next) !== undefined) retry();
  }

  async #lookElsewhere(...look: Parameters<Elsewhere["look"]>): Promise<Subscribed> {
    if (this.#isClosed) return "watched"; // nobody asks any more
    this.#elsewhere ??= new Elsewhere(this.#around.watches);
    return this.#elsewhere.look(...look);
  }

  #leave(): void {
    this.#state = "absent";
    this.#around.watches.unsubscribe(this.path, this);
    this.#elsewhere?.clear();
    this.#closeChildren();
  }

  #forgetChild(path: string): void {
    this.#children?.get(path)?.close();
    this.#children?.delete(path);
  }

  #closeChildren(): void {
    for (const child of this.#children?.values() ?? []) child.close();
    this.#children = undefined;
  }
}
