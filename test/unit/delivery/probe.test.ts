import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { createServer, type Server, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { probePort } from "../../../src/delivery/probe.ts";
import { awaitReady, probeOnce } from "../../../src/delivery/readiness.ts";
import type { Daemon } from "../../../src/docker/daemon.ts";
import { type Clock, systemClock } from "../../../src/host/clock.ts";
import type { ContainerDetail } from "../../../src/model/container.ts";
import { containerId, serviceName } from "../../../src/model/names.ts";
import type { PortProbe, ReadyProbe, Service } from "../../../src/model/profile.ts";
import { freePort } from "../../harness/free-port.ts";
import { standStill } from "../../harness/stand-still.ts";

/** A container that goes on running and says nothing. */
const daemon = {
  wait: (_container, signal) =>
    new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason))),
  async *logs() {},
  inspect: async () => ({ startedAt: "2026-11-20T12:00:00Z" }) as ContainerDetail,
} as Pick<Daemon, "wait" | "logs" | "inspect"> as Daemon;

const target = {
  daemon,
  endpoint: { reachesContainers: true, publishedOn: "127.0.0.1" },
  container: containerId("c0ffee"),
  address: "127.0.0.1",
};

const live = new AbortController().signal;

/** A real server on loopback that treats each connection in this way; gives its port. */
async function listening(treat: (socket: Socket) => void, port = 0): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    treat(socket);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as { port: number }).port;
}

const answering = (status: string) => (socket: Socket) =>
  void socket.on("data", () => socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 2\r\n\r\nhm`));

const http = (port: number, withinMs = 300): ReadyProbe => ({ kind: "http", path: "/healthz", port, withinMs });
const serviceWith = (ready: ReadyProbe) => ({ name: serviceName("books"), ready }) as Service;
const readiness = (ready: ReadyProbe, signal: AbortSignal = live, clock: Clock = systemClock) =>
  awaitReady(serviceWith(ready), target, clock, signal);

/** Resolves when the next connection that is made from here has read something. */
function firstBytesTaken(): Promise<void> {
  return new Promise((resolve) => {
    const made = (message: unknown) => {
      unsubscribe("net.client.socket", made);
      (message as { socket: Socket }).socket.once("data", () => resolve());
    };
    subscribe("net.client.socket", made);
  });
}

test.each(["200 OK", "204 No Content", "302 Found", "399 Odd"])("an answer of %s is ready", async (status) => {
  expect(await readiness(http(await listening(answering(status))))).toEqual({ ready: true, ms: expect.any(Number) });
});

test.each(["404 Not Found", "500 Internal Server Error", "503 Service Unavailable"])("%s is not", async (status) => {
  const result = await readiness(http(await listening(answering(status))));
  const code = status.slice(0, 3);
  expect(result).toEqual({ ready: false, reason: `answered ${code} on /healthz within 0.3 s`, output: undefined });
});

test("a port without listener is told with its number and the time", async () => {
  const port = await freePort();
  expect(await readiness(http(port))).toMatchObject({ reason: `did not listen on port ${port} within 0.3 s` });
});

test("behind a forward, which takes every connection, a TCP probe asks inside the container", async () => {
  const port = await listening(() => undefined);
  const tcp: PortProbe = { kind: "tcp", port, withinMs: 300 };
  const asked: string[] = [];
  const over = (publishedByForward: boolean) => ({
    ...target,
    daemon: { ...daemon, exec: async () => asked.push("inside") } as unknown as Daemon,
    endpoint: { reachesContainers: false, publishedOn: "127.0.0.1", publishedByForward },
    ports: [{ hostAddress: "127.0.0.1", hostPort: port, containerPort: port, protocol: "tcp" as const }],
  });
  expect(await probePort(tcp, over(false), 200, live)).toMatchObject({ ready: true });
  expect(asked).toEqual([]);
  expect(await probePort(tcp, over(true), 200, live)).toMatchObject({ ready: false });
  expect(asked).toEqual(["inside"]);
});

test("a service that listens later is found ready then", async () => {
  const port = await freePort();
  let refused = 0;
  const clock: Clock = {
    ...systemClock,
    async sleep(ms, signal) {
      if (++refused === 3) await listening(answering("200 OK"), port);
      return systemClock.sleep(ms, signal);
    },
  };
  expect(await readiness(http(port, 10_000), live, clock)).toMatchObject({ ready: true });
  expect(refused).toBe(3);
});

test("a service that answers well only later is asked on fresh connections until it does", async () => {
  let asked = 0;
  const port = await listening((socket) => answering(++asked < 4 ? "503 Not Yet" : "200 OK")(socket));
  expect(await readiness(http(port, 10_000))).toMatchObject({ ready: true });
  expect(asked).toBe(4);
});

test("a connection that hangs is given up at the deadline", async () => {
  const result = await readiness(http(await listening(() => undefined)));
  expect(result).toMatchObject({ reason: "took a connection and did not answer within 0.3 s" });
});

test("a connection that hangs is followed by another attempt", async () => {
  let asked = 0;
  const port = await listening((socket) => (++asked === 1 ? undefined : answering("200 OK")(socket)));
  expect(await readiness(http(port, 10_000))).toMatchObject({ ready: true });
  expect(asked).toBe(2);
});

test("a machine that stands still is not taken for a service that does not answer", async () => {
  const port = await listening(answering("200 OK"));
  const once = probeOnce(serviceWith(http(port)), target);
  setImmediate(standStill, 1200);
  expect(await once).toBe(true);

  let asked = 0;
  const later = await listening((socket) => answering(++asked < 3 ? "503 Not Yet" : "200 OK")(socket));
  const clock: Clock = {
    ...systemClock,
    async sleep(ms, signal) {
      if (asked === 2) standStill(1200);
      return systemClock.sleep(ms, signal);
    },
  };
  expect(await readiness(http(later), live, clock)).toMatchObject({ ready: true });
});

test("what does not speak HTTP, or hangs up, is not ready", async () => {
  const banner = await listening((socket) => void socket.end("220 mail.example ESMTP\r\n"));
  expect(await readiness(http(banner))).toMatchObject({ reason: "does not speak HTTP on /healthz within 0.3 s" });
  const rude = await listening((socket) => void socket.end());
  expect(await readiness(http(rude))).toMatchObject({
    reason: "closed the connection without an answer to /healthz within 0.3 s",
  });
});

test("a status line in pieces is read whole", async () => {
  const taken = firstBytesTaken();
  let asked = 0;
  const port = await listening((socket) => {
    asked += 1;
    socket.write("HTT");
    void taken.then(() => socket.end("P/1.1 200 OK\r\n\r\n"));
  });
  expect(await readiness(http(port, 5000))).toMatchObject({ ready: true });
  expect(asked).toBe(1);
});

test("the whole answer is read, so that the service sees no broken connection", async () => {
  const broken: Error[] = [];
  const connections: Socket[] = [];
  const port = await listening((socket) => {
    connections.push(socket);
    socket.on("error", (error) => broken.push(error));
    socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
  });
  expect(await readiness(http(port))).toMatchObject({ ready: true });
  const [connection] = connections as [Socket];
  const closed = new Promise((resolve) => connection.on("close", resolve));
  // In pieces: to a connection that was closed meanwhile, it is the second one that fails.
  for (let piece = 0; piece < 10; piece++) {
    const failure = await new Promise((resolve) => connection.write(Buffer.alloc(50_000), resolve));
    if (failure) broken.push(failure as Error);
  }
  connection.end();
  await closed;
  expect(broken).toEqual([]);
});

test("a TCP probe is content with a connection", async () => {
  const port = await listening(() => undefined);
  expect(await readiness({ kind: "tcp", port, withinMs: 300 })).toMatchObject({ ready: true });
  const dead = await freePort();
  expect(await readiness({ kind: "tcp", port: dead, withinMs: 100 })).toMatchObject({
    reason: `did not listen on port ${dead} within 0.1 s`,
  });
});

test("an abort ends the wait at once", async () => {
  const controller = new AbortController();
  const result = readiness(http(await freePort(), 60_000), controller.signal);
  controller.abort();
  expect(await result).toEqual({ ready: false, reason: "was not waited for to the end", output: undefined });
  expect(await readiness(http(1, 60_000), controller.signal)).toMatchObject({ ready: false });
});

test("polling begins close and grows wider up to 50 ms", async () => {
  const pauses: number[] = [];
  let now = 0;
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    async sleep(ms) {
      pauses.push(ms);
      now += ms;
    },
  };
  await readiness(http(await freePort(), 2000), live, clock);
  expect(pauses[0]).toBeLessThanOrEqual(2);
  expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
  expect(pauses.at(-1)).toBe(50);
});

test("asking once tells whether it answers at this moment", async () => {
  const once = (ready: ReadyProbe) => probeOnce(serviceWith(ready), target);
  expect(await once(http(await listening(answering("200 OK"))))).toBe(true);
  expect(await once(http(await listening(answering("500 No"))))).toBe(false);
  expect(await once(http(await freePort()))).toBe(false);
});
