import { Readable } from "node:stream";
import type { Failure } from "../../model/failure.ts";
import type { SshAddress } from "../../model/ssh.ts";
import type { Surroundings } from "../surroundings.ts";
import { swiftCiphers } from "./ciphers.ts";
import { connectArguments, type Order, orderArguments } from "./command.ts";
import { type Greeting, READY, readGreeting } from "./greeting.ts";
import type { LinkLayout } from "./layout.ts";
import { sshMissing, sshTrouble, type Trouble } from "./trouble.ts";

/** One ssh that is connected and takes orders. */
export interface Connection {
  readonly greeting: Greeting;
  /** Resolves when it has ended, with why. */
  readonly ended: Promise<Trouble>;
  /** The last lines that ssh said. */
  words(): readonly string[];
  /** Carries out an order at its control socket; gives ssh's words where it could not. */
  order(order: Order): Promise<string | undefined>;
  /** Ends it, and with it all that is forwarded. Resolves when it is gone. */
  close(): Promise<void>;
}

/** A connection, or why there is none. */
export type Connected =
  | { readonly connection: Connection; readonly trouble?: undefined }
  | { readonly connection?: undefined; readonly trouble: Trouble };

/** ssh's own limit is for the first packet: a server that then says nothing, or a login script that hangs, has this one. */
const CONNECTS_WITHIN_MS = 20_000;
const MACHINE_CONNECTS_WITHIN_MS = 60_000;
const WORDS_KEPT = 60;

/**
 * Connects with the system's ssh, and resolves when the host has said where its Docker daemon is.
 * @param signal ends the connection, also while it is being made
 */
export async function connect(layout: LinkLayout, surroundings: Surroundings, signal: AbortSignal): Promise<Connected> {
  const { address, control } = layout;
  const { processes } = surroundings;
  const ending = new AbortController();
  const withinMs = address.machine === undefined ? CONNECTS_WITHIN_MS : MACHINE_CONNECTS_WITHIN_MS;
  const late = setTimeout(() => ending.abort(), withinMs);
  const ciphers = await swiftCiphers(address, surroundings);
  const lines: string[] = [];
  let isReady = () => {};
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
  });
  const finished = processes.run("ssh", connectArguments(address, control, ciphers), {
    cwd: "/",
    // What it says is read: not in the person's language.
    env: { LC_ALL: "C" },
    // Ends when this process does, however that comes about, and then what runs over there, and then ssh.
    input: new Readable({ read() {} }),
    signal: AbortSignal.any([ending.signal, signal]),
    keepsOutput: false,
    onLine(line) {
      lines.push(line);
      if (lines.length > WORDS_KEPT) lines.shift();
      if (line.trimEnd() === READY) isReady();
    },
  });
  const ended = finished.then(({ missing }) => howItEnded(address, missing, lines, ending.signal.aborted));
  const trouble = await Promise.race([ready, ended]).finally(() => clearTimeout(late));
  if (trouble !== undefined) return { trouble };
  const greeting = readGreeting(lines);
  lines.length = 0;
  const order = (wish: Order) => giveOrder(wish, control, surroundings);
  const close = async () => {
    ending.abort();
    await finished;
  };
  return { connection: { greeting, ended, words: () => lines, order, close } };
}

const ORDERS_WITHIN_MS = 5000;

/** An order to whichever ssh has this control socket; gives ssh's words where it could not be carried out. */
export async function giveOrder(
  wish: Order,
  control: string,
  { processes }: Surroundings,
  timeoutMs = ORDERS_WITHIN_MS,
): Promise<string | undefined> {
  const { code, output } = await processes.run("ssh", orderArguments(wish, control), { cwd: "/", timeoutMs });
  return code === 0 ? undefined : output.trim() || "ssh does not answer";
}

function howItEnded(address: SshAddress, missing: boolean, lines: readonly string[], isLate: boolean): Trouble {
  const failure: Failure | undefined = missing ? sshMissing() : undefined;
  if (failure !== undefined) return { failure, isFinal: true };
  return sshTrouble(address, isLate ? [...lines, "Connection timed out"] : lines);
}
