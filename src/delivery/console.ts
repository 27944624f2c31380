import type { Attached, Daemon, LogLine } from "../docker/daemon.ts";
import { type ArtifactDigest, type ContainerId, shortDigest } from "../model/names.ts";
import type { Service } from "../model/profile.ts";
import { readyLine } from "./ready-line.ts";
import { type Ended, RESTART, type Said, type Started, supervisorOf } from "./supervisor-words.ts";

/** A container's live output, and what its supervisor says in it. */
export interface Console {
  readonly container: ContainerId;
  /**
   * Resolves when the program that runs now has ended, or the stream has (the container ended, or the signal came). The
   * container of one that ended soon after a restart goes on for a moment: the next start has an end of its own.
   */
  readonly ended: Promise<Ended>;
  /** Resolves when the stream has ended: no line will come any more. */
  readonly closed: Promise<void>;
  readonly isOpen: boolean;
  /** The place after the newest line; `linesSince` gives what came after it. */
  mark(): number;
  /** The place where the program that runs now began. */
  readonly lastStart: number;
  /** Lines after a mark, of the newest 200. */
  linesSince(mark: number): readonly LogLine[];
  /**
   * The next start from now on, of this artifact when one is given; undefined when the stream ends before. After a
   * HUP that was sent when its pointer had moved, it tells that every answer from now on is the new program's.
   */
  nextStart(digest?: ArtifactDigest): Promise<Started | undefined>;
  /** What the program says from here on is a new start's, where no supervisor tells it: it is sent a signal, say. */
  startsAnew(): void;
  /**
   * Tells the supervisor to end the program and start it anew, as a HUP does, in a tenth of its time: Docker starts a
   * process for each signal. False where there is no supervisor that takes orders: a HUP it has to be.
   */
  orderRestart(): boolean;
  /** Resolves when it has said, since its last start, the line that its readiness is told by; never, if it does not. */
  untilReady(): Promise<void>;
  close(): void;
}

/** How many lines are kept. */
const KEPT = 200;

/** Attaches to a container, running or not; its output from now on is followed until it ends or the signal comes. */
export async function openConsole(
  daemon: Daemon,
  container: ContainerId,
  service: Pick<Service, "name" | "ready">,
  signal: AbortSignal,
): Promise<Console> {
  const closing = new AbortController();
  const attached = await daemon.attach(container, service.name, AbortSignal.any([signal, closing.signal]));
  // Asked after: what runs now is what the stream is of.
  const found = await inputOf(daemon, container);
  return new AttachedConsole(container, service, attached, found, closing);
}

interface Input {
  readonly hasInput: boolean;
  readonly isRunning: boolean;
}

async function inputOf(daemon: Daemon, container: ContainerId): Promise<Input> {
  try {
    const { state, hasInput } = await daemon.inspect(container);
    return { hasInput, isRunning: state === "running" };
  } catch {
    return { hasInput: false, isRunning: false }; // Whoever needs it next is told why.
  }
}

interface Waiter {
  readonly digest: string | undefined;
  readonly resolve: (started: Started | undefined) => void;
}

class AttachedConsole implements Console {
  readonly container: ContainerId;
  readonly closed: Promise<void>;
  isOpen = true;
  lastStart = 0;
  readonly #closing: AbortController;
  readonly #attached: Attached;
  readonly #hasInput: boolean;
  /** An order to a container that does not run would wait for its start, and then restart what has just started. */
  #isRunning: boolean;
  readonly #said: (line: LogLine) => Said | undefined;
  readonly #isReady: (text: string) => boolean;
  /** The line that said so, since its last start. */
  #readyLine: LogLine | undefined;
  #awaiting: (() => void)[] = [];
  #end = pending<Ended>();
  /** The program has ended, and no other was started yet. */
  #isOver = false;
  #ring: readonly LogLine[] = [];
  /** Lines that came in all, the ring's included. */
  #count = 0;
  #waiters: Waiter[] = [];

  constructor(
    container: ContainerId,
    service: Pick<Service, "name" | "ready">,
    attached: Attached,
    { hasInput, isRunning }: Input,
    closing: AbortController,
  ) {
    this.container = container;
    this.#attached = attached;
    this.#hasInput = hasInput;
    this.#isRunning = isRunning;
    this.#closing = closing;
    this.#said = supervisorOf(service.name);
    this.#isReady = readyLine(service);
    this.closed = this.#follow();
  }

  get ended(): Promise<Ended> {
    return this.#end.promise;
  }

  mark(): number {
    return this.#count;
  }

  linesSince(mark: number): readonly LogLine[] {
    const fresh = Math.min(this.#count - mark, this.#ring.length, KEPT);
    return fresh <= 0 ? [] : this.#ring.slice(-fresh);
  }

  nextStart(digest?: ArtifactDigest): Promise<Started | undefined> {
    if (!this.isOpen) return Promise.resolve(undefined);
    const short = digest === undefined ? undefined : shortDigest(digest);
    this.#readyLine = undefined;
    return new Promise((resolve) => this.#waiters.push({ digest: short, resolve }));
  }

  startsAnew(): void {
    this.lastStart = this.#count;
    this.#readyLine = undefined;
  }

  orderRestart(): boolean {
    if (!this.#hasInput || !this.#isRunning || !this.isOpen) return false;
    this.#attached.write(RESTART);
    return true;
  }

  untilReady(): Promise<void> {
    if (this.#readyLine !== undefined) return Promise.resolve();
    return new Promise((resolve) => this.#awaiting.push(resolve));
  }

  close(): void {
    this.#closing.abort();
  }

  async #follow(): Promise<void> {
    try {
      for await (const lines of this.#attached) this.#take(lines);
    } catch {
      // A daemon that went away ends the stream as well; who needs it next says so in its own words.
    } finally {
      this.isOpen = false;
      this.#end.resolve({ code: undefined });
      for (const { resolve } of this.#waiters.splice(0)) resolve(undefined);
    }
  }

  #take(lines: readonly LogLine[]): void {
    this.#ring = lines.length < KEPT ? [...this.#ring, ...lines].slice(-KEPT) : lines.slice(-KEPT);
    for (const line of lines) {
      this.#count++;
      const said = this.#said(line);
      if (said === undefined) this.#heed(line);
      else if ("code" in said) this.#hasEnded(said);
      else this.#started(said, line);
    }
  }

  #heed(line: LogLine): void {
    if (this.#readyLine !== undefined || !this.#isReady(line.text)) return;
    this.#readyLine = line;
    for (const wake of this.#awaiting.splice(0)) wake();
  }

  #hasEnded(ended: Ended): void {
    this.#isOver = true;
    this.#end.resolve(ended);
  }

  #started(started: Started, { stream }: LogLine): void {
    if (this.#isOver) this.#end = pending();
    this.#isOver = false;
    this.#isRunning = true;
    this.lastStart = this.#count;
    // What the new program says on the other stream may arrive before the word of its start.
    if (this.#readyLine?.stream === stream) this.#readyLine = undefined;
    const isMeant = ({ digest }: Waiter) => digest === undefined || digest === started.digest;
    const meant = this.#waiters.filter(isMeant);
    this.#waiters = this.#waiters.filter((waiter) => !isMeant(waiter));
    for (const { resolve } of meant) resolve(started);
  }
}

interface Pending<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

function pending<T>(): Pending<T> {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
