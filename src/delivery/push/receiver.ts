import { createHash } from "node:crypto";
import { Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { environmentFailure } from "../../model/failure.ts";
import { type Content, contentOf } from "./content.ts";
import { type Listing, type Order, orderLine, readListing } from "./orders.ts";
import { Outbox } from "./outbox.ts";

/**
 * Runs receive.sh somewhere: feeds it the input, whose next piece it asks for when the one before has left this process,
 * hands its output on, and resolves when it has ended. What it rejects with is why there is no connection to it.
 */
export type Wire = (input: AsyncIterable<Buffer>, output: Writable, signal: AbortSignal) => Promise<unknown>;

/** The receiver is gone: it was killed, or the way to it was cut. Whether what was asked of it was done is not known. */
export class ReceiverLost extends Error {
  constructor(cause: unknown) {
    super("the receiver is gone", { cause });
  }
}

/**
 * Nothing moves in either direction for so long: a VM that sleeps, a tunnel that hangs. Longer than a slow disk takes for a
 * large tree, or an emulated machine for the sums of all that it has after its restart.
 */
const STALLS_MS = 60_000;

interface Answer {
  /** ok, missing, failed or skipped, and what follows it. */
  readonly word: string;
  readonly rest: string;
  /** The lines that belong to it. */
  readonly lines: readonly string[];
  /** What programs said that failed. */
  readonly words: string;
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (thrown: unknown) => void;
}

/** One line to a receiver: for one caller at a time. */
export class Receiver {
  readonly #input = new Outbox();
  readonly #over = new AbortController();
  readonly #waiting: Waiting[] = [];
  readonly #text = new StringDecoder();
  #rest = "";
  #lines: string[] = [];
  #words: string[] = [];
  #lost: ReceiverLost | undefined;
  #stall: NodeJS.Timeout | undefined;

  private constructor(wire: Wire, signal: AbortSignal) {
    const output = new Writable({
      write: (chunk: Buffer, _, done) => {
        this.#heard(this.#text.write(chunk));
        done();
      },
    });
    wire(this.#input, output, AbortSignal.any([signal, this.#over.signal])).then(
      () => this.#end(new ReceiverLost(new Error(this.#words.join("\n") || "it ended"))),
      (thrown) => this.#end(new ReceiverLost(thrown)),
    );
  }

  /** Resolves when it takes orders. @throws ReceiverLost */
  static async open(wire: Wire, signal: AbortSignal): Promise<Receiver> {
    const receiver = new Receiver(wire, signal);
    const { word, words } = await receiver.#answer();
    if (word === "ok") return receiver;
    receiver.close();
    throw environmentFailure(`the volume cannot be written: ${words}`);
  }

  get isOpen(): boolean {
    return this.#lost === undefined;
  }

  /** @throws ReceiverLost */
  async list(): Promise<Listing> {
    const answer = this.#answer();
    await this.#tell("group\nlist\n");
    return readListing((await answer).lines);
  }

  /**
   * Has orders carried out that belong together, in one round trip: of what comes after one that fails, nothing is done.
   * @returns an entry that a pointer was to lead to, and that is not there; undefined when all was done
   * @throws ReceiverLost; Failure (environment) in the words of the program there that failed; what it is to send cannot
   * be read
   */
  async perform(orders: readonly Order[]): Promise<string | undefined> {
    const answers: Promise<Answer>[] = [];
    const sent = this.#sendAll(orders, answers);
    const trouble = await sent.then(() => undefined).catch((thrown: unknown) => ({ thrown }));
    // What could not be written there ends the line: then why it could not says more than that it ended.
    const heard = await Promise.allSettled(answers);
    const bad = heard.find((answer) => answer.status === "fulfilled" && answer.value.word !== "ok");
    if (bad?.status === "fulfilled" && bad.value.word === "missing") return bad.value.rest;
    if (bad?.status === "fulfilled") throw refusal(bad.value);
    if (trouble !== undefined) throw trouble.thrown;
    for (const answer of heard) if (answer.status === "rejected") throw answer.reason;
    return undefined;
  }

  /** Its input ends, and it with it: what it has not been given whole is gone. */
  close(): void {
    this.#end(new ReceiverLost(new Error("it was closed")));
  }

  /** Tells it the orders, one after the other; each is noted as one that an answer is to come for. */
  async #sendAll(orders: readonly Order[], answers: Promise<Answer>[]): Promise<void> {
    // Lines go together, as each piece wakes every process on the way.
    let lines = "group\n";
    for (const order of orders) {
      const content = order.kind === "put" ? await contentOf(order.from) : undefined;
      const answer = this.#answer();
      answer.catch(() => undefined); // looked at when all was sent
      answers.push(answer);
      if (order.kind !== "put") lines += `${orderLine(order)}\n`;
      else if (content !== undefined) lines = await this.#put(order, content, lines);
    }
    await this.#tell(`${lines}end\n`);
  }

  /** @returns the line that is to follow */
  async #put({ path, isSwift }: Extract<Order, { kind: "put" }>, content: Content, before: string): Promise<string> {
    const { kind, mode, bytes } = content;
    const hash = isSwift && kind === "file" ? undefined : createHash("sha256");
    await this.#tell(`${before}put ${path} ${hash === undefined ? "swift" : kind} ${mode} ${bytes}\n`);
    try {
      for await (const chunk of content.chunks()) {
        hash?.update(chunk);
        await this.#send(chunk);
      }
    } catch (thrown) {
      // It was promised more bytes than there are: nobody can go on from here.
      this.close();
      throw thrown;
    }
    return `${hash?.digest("hex") ?? "-"}\n`;
  }

  #tell = (lines: string): Promise<void> => this.#send(Buffer.from(lines));

  /** Resolves when it has left this process. */
  async #send(chunk: Buffer): Promise<void> {
    if (this.#lost !== undefined) throw this.#lost;
    this.#moved();
    await this.#input.send(chunk);
    if (this.#lost !== undefined) throw this.#lost;
  }

  #answer(): Promise<Answer> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    const answer = new Promise<Answer>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.#moved();
    return answer;
  }

  #heard(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#take(line);
    this.#moved();
  }

  #take(line: string): void {
    const [, word, rest = ""] = /^: (\S+) ?(.*)$/.exec(line) ?? [];
    if (word !== undefined) {
      this.#waiting.shift()?.resolve({ word, rest, lines: this.#lines, words: this.#words.join("\n") });
      this.#lines = [];
      this.#words = [];
    } else if (line.startsWith("- ")) this.#lines.push(line.slice(2));
    else this.#words.push(line);
  }

  /** Something moved: it has all its time anew, as long as it is to answer. */
  #moved(): void {
    clearTimeout(this.#stall);
    if (this.#waiting.length === 0 || this.#lost !== undefined) return;
    const stalled = () => this.#end(new ReceiverLost(environmentFailure("the daemon says nothing any more")));
    this.#stall = setTimeout(stalled, STALLS_MS);
  }

  #end(lost: ReceiverLost): void {
    if (this.#lost !== undefined) return;
    this.#lost = lost;
    clearTimeout(this.#stall);
    this.#over.abort();
    this.#input.close();
    for (const { reject } of this.#waiting.splice(0)) reject(lost);
  }
}

function refusal({ words }: Answer) {
  const hint = /no space left/i.test(words)
    ? "The disk of the Docker daemon is full: free some space there."
    : undefined;
  return environmentFailure(`what was delivered cannot be put into the volume: ${words}`, { hint });
}
