import { createServer } from "node:net";

/** Below the range that the system takes the ports of outgoing connections from (32768 on Linux). */
const FIRST = 20_000;
/** For each of vitest's workers. */
const PORTS = 1_000;

const worker = Number(process.env.VITEST_POOL_ID ?? "0") % 10;
let next = Math.floor(Math.random() * PORTS);

/**
 * A port of 127.0.0.1 that nothing listens on. None is given twice in a thousand, and each worker has a range of its
 * own: what is told to a program that binds it only later is not given to another one meanwhile.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < PORTS; tries++) {
    next = (next + 1) % PORTS;
    const port = FIRST + worker * PORTS + next;
    if (await isFree(port)) return port;
  }
  throw new Error(`every port from ${FIRST + worker * PORTS} on is taken`);
}

/** By every address: Docker publishes on some that we do not name here. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "0.0.0.0", () => server.close(() => resolve(true)));
  });
}
