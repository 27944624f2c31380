import { connectLines, type LineEnd } from "../host/line-socket.ts";
import type { Event } from "../model/event.ts";
import { Failure, type FailureReport, failed } from "../model/failure.ts";
import type { View } from "../state/view.ts";
import { type Heard, type Order, packed, type Said, unpacked, WIRE_VERSION } from "../state/wire.ts";
import type { Cluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";
import { loopSocket } from "./share-loop.ts";

/** Who hears what the save loop of another process tells. */
export interface LoopListener {
  /** All that was told so far. */
  onSnapshot(view: View): void;
  onEvent(event: Event): void;
}

/** The save loop of another process, as long as it goes on. */
export interface JoinedLoop {
  /** Resolves when it has ended, however that was. */
  readonly ended: Promise<void>;
  /** Resolves when it is done. @throws Failure that the other process tells, or that says that it has ended. */
  order(order: Order): Promise<void>;
  /** Tells what this process does to the cluster; it comes back as an event, to all. */
  tell(event: Event): void;
  leave(): void;
}

/** A process that was stopped (Ctrl-Z) takes connections and says nothing. */
const PATIENCE_MS = 3000;

/**
 * Listens to the process that runs the save loop of a cluster. Resolves once its snapshot was heard; undefined where
 * none can be heard: nobody listens, or went away meanwhile.
 * @throws Failure that says why one that is there is not heard: it does not answer, or is another devenv than this.
 */
export async function joinLoop(
  cluster: Pick<Cluster, "folder">,
  listener: LoopListener,
  { clock, signal }: Pick<Machine, "clock" | "signal">,
): Promise<JoinedLoop | undefined> {
  const joined = new Joined(listener);
  const end = await connectLines(loopSocket(cluster), (line) => joined.hear(line));
  if (end === undefined) return undefined;
  joined.over(end);
  const waiting = new AbortController();
  const late = clock.sleep(PATIENCE_MS, AbortSignal.any([waiting.signal, signal])).then(
    () => failed("it does not answer", { hint: "A stopped one goes on with `fg`." }),
    () => undefined,
  );
  const begun = await Promise.race([joined.begun, end.ended, late]);
  waiting.abort();
  if (begun === "begun") return joined;
  end.close();
  if (begun instanceof Failure) throw begun;
  return undefined;
}

class Joined implements JoinedLoop {
  readonly begun: Promise<"begun" | Failure>;
  ended: Promise<void> = Promise.resolve();
  readonly #listener: LoopListener;
  readonly #replies = new Map<number, (failure: Failure | undefined) => void>();
  #begin: (how: "begun" | Failure) => void = () => {};
  #end: LineEnd | undefined;
  #orders = 0;
  #isHeard = false;
  #isOver = false;

  constructor(listener: LoopListener) {
    this.#listener = listener;
    this.begun = new Promise((resolve) => {
      this.#begin = resolve;
    });
  }

  /** Over this connection it is spoken to. */
  over(end: LineEnd): void {
    this.#end = end;
    this.ended = end.ended.then(() => {
      this.#isOver = true;
      for (const reply of this.#replies.values()) reply(hasEnded());
      this.#replies.clear();
    });
  }

  hear(line: string): void {
    const said = unpacked<Said>(line);
    if (said?.is === "snapshot") this.#heedSnapshot(said);
    else if (said?.is === "event" && this.#isHeard) this.#listener.onEvent(said.event);
    else if (said?.is === "reply") {
      this.#replies.get(said.to)?.(said.failure && failureOf(said.failure));
      this.#replies.delete(said.to);
    }
  }

  #heedSnapshot({ version, view }: Extract<Said, { is: "snapshot" }>): void {
    this.#isHeard = version === WIRE_VERSION;
    if (this.#isHeard) this.#listener.onSnapshot(view);
    this.#begin(this.#isHeard ? "begun" : otherVersion());
  }

  order(order: Order): Promise<void> {
    if (this.#isOver) return Promise.reject(hasEnded());
    const number = ++this.#orders;
    return new Promise((resolve, reject) => {
      this.#replies.set(number, (failure) => (failure === undefined ? resolve() : reject(failure)));
      this.#say({ is: "order", number, order });
    });
  }

  tell(event: Event): void {
    this.#say({ is: "told", event });
  }

  leave(): void {
    this.#end?.close();
  }

  #say(heard: Heard): void {
    this.#end?.say(JSON.stringify(packed(heard)));
  }
}

const otherVersion = () => failed("it is another version of devenv", { hint: "End it, and start it anew." });

const hasEnded = () => failed("the devenv that was asked has ended", { hint: "Try again: another takes over." });

/** Of another process: what it says, as if it had failed here. */
const failureOf = ({ class: failureClass, message, ...details }: FailureReport): Failure =>
  new Failure(failureClass, message, { ...details, exitCode: 1 });
