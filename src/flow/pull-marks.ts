import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Clock } from "../host/clock.ts";
import { withoutLinks } from "../host/files.ts";
import type { PullEvent } from "../model/repository.ts";

/** When a repository was fast-forwarded, in milliseconds since the epoch. */
interface Run {
  readonly beganMs: number;
  readonly endedMs: number;
}

interface Line {
  readonly repo: string;
  readonly is: "begun" | "ended";
  readonly atMs: number;
}

/** The times of files come from the kernel's ticks, and are that much older. */
const TICK_MS = 10;
/** The clock tells whole milliseconds, files parts of them. */
const PART_MS = 1;
/** A pull that was killed in the middle has no end: nothing is its doing for longer. */
const UNENDED_MS = 10_000;
/** A longer file is begun anew: only what was just pulled is asked about. */
const MOST_BYTES = 64 * 1024;

/**
 * Tells what a pull writes into work trees from what a person saves there. In the cluster's folder, because the one who
 * pulls (`devenv pull-all` in a terminal) and the one who hears of the changes (`devenv watch`) may be two processes.
 */
export class PullMarks {
  readonly #folder: string;
  readonly #clock: Pick<Clock, "now">;
  readonly #begun = new Set<string>();
  #known: { readonly version: string; readonly runs: ReadonlyMap<string, readonly Run[]> } | undefined;

  constructor(clusterFolder: string, clock: Pick<Clock, "now">) {
    this.#folder = clusterFolder;
    this.#clock = clock;
  }

  /** A listener to a pull that marks its fast-forwards. Of a cluster that never ran nothing is marked. */
  hear(event: PullEvent): void {
    if (event.type === "doing" && event.doing === "fast-forwarding") {
      this.#begun.add(event.tree.path);
      this.#write(event.tree.path, "begun");
    }
    if (event.type === "ended" && this.#begun.delete(event.result.tree.path))
      this.#write(event.result.tree.path, "ended");
  }

  /** The pull is over, however it ended. */
  over(): void {
    for (const repo of this.#begun) this.#write(repo, "ended");
    this.#begun.clear();
  }

  /** Whether the last change of a path, which was just heard of, was made by a pull. At once: a save waits for it. */
  isPulled(path: string): boolean {
    const runs = this.#runs();
    if (runs.size === 0) return false;
    const real = withoutLinks(path);
    const atMs = changedAt(real);
    if (atMs === undefined) return false;
    return [...runs].some(
      ([repo, its]) =>
        real.startsWith(`${repo}/`) &&
        its.some(({ beganMs, endedMs }) => beganMs - TICK_MS <= atMs && atMs < endedMs + PART_MS),
    );
  }

  #write(repo: string, is: Line["is"]): void {
    if (!existsSync(this.#folder)) return;
    const line = `${JSON.stringify({ repo, is, atMs: this.#clock.now() } satisfies Line)}\n`;
    try {
      const isLong = (statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0) > MOST_BYTES;
      if (isLong) writeFileSync(this.#file, line);
      else appendFileSync(this.#file, line);
    } catch {
      // A folder of another user's, a full disk: then what is pulled counts as saved, and the pull goes on.
    }
  }

  get #file(): string {
    return join(this.#folder, "pulls.ndjson");
  }

  #runs(): ReadonlyMap<string, readonly Run[]> {
    const facts = statSync(this.#file, { throwIfNoEntry: false });
    const version = `${facts?.ino} ${facts?.size} ${facts?.mtimeMs}`;
    if (this.#known?.version !== version) {
      this.#known = { version, runs: facts === undefined ? new Map() : runsIn(readFileSync(this.#file, "utf8")) };
    }
    return this.#known.runs;
  }
}

function runsIn(text: string): Map<string, Run[]> {
  const runs = new Map<string, Run[]>();
  for (const { repo, is, atMs } of text.split("\n").flatMap(parsed)) {
    const its = runs.get(repo) ?? [];
    const last = its.at(-1);
    if (is === "begun") its.push({ beganMs: atMs, endedMs: atMs + UNENDED_MS });
    else if (last !== undefined) its[its.length - 1] = { ...last, endedMs: atMs };
    runs.set(repo, its);
  }
  return runs;
}

/** None for a line that a full disk cut off. */
function parsed(line: string): Line[] {
  try {
    return [JSON.parse(line) as Line];
  } catch {
    return [];
  }
}

/** Of a path that is gone, when the nearest folder that is not was changed: by its removal, if by nothing since. */
function changedAt(path: string): number | undefined {
  const own = statSync(path, { throwIfNoEntry: false })?.ctimeMs;
  return own ?? (dirname(path) === path ? undefined : changedAt(dirname(path)));
}
