import { connect } from "node:net";
import type { Daemon } from "../docker/daemon.ts";
import type { Clock } from "../host/clock.ts";
import { afterRunning } from "../host/running-time.ts";
import type { ObservedContainer } from "../model/container.ts";
import { DEBUGGER_PORT, type Debugger } from "../model/debugger.ts";
import type { Endpoint } from "../model/endpoint.ts";
import type { ServiceName } from "../model/names.ts";

/** The container, which runs, of a service that is to have a debugger, and the ways to it. */
export interface DebuggedContainer {
  readonly service: ServiceName;
  readonly container: ObservedContainer;
  readonly daemon: Daemon;
  readonly endpoint: Pick<Endpoint, "reachesContainers" | "publishedOn">;
}

/** How long one question may take. A dlv that has just been started reads the program's symbols before it answers. */
const ANSWERS_WITHIN_MS = 1000;

/** What there is of a service's debugger at this moment. */
export async function debuggerNow(debugged: DebuggedContainer): Promise<Debugger> {
  const { container } = debugged;
  const address = publishedAt(container);
  if (address !== null && (await asked(debugged))) return { address, state: "listening" };
  return { address, state: (await saysMissing(debugged)) ? "missing" : "silent" };
}

/** How long an `up` waits for a debugger whose program answers already: dlv reads a large program's symbols in seconds. */
const PATIENCE_MS = 10_000;
const PAUSE_MS = 50;

/** The same of one that has just been started: waits until an editor can attach, where one ever can. */
export async function awaitDebugger(debugged: DebuggedContainer, clock: Clock, signal: AbortSignal): Promise<Debugger> {
  const deadline = clock.monotonic() + PATIENCE_MS;
  for (;;) {
    const debug = await debuggerNow(debugged);
    const isDecided = debug.state !== "silent" || debug.address === null;
    if (isDecided || signal.aborted || clock.monotonic() > deadline) return debug;
    await clock.sleep(PAUSE_MS, signal).catch(() => undefined);
  }
}

/** `127.0.0.1:2345`, as the daemon has published it. */
function publishedAt({ ports }: ObservedContainer): string | null {
  const binding = ports.find(({ containerPort, hostPort }) => containerPort === DEBUGGER_PORT && hostPort > 0);
  return binding === undefined ? null : `${binding.hostAddress}:${binding.hostPort}`;
}

/** dlv's JSON-RPC: the one question that needs no program that stands still, and changes nothing. */
const QUESTION = `${JSON.stringify({ method: "RPCServer.GetVersion", params: [{}], id: 1 })}\n`;

/** Whether dlv answers, by the container's own address or the published one. Docker's proxy alone takes a connection, too. */
function asked({ container, endpoint }: DebuggedContainer): Promise<boolean> {
  const binding = container.ports.find(({ containerPort }) => containerPort === DEBUGGER_PORT);
  const own = endpoint.reachesContainers ? container.address : undefined;
  const [host, port] = own === undefined ? [endpoint.publishedOn, binding?.hostPort ?? 0] : [own, DEBUGGER_PORT];
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (answers: boolean) => {
      stopPatience();
      socket.destroy();
      resolve(answers);
    };
    const stopPatience = afterRunning(ANSWERS_WITHIN_MS, () => settle(false));
    socket.on("connect", () => socket.write(QUESTION));
    socket.on("data", () => settle(true));
    socket.on("error", () => settle(false));
    socket.on("close", () => settle(false));
  });
}

/** Whether the supervisor has said, at the container's start, that there is no dlv: before anything of the program's. */
async function saysMissing({ daemon, container, service }: DebuggedContainer): Promise<boolean> {
  const stop = new AbortController();
  try {
    const { startedAt } = await daemon.inspect(container.id);
    const since = new Date(Date.parse(startedAt) - 1000).toISOString();
    const options = { follow: false, since, signal: stop.signal };
    for await (const { text } of daemon.logs(container.id, service, options)) {
      if (text === `devenv: ${service} runs without a debugger: there is no dlv in its image`) return true;
      if (text.startsWith(`devenv: started ${service} `)) return false;
    }
  } catch {
    // A log driver that cannot be read: then nobody knows why it is silent.
  } finally {
    stop.abort();
  }
  return false;
}
