import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { asFailure, environmentFailure, type Failure } from "../../model/failure.ts";
import type { LinkPort } from "../../model/link.ts";
import { type SshAddress, sshCommand, sshWritten } from "../../model/ssh.ts";
import type { Surroundings } from "../surroundings.ts";
import { type Connection, connect, giveOrder } from "./connection.ts";
import { daemonThere } from "./greeting.ts";
import type { LinkLayout } from "./layout.ts";
import { PortForwards } from "./port-forwards.ts";
import { isProhibited, socketForbidden, type Trouble } from "./trouble.ts";
import { lookThrough, type Seen, wakeAtEvents } from "./watched-daemon.ts";

/** What was seen at one look through a connection that stands. */
export interface Sighting {
  /** Containers of this machine's clusters there. */
  readonly containers: number;
  readonly ports: readonly LinkPort[];
  /** Why the daemon does not answer, if so. */
  readonly failure?: Failure | undefined;
}

/** What a connection's life is a part of. */
export interface Around {
  seen(sighting: Sighting): void;
  /** Ends early at `wake`. */
  pause(ms: number): Promise<void>;
  wake(): void;
  /** Aborted when nobody wants the connection any more. */
  readonly signal: AbortSignal;
}

/** How a connection came to its end: no trouble where nobody wanted it any more. */
export interface Stood {
  readonly trouble?: Trouble | undefined;
  /** Whether the daemon was ever reached. */
  readonly hasStood: boolean;
}

/** Between two looks where no event comes first. With a look's own limit, a loss is known within two seconds. */
const LOOK_MS = 500;
/** After so many looks in a row that hang ssh is asked whether it still is there. */
const HUNG_LOOKS = 2;
/** An emulated guest that starts ten containers at once has other things to do. */
const MACHINE_FIRST_LOOKS = 40;

/** One connection's life: connects, forwards the daemon's socket, then keeps forwarding what is published there. */
export async function stand(layout: LinkLayout, surroundings: Surroundings, around: Around): Promise<Stood> {
  await clearRemains(layout, surroundings);
  const { connection, trouble } = await connect(layout, surroundings, around.signal);
  if (connection === undefined) return { trouble, hasStood: false };
  try {
    const failure = await forwardDaemon(connection, layout, around);
    if (failure !== undefined) return { trouble: { failure, isFinal: false }, hasStood: false };
    return { trouble: await follow(connection, layout, around), hasStood: true };
  } finally {
    await connection.close();
    await clearRemains(layout, surroundings);
  }
}

/**
 * Takes away what is left of a connection: who finds its sockets takes it for one that stands. One whose link was killed may
 * even do so, for as long as it is in use, and hold the ports.
 */
async function clearRemains({ control, docker }: LinkLayout, surroundings: Surroundings): Promise<void> {
  if (existsSync(control)) await giveOrder({ do: "exit" }, control, surroundings);
  for (const socket of [control, docker]) await rm(socket, { force: true });
}

/** Gives why the daemon cannot be reached, if so. */
async function forwardDaemon(
  connection: Connection,
  { address, docker }: LinkLayout,
  around: Around,
): Promise<Failure | undefined> {
  try {
    const to = daemonThere(connection.greeting, address);
    const words = await connection.order({ do: "forward", from: docker, to });
    if (words !== undefined) return environmentFailure(`ssh cannot forward the socket ${to}`, { output: words });
    const seen = await firstLook(connection, { address, docker }, around);
    if ("look" in seen) return undefined;
    const isForbidden = !seen.isHung && (await answersOverThere(connection));
    return isForbidden ? socketForbidden(address) : silent(seen.silence, address);
  } catch (thrown) {
    return asFailure(thrown);
  }
}

/** The daemon of a machine that has only just been started may be busy with that, or not be there yet. */
async function firstLook(
  connection: Connection,
  { address, docker }: Pick<LinkLayout, "address" | "docker">,
  around: Around,
): Promise<Seen> {
  let hasEnded = false;
  void connection.ended.then(() => {
    hasEnded = true;
  });
  const most = address.machine === undefined ? 1 : MACHINE_FIRST_LOOKS;
  for (let looks = 1; ; looks++) {
    const seen = await lookThrough(docker);
    if ("look" in seen || looks >= most || hasEnded || around.signal.aborted) return seen;
    if (!seen.isHung) await around.pause(LOOK_MS);
  }
}

/** A server that forbids the forward says no more than where there is nobody to connect to: Docker's client there knows. */
const answersOverThere = async ({ greeting, order }: Connection): Promise<boolean> =>
  greeting.hasDocker && (await order({ do: "run", command: "docker version" })) === undefined;

/** Gives why the connection came to its end; nothing when nobody wants it any more. */
async function follow(connection: Connection, { address, docker }: LinkLayout, around: Around) {
  const forwards = new PortForwards(connection);
  const over = new AbortController();
  const ended = connection.ended.finally(() => {
    over.abort();
    around.wake();
  });
  const events = new EventStream(docker, around, over.signal);
  try {
    for (let hung = 0; !around.signal.aborted; ) {
      events.keepOpen();
      const seen = await lookThrough(docker);
      if (over.signal.aborted) return await ended;
      hung = "silence" in seen && seen.isHung ? hung + 1 : 0;
      if (hung > 0 && hung % HUNG_LOOKS === 0 && !(await takesOrders(connection)))
        return { failure: silent("the connection hangs", address), isFinal: false };
      around.seen(await sightingOf(seen, forwards, connection, address));
      await around.pause(LOOK_MS);
    }
    return undefined;
  } finally {
    over.abort();
  }
}

/**
 * Whether ssh itself goes on: it may have been stopped. A server that is gone it notices by itself (ServerAliveInterval), and
 * better than a look does, which waits behind what is sent: to cut a slow line would end the very push that fills it.
 */
const takesOrders = async ({ order }: Connection): Promise<boolean> => (await order({ do: "check" })) === undefined;

/** Containers run on while their daemon is silent, so their ports are kept. */
async function sightingOf(
  seen: Seen,
  forwards: PortForwards,
  { words }: Connection,
  address: SshAddress,
): Promise<Sighting> {
  if ("silence" in seen) return { containers: 0, ports: forwards.last, failure: silent(seen.silence, address) };
  const ports = await forwards.want(seen.look.ports);
  const problem = `the ssh server of ${sshWritten(address)} refuses to forward ports: AllowTcpForwarding or PermitOpen in its sshd_config`;
  const isForbidden = words().some(isProhibited);
  return {
    containers: seen.look.containers,
    ports: isForbidden ? ports.map((each) => ({ ...each, problem })) : ports,
  };
}

const silent = (silence: string, address: SshAddress): Failure =>
  environmentFailure(`the Docker daemon on ${sshWritten(address)} does not answer: ${silence}`, {
    hint:
      address.machine === undefined
        ? "Does it run there? `sudo systemctl status docker` over there tells."
        : `Does it run there? \`${sshCommand(address)} -- systemctl status docker\` tells.`,
  });

/** The daemon's events, as reasons to look at once; opened anew where it has ended. */
class EventStream {
  readonly #socket: string;
  readonly #around: Around;
  readonly #over: AbortSignal;
  #isOpen = false;

  constructor(socket: string, around: Around, over: AbortSignal) {
    this.#socket = socket;
    this.#around = around;
    this.#over = over;
  }

  keepOpen(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    wakeAtEvents(this.#socket, () => this.#around.wake(), this.#over).then(() => {
      this.#isOpen = false;
    });
  }
}
