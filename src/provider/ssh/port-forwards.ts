import { describeListener, whoListens } from "../../host/ports.ts";
import type { LinkPort } from "../../model/link.ts";
import type { Connection } from "./connection.ts";
import type { PublishedPort } from "./published.ts";

/** Where published ports appear on this machine, whatever address they are published on over there. */
const HERE = "127.0.0.1";

/** The ports that one connection forwards to this machine. They end with it. */
export class PortForwards {
  readonly #connection: Connection;
  /** What each port leads to. */
  readonly #led = new Map<number, string>();
  #isTriedOut = false;
  /** What the last `want` gave. */
  last: readonly LinkPort[] = [];

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Forwards these and no others. One that is taken here is tried again the next time. */
  async want(ports: readonly PublishedPort[]): Promise<readonly LinkPort[]> {
    if (ports.length > 0) this.#tryOut();
    const wanted = new Map(ports.map((each) => [each.port, spotOf(each)]));
    for (const [port, spot] of this.#led) {
      if (wanted.get(port) === spot) continue;
      await this.#connection.order({ do: "cancel", from: `${HERE}:${port}`, to: spot });
      this.#led.delete(port);
    }
    const forwarded: LinkPort[] = [];
    for (const each of ports) {
      const problem = this.#led.has(each.port) ? undefined : await this.#lead(each);
      forwarded.push({ port: each.port, container: each.container, ...(problem !== undefined && { problem }) });
    }
    this.last = forwarded;
    return forwarded;
  }

  /**
   * ssh listens for a forward whatever the server thinks of it, and learns that when the first connection comes. So one
   * is made, to a port where nothing listens (tcpmux's); what comes of it is in ssh's words.
   */
  #tryOut(): void {
    if (!this.#isTriedOut) void this.#connection.order({ do: "dial", place: `${HERE}:1` });
    this.#isTriedOut = true;
  }

  async #lead(each: PublishedPort): Promise<string | undefined> {
    const state = await whoListens(each.port, HERE);
    if (!state.free) return `port ${each.port} is taken here by ${describeListener(state.by)}`;
    const spot = spotOf(each);
    const words = await this.#connection.order({ do: "forward", from: `${HERE}:${each.port}`, to: spot });
    if (words === undefined) this.#led.set(each.port, spot);
    return words === undefined ? undefined : refusal(each.port, words);
  }
}

const spotOf = ({ host, port }: PublishedPort): string => `${host}:${port}`;

/** The system keeps the first 1024 ports for root. */
const refusal = (port: number, words: string): string =>
  port < 1024
    ? `port ${port} can be had here by root only: publish one from 1024 on`
    : `ssh cannot forward port ${port}: ${words.split("\n")[0] ?? words}`;
