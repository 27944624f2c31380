import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import type { Clock } from "../host/clock.ts";
import type { ServiceName } from "../model/names.ts";

/** While the hooks of a service ran, in milliseconds since the epoch; those that still run have no end. */
interface Run {
  readonly service: ServiceName;
  readonly beganMs: number;
  endedMs: number | undefined;
  /** What the clock that may be set was ahead of the one that never jumps by, when it ended. */
  aheadMs: number;
  /** It failed by itself. What it wrote is in no build then, and what a person saved meanwhile may have mended it. */
  isFailed: boolean;
  /** What was taken for its doing, and never was before. */
  readonly fresh: Set<string>;
}

/** A change is heard of within a moment; of what ran longer ago nothing will be heard any more. */
const KEPT_RUNS = 20;

/**
 * The times of files come from the kernel's ticks, and are that much older. What was saved right before a hook began is
 * in the build after it as well.
 */
const TICK_MS = 10;

/** A clock that is kept right moves by less; one that was set back tells the times of what ran before it once more. */
const SET_BACK_MS = 500;

/**
 * So often in a row new content of a file that a person saved before, written while hooks ran, is taken for that
 * person's. A hook that writes something else there each time would else be started again and again.
 */
const DOUBTS = 5;

/**
 * Tells what `before_build` hooks write from what a person saves: a code generator that wrote what it is made from, or
 * what another service is made of, would start itself for ever. What hooks wrote is in the build that comes after them.
 */
export class HookWrites {
  readonly #clock: Clock;
  readonly #runs: Run[] = [];
  /** Files that a person saved: the digest of what was there when it was last heard of, and the doubts since. */
  readonly #saved = new Map<string, { digest: string; doubts: number }>();
  readonly #written = new Set<string>();
  #asked:
    | { readonly path: string; readonly atMs: number | undefined; readonly writer: ServiceName | undefined }
    | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs hooks of a service. `signal` is what cancels them. */
  async during<T>(service: ServiceName, hooks: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const [beganMs, aheadMs] = [this.#clock.now(), this.#aheadMs()];
    const run: Run = { service, beganMs, aheadMs, endedMs: undefined, isFailed: false, fresh: new Set() };
    this.#runs.push(run);
    if (this.#runs.length > KEPT_RUNS) this.#runs.shift();
    try {
      return await hooks();
    } catch (thrown) {
      run.isFailed = signal?.aborted !== true;
      throw thrown;
    } finally {
      run.endedMs = this.#clock.now();
      run.aheadMs = this.#aheadMs();
    }
  }

  /** Whose hook made a change that was just heard of; undefined for a person's. Asked for each service that is made of it. */
  writerOf(path: string): ServiceName | undefined {
    const atMs = changedAt(path);
    if (atMs === undefined || path !== this.#asked?.path || atMs !== this.#asked.atMs)
      this.#asked = { path, atMs, writer: this.#writerOf(path, atMs ?? this.#clock.now()) };
    return this.#asked.writer;
  }

  #writerOf(path: string, atMs: number): ServiceName | undefined {
    const run = this.#runAt(atMs);
    const isUnsure = run?.isFailed && !this.#written.has(path);
    if (run === undefined || isUnsure || this.#isSavedMeanwhile(path)) {
      this.#isSaved(path, run !== undefined);
      return undefined;
    }
    if (!this.#written.has(path) && !this.#saved.has(path)) run.fresh.add(path);
    this.#written.add(path);
    return run.service;
  }

  /** What may have been a person's after all while hooks of the service ran that failed since: it is to be saved again. */
  takeUnsure(service: ServiceName): readonly string[] {
    const failed = this.#runs.filter((run) => run.isFailed && run.service === service);
    const paths = failed.flatMap(({ fresh }) => [...fresh]);
    for (const path of paths) this.#isSaved(path, true);
    for (const { fresh } of failed) fresh.clear();
    return paths;
  }

  #isSaved(path: string, isDoubtful: boolean): void {
    const doubts = isDoubtful ? (this.#saved.get(path)?.doubts ?? 0) + 1 : 0;
    this.#saved.set(path, { digest: digestOf(path), doubts });
    this.#written.delete(path);
  }

  /** Whether the last change of a file was a hook's. */
  isWritten(path: string): boolean {
    return this.#written.has(path);
  }

  #runAt(ms: number): Run | undefined {
    const mostAheadMs = this.#aheadMs() + SET_BACK_MS;
    return this.#runs.findLast(({ beganMs, endedMs, aheadMs }) => {
      if (beganMs - TICK_MS > ms) return false;
      return endedMs === undefined || (ms <= endedMs && aheadMs <= mostAheadMs);
    });
  }

  #aheadMs(): number {
    return this.#clock.now() - this.#clock.monotonic();
  }

  /** A file that a person saved before may be saved again while hooks run; a hook that formats it writes nothing new. */
  #isSavedMeanwhile(path: string): boolean {
    const known = this.#saved.get(path);
    return known !== undefined && known.doubts < DOUBTS && known.digest !== digestOf(path);
  }
}

/** Also of a file that was renamed into its place; undefined where there is none any more. */
const changedAt = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.ctimeMs;

function digestOf(path: string): string {
  try {
    return createHash("sha256").update(readFileSync(path)).digest("hex");
  } catch {
    return ""; // gone, or a folder
  }
}
