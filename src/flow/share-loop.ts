import { join } from "node:path";
import { type LineEnd, serveLines } from "../host/line-socket.ts";
import { asFailure, environmentFailure, report } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { OfferAnswer } from "../state/offers.ts";
import { nextView, type View } from "../state/view.ts";
import { type Heard, isToldOn, type Order, packed, type Said, unpacked, WIRE_VERSION } from "../state/wire.ts";
import type { Cluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";

/** What can be asked of the one that runs the save loop, from here or through its socket. */
export interface LoopOrders {
  /** Builds a service from its work tree as a save would. @throws Failure where its saves are not built. */
  swap(service: ServiceName): void;
  /** Resolves when what was answered to an offer is done; the events tell how it ended. */
  answer(service: ServiceName, answer: OfferAnswer): Promise<void>;
}

/** In the cluster's folder: where the process that has the lock of its save loop tells what it knows. */
export const loopSocket = ({ folder }: Pick<Cluster, "folder">): string => join(folder, "watch.sock");

/**
 * Runs a save loop, and lets this person's other terminals see its events and give it orders. To be called by the one
 * that has the lock. A socket that cannot be made is told once, and keeps nobody from saving.
 */
export async function withSharing(
  cluster: Pick<Cluster, "folder">,
  { orders, view }: { readonly orders: LoopOrders /** What was told before. */; readonly view: View },
  machine: Pick<Machine, "bus" | "clock" | "secrets">,
  body: () => Promise<void>,
): Promise<void> {
  const { bus, clock } = machine;
  const sharing = new LoopSharing(orders, view, machine);
  const served = await serveLines(loopSocket(cluster), (end) => sharing.welcome(end)).catch((thrown: unknown) => {
    const message = `other terminals cannot see this save loop: ${asFailure(thrown).message}`;
    const failure = environmentFailure(message, {
      hint: "Saves go on. Set XDG_STATE_HOME to a folder of a local disk.",
    });
    bus.dispatch({ type: "watchFailed", at: clock.now(), failure: report(failure) });
  });
  try {
    await body();
  } finally {
    sharing.close();
    await served?.close();
  }
}

class LoopSharing {
  readonly #orders: LoopOrders;
  readonly #machine: Pick<Machine, "bus" | "secrets">;
  readonly #ends = new Set<LineEnd>();
  #view: View;
  readonly #unsubscribe: () => void;

  constructor(orders: LoopOrders, view: View, machine: Pick<Machine, "bus" | "secrets">) {
    this.#orders = orders;
    this.#view = view;
    this.#machine = machine;
    this.#unsubscribe = machine.bus.subscribe((event) => {
      this.#view = nextView(this.#view, event);
      if (this.#ends.size === 0) return;
      const line = this.#line({ is: "event", event });
      for (const end of this.#ends) end.say(line);
    });
  }

  welcome(end: LineEnd): (line: string) => void {
    end.say(this.#line({ is: "snapshot", version: WIRE_VERSION, view: this.#view }));
    this.#ends.add(end);
    void end.ended.then(() => this.#ends.delete(end));
    return (line) => {
      const heard = unpacked<Heard>(line);
      if (heard?.is === "told" && isToldOn(heard.event)) this.#machine.bus.dispatch(heard.event);
      if (heard?.is === "order") void this.#obey(heard.order, heard.number, end);
    };
  }

  close(): void {
    this.#unsubscribe();
  }

  async #obey(order: Order, to: number, end: LineEnd): Promise<void> {
    try {
      await carryOut(order, this.#orders);
      end.say(this.#line({ is: "reply", to }));
    } catch (thrown) {
      end.say(this.#line({ is: "reply", to, failure: report(asFailure(thrown)) }));
    }
  }

  /** A secret may have become known after it was told. */
  #line(said: Said): string {
    return this.#machine.secrets.json(packed(said));
  }
}

/** What an order asks for, done by the one that runs the save loop. */
export async function carryOut(order: Order, orders: LoopOrders): Promise<void> {
  if (order.to === "swap") orders.swap(order.service);
  else await orders.answer(order.service, order.answer);
}
