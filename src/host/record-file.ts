import { type FileHandle, open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { ensureFolder, readText, writeAtomic } from "./files.ts";
import { type LockOptions, withLock } from "./lock.ts";

/** What the lines of a file of records are. */
export interface RecordKind<T> {
  /** Undefined for a line that is none: cut off by a power cut, or written by hand. */
  parse(value: unknown): T | undefined;
  readonly idOf: (record: T) => string;
  /** Of two lines of one record, the one that holds. It must not depend on their order: two writers may mix it up. */
  readonly later: (one: T, other: T) => T;
}

export interface RecordFileOptions {
  /** A folder for the lock of who makes the file shorter. */
  readonly lock: string;
  /** Of a longer file the older records are dropped, until it is half as long. */
  readonly maxBytes: number;
}

/**
 * A file of records as lines of JSON, of which each is appended in one piece, so that a kill leaves whole lines. A line
 * of the same identity takes the place of the one before it when the file is read. Several processes may write it.
 */
export class RecordFile<T> {
  readonly #path: string;
  readonly #kind: RecordKind<T>;
  readonly #options: RecordFileOptions;
  #file: FileHandle | undefined;
  #work: Promise<unknown> = Promise.resolve();

  constructor(path: string, kind: RecordKind<T>, options: RecordFileOptions) {
    this.#path = path;
    this.#kind = kind;
    this.#options = options;
  }

  /** Every record once, the oldest first; none where there is no file. */
  async read(): Promise<T[]> {
    return [...this.#parsed((await readText(this.#path)) ?? "").values()];
  }

  /**
   * Appends records in the order of the calls.
   * @throws what the system says when they cannot be written
   */
  append(records: readonly T[]): Promise<void> {
    const done = this.#work.then(() => this.#append(records));
    // What is half written is seen to when the file is opened again.
    this.#work = done.catch(() => this.#letGo().catch(() => undefined));
    return done;
  }

  /** Resolves when all that was appended is written. */
  async close(): Promise<void> {
    await this.#work;
    await this.#letGo();
  }

  async #letGo(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #append(records: readonly T[]): Promise<void> {
    const text = records.map((record) => `${JSON.stringify(record)}\n`).join("");
    for (;;) {
      this.#file ??= await this.#open();
      await this.#file.appendFile(text);
      const { ino, size } = await this.#file.stat();
      // Made shorter by another, or deleted, since it was opened: these lines may be in a file that nobody reads.
      const isThere = await stat(this.#path).then(
        (now) => now.ino === ino,
        () => false,
      );
      if (isThere) return size > this.#options.maxBytes ? this.#shorten() : undefined;
      await this.#letGo();
    }
  }

  /** A last line without its end, as a full disk leaves it, must not swallow the next one. */
  async #open(): Promise<FileHandle> {
    await ensureFolder(dirname(this.#path));
    const file = await open(this.#path, "a+", 0o600);
    const { size } = await file.stat();
    const { buffer } = await file.read({ buffer: Buffer.alloc(1), position: Math.max(0, size - 1) });
    if (size > 0 && buffer.toString() !== "\n") await file.appendFile("\n");
    return file;
  }

  /** By a rename. Who holds the old file sees that, and what they wrote since it was read is brought over. */
  async #shorten(): Promise<void> {
    const { lock, maxBytes } = this.#options;
    const options: LockOptions = { wait: true, command: "devenv" };
    await withLock(lock, options, async () => {
      const old = await open(this.#path, "r");
      try {
        const text = await old.readFile("utf8");
        if (Buffer.byteLength(text) <= maxBytes) return; // another was first
        await writeAtomic(this.#path, this.#newest(text, maxBytes / 2));
        const meanwhile = await old.readFile("utf8");
        if (meanwhile === "") return;
        const file = await open(this.#path, "a");
        await file.appendFile(meanwhile).finally(() => file.close());
      } finally {
        await old.close();
      }
    });
    await this.#letGo();
  }

  #newest(text: string, maxBytes: number): string {
    const kept: string[] = [];
    let bytes = 0;
    for (const record of [...this.#parsed(text).values()].reverse()) {
      const line = `${JSON.stringify(record)}\n`;
      bytes += Buffer.byteLength(line);
      if (bytes > maxBytes) break;
      kept.unshift(line);
    }
    return kept.join("");
  }

  /** By identity, in the order in which they came up first. */
  #parsed(text: string): Map<string, T> {
    const records = new Map<string, T>();
    for (const line of text.split("\n")) {
      const record = this.#kind.parse(parsed(line));
      if (record === undefined) continue;
      const id = this.#kind.idOf(record);
      const known = records.get(id);
      records.set(id, known === undefined ? record : this.#kind.later(known, record));
    }
    return records;
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
