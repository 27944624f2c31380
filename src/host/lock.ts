import { unlinkSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { failed, interrupted } from "../model/failure.ts";
import { type Clock, systemClock } from "./clock.ts";
import { ensureFolder } from "./files.ts";
import { isSameProcess, type ProcessIdentity, thisProcess } from "./liveness.ts";

/** Who has a lock. */
export interface Holder extends ProcessIdentity {
  /** What it does, for a person: `devenv up books`. */
  readonly command: string;
  /** ISO 8601. */
  readonly since: string;
}

export interface LockOptions {
  /** Whether to wait for the holder, or to fail at once. */
  readonly wait: boolean;
  /** What this process does, for those who wait for it. */
  readonly command?: string;
  /** Called once for each holder that is waited for. */
  readonly onWaiting?: (holder: Holder) => void;
  /** Ends the waiting (Failure `interrupted`); the body has to heed it by itself. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

/** How often a waiting process looks again. */
const LOOK_EVERY_MS = 100;

/** How long a process that died inside the guard's few instructions holds up the others. */
const GUARD_STALE_MS = 5000;

/**
 * Runs the body while no other process runs one with the same folder's lock; the lock is given back however it ends.
 *
 * The lock is a record of its holder, so a waiting process can say who it waits for, and a holder that died (killed, or
 * before a reboot) is recognised at once and not after a timeout. Reading the record and writing one's own is a short
 * section under proper-lockfile: without it, two that both saw a dead holder would both take over.
 * @throws Failure (exit code 1) naming the holder when it is taken and `wait` is false; `interrupted` on abort.
 */
export async function withLock<T>(folder: string, options: LockOptions, body: () => Promise<T>): Promise<T> {
  const release = await takeLock(folder, options);
  try {
    return await body();
  } finally {
    release();
  }
}

/** As `withLock`, for a holder whose work is not one function; gives the function that gives the lock back. */
export async function takeLock(folder: string, options: LockOptions): Promise<() => void> {
  await ensureFolder(folder);
  const path = join(folder, "lock");
  const mine: Holder = {
    ...thisProcess(),
    command: options.command ?? "devenv",
    since: new Date((options.clock ?? systemClock).now()).toISOString(),
  };
  await acquire(path, mine, options);
  // process.exit runs no `finally`; a lock that stays is taken over, but then a person would see a name of the dead.
  const release = () => {
    process.removeListener("exit", release);
    giveBack(path);
  };
  process.once("exit", release);
  return release;
}

/** The living holder of a folder's lock, if any. Takes nothing. */
export async function lockHolder(folder: string): Promise<Holder | undefined> {
  const holder = await readHolder(join(folder, "lock"));
  return holder !== undefined && isSameProcess(holder) ? holder : undefined;
}

async function acquire(path: string, mine: Holder, options: LockOptions): Promise<void> {
  const clock = options.clock ?? systemClock;
  let told: string | undefined;
  for (;;) {
    if (options.signal?.aborted) throw interrupted();
    const holder = await tryTake(path, mine);
    if (holder === undefined) return;
    if (!options.wait) throw taken(holder, path);
    const identity = `${holder.pid} ${holder.since}`;
    if (identity !== told) options.onWaiting?.(holder);
    told = identity;
    await clock.sleep(LOOK_EVERY_MS, options.signal).catch(() => {
      throw interrupted();
    });
  }
}

/** Takes the lock and gives undefined, or gives its live holder. */
async function tryTake(path: string, mine: Holder): Promise<Holder | undefined> {
  const { default: lockfile } = await import("proper-lockfile");
  const letGo = await lockfile.lock(path, {
    lockfilePath: `${path}.guard`,
    realpath: false,
    stale: GUARD_STALE_MS,
    retries: { retries: 1000, minTimeout: 5, maxTimeout: 50 },
    // Its default throws out of a timer, past every catch. The guard is held for a millisecond; a laptop that slept
    // in between has at worst a second holder of the guard, who sees this one's record.
    onCompromised: () => {},
  });
  try {
    const holder = await readHolder(path);
    if (holder !== undefined && isSameProcess(holder)) return holder;
    // Anew and readable: whoever waits, perhaps without root's rights for one that root took, has to see whose it is.
    await rm(path, { force: true });
    await writeFile(path, JSON.stringify(mine), { mode: 0o644 });
    return undefined;
  } finally {
    await letGo().catch(() => {
      // Compromised: the guard is another's by now, and not ours to remove.
    });
  }
}

/** Only the living holder removes its record, and nobody takes one over from the living: no guard is needed. */
function giveBack(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // The folder was deleted under us: there is nothing to give back.
  }
}

/** A record that cannot be read was cut off by a crash: its writer is dead, because the living write under the guard. */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, "utf8"));
    return isHolder(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isHolder(value: unknown): value is Holder {
  if (typeof value !== "object" || value === null) return false;
  const holder = value as Partial<Record<keyof Holder, unknown>>;
  return typeof holder.pid === "number" && typeof holder.command === "string" && typeof holder.since === "string";
}

/** `devenv up books (pid 123, since 14:03:07)`, in the person's own time. */
export const describeHolder = (holder: Holder): string =>
  `${holder.command} (pid ${holder.pid}, since ${new Date(holder.since).toLocaleTimeString("en-GB")})`;

const taken = (holder: Holder, path: string) =>
  failed(`${describeHolder(holder)} is at work here and holds the lock`, {
    hint: `Wait for it, or end it with \`kill ${holder.pid}\`. The lock is ${path}; a dead holder's is taken over.`,
  });
