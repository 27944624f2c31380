import { createServer, connect as dial, type Socket } from "node:net";

/** A way to the scenarios' daemon that can be closed and opened, as a VM that sleeps or a daemon that ends closes it. */
export interface DaemonGate {
  /** For DOCKER_HOST. */
  readonly dockerHost: string;
  /** Cuts all connections and takes no new ones. */
  close(): Promise<void>;
  /** Lets nothing through any more and cuts nothing, as a machine that was put to sleep. */
  freeze(): void;
  /** Freezes in the middle of the next call that matches (`POST /v1.41/containers/create`), which gets no answer. */
  freezeAt(call: RegExp): Promise<void>;
  open(): Promise<void>;
}

/** Method and path, which a request begins with. */
const LONGEST_CALL = 200;

export async function daemonGate(daemonSocket: string): Promise<DaemonGate> {
  const open = new Set<Socket>();
  let isFrozen = false;
  let heed = (_call: string) => {};
  const freeze = () => {
    isFrozen = true;
    for (const socket of open) socket.unpipe();
  };
  const make = () =>
    createServer({ allowHalfOpen: true }, (client) => {
      const daemon = dial({ path: daemonSocket, allowHalfOpen: true });
      for (const socket of [client, daemon]) {
        open.add(socket);
        socket.on("error", () => {});
        socket.on("close", () => open.delete(socket));
      }
      if (isFrozen) return;
      client.on("data", (bytes: Buffer) => heed(bytes.toString("latin1", 0, LONGEST_CALL)));
      client.pipe(daemon);
      daemon.pipe(client);
    });
  let server = make();
  const listen = (port: number) =>
    new Promise<number>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => {
        const address = server.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
  const port = await listen(0);
  return {
    dockerHost: `tcp://127.0.0.1:${port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
    freeze,
    freezeAt: (call) =>
      new Promise((resolve) => {
        heed = (asked) => {
          if (!call.test(asked)) return;
          heed = () => {};
          freeze();
          resolve();
        };
      }),
    async open() {
      isFrozen = false;
      if (server.listening) return;
      server = make();
      await listen(port);
    },
  };
}
