import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { chmod, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { refused } from "./archive-member.ts";

export interface Limits {
  /** Files and folders, those that are only named by the path of another included. */
  readonly entries: number;
  /** Sum of the files' sizes. */
  readonly bytes: number;
}

export const TREE_LIMITS: Limits = { entries: 50_000, bytes: 1024 ** 3 };

/**
 * The files and folders of one tree while they come out of an archive. Paths are checked already (archive-member.ts);
 * here nothing comes twice, nothing is written through what is there, and both limits hold.
 */
export class TreeWriter {
  readonly #root: string;
  readonly #limits: Limits;
  readonly #folders = new Set<string>();
  readonly #files: { path: string; mode: number }[] = [];
  #bytes = 0;
  /** The file that is being written. */
  #descriptor: number | undefined;

  /** @param root the folder to fill; must not exist yet. */
  constructor(root: string, limits: Limits) {
    this.#root = root;
    this.#limits = limits;
    mkdirSync(root, { mode: 0o700 });
  }

  /** The files that came, by their absolute paths. */
  get files(): readonly string[] {
    return this.#files.map(({ path }) => path);
  }

  folder(path: string): void {
    if (path === "" || this.#folders.has(path)) return;
    if (path.includes("/")) this.folder(dirname(path));
    this.#count(path);
    creating(path, () => mkdirSync(join(this.#root, path), { mode: 0o700 }));
    this.#folders.add(path);
  }

  /** Begins a file, to be followed by `write` and `close`. `size` is what the archive announces of it, in bytes. */
  file(path: string, size: number, isExecutable: boolean): void {
    if (path === "") throw refused(path, "names no file");
    this.#bytes += size;
    if (this.#bytes > this.#limits.bytes) throw refused(path, `makes it larger than ${this.#limits.bytes} bytes`);
    this.folder(path.includes("/") ? dirname(path) : "");
    this.#count(path);
    const name = join(this.#root, path);
    this.#descriptor = creating(path, () => openSync(name, "wx", 0o600));
    this.#files.push({ path: name, mode: isExecutable ? 0o555 : 0o444 });
  }

  write(chunk: Uint8Array): void {
    if (this.#descriptor === undefined) throw new Error("no file was begun");
    let written = 0;
    while (written < chunk.length) written += writeSync(this.#descriptor, chunk, written);
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #count(path: string): void {
    const count = this.#files.length + this.#folders.size + 1;
    if (count > this.#limits.entries) throw refused(path, `is one more than ${this.#limits.entries} entries`);
  }

  /** Syncs the files, then takes the right to write away, innermost folders first. */
  async finish(): Promise<void> {
    for (const { path, mode } of this.#files) {
      const file = await open(path, "r");
      try {
        await file.chmod(mode);
        await file.sync();
      } finally {
        await file.close();
      }
    }
    for (const path of [...this.#folders].reverse()) await chmod(join(this.#root, path), 0o555);
    await chmod(this.#root, 0o555);
  }
}

function creating<T>(path: string, create: () => T): T {
  try {
    return create();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "EEXIST" || code === "ENOTDIR") throw refused(path, "comes twice");
    throw cause;
  }
}
