import { afterRunning } from "../../host/running-time.ts";
import { environmentFailure, interrupted } from "../../model/failure.ts";
import { type JsonLines, openJsonLines } from "./json-lines.ts";

/** How a program that was run in the guest ended. */
export interface GuestEnd {
  /** 128 and the signal's number where a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program to be run in the guest, as root. */
export interface GuestProgram {
  /** Absolute path in the guest. */
  readonly path: string;
  readonly args?: readonly string[];
  /** Written to its standard input. */
  readonly input?: string;
}

/** How long the agent has for an answer that costs it nothing; a guest under emulation on a busy machine is slow. */
const ANSWERS_WITHIN_MS = 30_000;
/** How often it is asked whether a program has ended: it tells that of itself to nobody. */
const LOOK_EVERY_MS = 15;

/** How long is waited for the guest. */
export interface Limits {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

interface Waiting {
  readonly take: (line: string) => void;
  readonly fail: (error: Error) => void;
}

/**
 * The agent in a guest (qemu-ga), connected: it does what ssh would, without the seconds that a handshake costs under
 * emulation. It serves one command at a time. Its protocol: docs/interop/qemu-ga-ref of QEMU.
 */
export class GuestAgent {
  #lines: JsonLines | undefined;
  #waiting: Waiting | undefined;
  #hasEnded = false;

  /**
   * Connects and waits for the agent's first answer, which also tells what an earlier connection left unread.
   * @param limits how long a guest that still boots may take
   * @throws Failure (environment) where the guest does not answer in time, or QEMU has ended; `interrupted` on abort
   */
  static async open(socket: string, limits: Limits = {}): Promise<GuestAgent> {
    const agent = new GuestAgent();
    const onEnd = () => {
      agent.#hasEnded = true;
      agent.#waiting?.fail(gone());
    };
    agent.#lines = await openJsonLines(socket, { onLine: (line) => agent.#waiting?.take(line), onEnd });
    if (agent.#lines === undefined) throw gone();
    await agent.#synchronise(limits).catch((error: unknown) => {
      agent.close();
      throw error;
    });
    return agent;
  }

  /**
   * Gives a command of the agent's and its answer.
   * @throws Failure (environment) with the agent's words where it refuses
   */
  async ask(command: string, options: Readonly<Record<string, unknown>> = {}, limits: Limits = {}): Promise<unknown> {
    const line = await this.#exchange({ execute: command, arguments: options }, limits);
    return answerOf(line, command);
  }

  /** Runs a program and waits for its end. @throws Failure (environment) where it cannot be started, or not in time */
  async run(program: GuestProgram, { timeoutMs = ANSWERS_WITHIN_MS, signal }: Limits = {}): Promise<GuestEnd> {
    const { path, args, input } = program;
    const started = await this.ask(
      "guest-exec",
      {
        path,
        arg: args ?? [],
        "capture-output": true,
        ...(input !== undefined && { "input-data": Buffer.from(input).toString("base64") }),
      },
      { signal },
    );
    const deadline = performance.now() + timeoutMs;
    const { pid } = started as { readonly pid: number };
    for (;;) {
      const status = (await this.ask("guest-exec-status", { pid }, { signal })) as ExecStatus;
      if (status.exited) return endOf(status);
      if (performance.now() > deadline) throw late(path, timeoutMs);
      await pause(LOOK_EVERY_MS);
    }
  }

  /** Sets the guest's clock, in milliseconds since the epoch. */
  async setTime(ms: number): Promise<void> {
    // It is set, and then refused where the guest has no hwclock(8) to tell it to a clock that is QEMU's, and right.
    await this.ask("guest-set-time", { time: ms * 1_000_000 }).catch(() => undefined);
  }

  /** Gives a command that the agent carries out without an answer. */
  tell(command: string, options: Readonly<Record<string, unknown>> = {}): void {
    this.#lines?.send({ execute: command, arguments: options });
  }

  close(): void {
    this.#lines?.close();
  }

  /** A byte of 255 has the agent forget what it was told so far, and stands before its answer (guest-sync-delimited). */
  async #synchronise(limits: Limits): Promise<void> {
    const id = Math.floor(Math.random() * 1_000_000_000);
    const message = { execute: "guest-sync-delimited", arguments: { id } };
    const isOurs = (line: string) => answerOrNothing(line) === id;
    await this.#exchange(message, { timeoutMs: ANSWERS_WITHIN_MS, ...limits }, { before: "\xff", isOurs });
  }

  #exchange(
    message: unknown,
    { timeoutMs = ANSWERS_WITHIN_MS, signal }: Limits,
    { before, isOurs }: { readonly before?: string; readonly isOurs?: (line: string) => boolean } = {},
  ): Promise<string> {
    if (this.#hasEnded) return Promise.reject(gone());
    if (signal?.aborted) return Promise.reject(interrupted());
    return new Promise<string>((resolve, reject) => {
      const abort = () => done(() => reject(interrupted()));
      const stopPatience = afterRunning(timeoutMs, () => done(() => reject(late("the guest", timeoutMs))));
      const done = (settle: () => void) => {
        stopPatience();
        signal?.removeEventListener("abort", abort);
        this.#waiting = undefined;
        settle();
      };
      signal?.addEventListener("abort", abort, { once: true });
      const take = (line: string) => {
        if (isOurs?.(line) ?? true) done(() => resolve(line));
      };
      this.#waiting = { take, fail: (error) => done(() => reject(error)) };
      this.#lines?.send(message, before);
    });
  }
}

interface ExecStatus {
  readonly exited: boolean;
  readonly exitcode?: number;
  readonly signal?: number;
  readonly "out-data"?: string;
  readonly "err-data"?: string;
}

function endOf(status: ExecStatus): GuestEnd {
  const text = (data = "") => Buffer.from(data, "base64").toString("utf8");
  const code = status.exitcode ?? 128 + (status.signal ?? 0);
  return { code, stdout: text(status["out-data"]), stderr: text(status["err-data"]) };
}

/** What stands before the answer, bytes of 255 among it, belongs to nobody any more. */
function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(line.slice(line.lastIndexOf("\xff") + 1)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

const answerOrNothing = (line: string): unknown => parsed(line).return;

function answerOf(line: string, command: string): unknown {
  const message = parsed(line);
  if ("return" in message) return message.return;
  const { desc } = (message.error ?? {}) as { readonly desc?: string };
  throw environmentFailure(`the guest's agent refuses ${command}: ${desc ?? line}`);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const gone = () => environmentFailure("the guest's agent cannot be reached: QEMU has ended");

const late = (who: string, ms: number) => environmentFailure(`${who} did not answer within ${Math.round(ms / 1000)} s`);
