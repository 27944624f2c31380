import { environmentFailure, interrupted } from "../../model/failure.ts";
import { type JsonLines, openJsonLines } from "./json-lines.ts";

/** What QEMU tells by itself: `STOP`, `MIGRATION`, `SHUTDOWN`. */
export interface QmpEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A line of QEMU's monitor, understood (docs/interop/qmp-spec.txt of QEMU). */
export type QmpMessage =
  | { readonly kind: "greeting" }
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown }
  | { readonly kind: "refusal"; readonly id: number | undefined; readonly words: string }
  | ({ readonly kind: "event" } & QmpEvent)
  | { readonly kind: "noise" };

/** Reads a line of the monitor; what it does not know is noise. */
export function readQmp(line: string): QmpMessage {
  const message = parsed(line);
  if ("QMP" in message) return { kind: "greeting" };
  const id = typeof message.id === "number" ? message.id : undefined;
  if (typeof message.event === "string") return { kind: "event", event: message.event, data: asObject(message.data) };
  if ("error" in message) return { kind: "refusal", id, words: String(asObject(message.error).desc ?? "refused") };
  return "return" in message && id !== undefined ? { kind: "answer", id, value: message.return } : { kind: "noise" };
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    return asObject(JSON.parse(line));
  } catch {
    return {};
  }
}

const asObject = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** QEMU's monitor, connected. */
export class Qmp {
  readonly #pending = new Map<number, Pending>();
  readonly #heard: QmpEvent[] = [];
  #look: (() => void) | undefined;
  #lines: JsonLines | undefined;
  #next = 1;
  #hasEnded = false;

  /** Undefined where nobody listens at the socket: QEMU has not made it yet, or has ended. */
  static async open(socket: string): Promise<Qmp | undefined> {
    const qmp = new Qmp();
    const onLine = (line: string) => qmp.#take(readQmp(line));
    qmp.#lines = await openJsonLines(socket, { onLine, onEnd: () => qmp.#end() });
    if (qmp.#lines === undefined) return undefined;
    await qmp.ask("qmp_capabilities");
    return qmp;
  }

  /**
   * Gives a command and its answer.
   * @param command as QEMU's QMP reference names it
   * @throws Failure (environment) with QEMU's words where it refuses, or has ended
   */
  ask(command: string, options: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    if (this.#hasEnded) return Promise.reject(ended());
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#lines?.send({ execute: command, arguments: options, id });
    });
  }

  /**
   * The next event that fits, among those that came and were not waited for.
   * @throws Failure (environment) where QEMU ends before; `interrupted` on abort
   */
  async event(fits: (event: QmpEvent) => boolean, signal?: AbortSignal): Promise<QmpEvent> {
    for (;;) {
      const at = this.#heard.findIndex(fits);
      const [found] = at < 0 ? [] : this.#heard.splice(at, 1);
      if (found !== undefined) return found;
      if (this.#hasEnded) throw ended();
      if (signal?.aborted) throw interrupted();
      await new Promise<void>((resolve) => {
        this.#look = resolve;
        signal?.addEventListener("abort", () => resolve(), { once: true });
      });
    }
  }

  close(): void {
    this.#lines?.close();
  }

  #take(message: QmpMessage): void {
    switch (message.kind) {
      case "answer":
        this.#settle(message.id)?.resolve(message.value);
        return;
      case "refusal":
        this.#settle(message.id)?.reject(environmentFailure(`QEMU refuses: ${message.words}`));
        return;
      case "event":
        this.#heard.push({ event: message.event, data: message.data });
        this.#look?.();
        return;
      case "greeting":
      case "noise":
        return;
      default:
        message satisfies never;
    }
  }

  #settle(id: number | undefined): Pending | undefined {
    const pending = id === undefined ? undefined : this.#pending.get(id);
    if (id !== undefined) this.#pending.delete(id);
    return pending;
  }

  #end(): void {
    this.#hasEnded = true;
    for (const { reject } of this.#pending.values()) reject(ended());
    this.#pending.clear();
    this.#look?.();
  }
}

const ended = () => environmentFailure("QEMU has ended");
