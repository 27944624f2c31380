import { createConnection, type Socket } from "node:net";
import { errorCode } from "../../host/files.ts";

/** A unix socket at which JSON values are exchanged, one a line: QEMU's monitor, or the agent in the guest. */
export interface JsonLines {
  /** Writes a value and a line's end, after bytes that are no JSON, if any are given. */
  send(value: unknown, before?: string): void;
  close(): void;
}

interface Listening {
  /** Bytes stand for characters one to one: QEMU writes what is not ASCII as escapes. */
  readonly onLine: (line: string) => void;
  /** Called once, however it comes to its end. */
  readonly onEnd: () => void;
}

/** Why nobody could be connected to, and yet nothing is wrong: QEMU has not made the socket yet, or has ended. */
const NOBODY = ["ENOENT", "ECONNREFUSED", "ECONNRESET", "EPIPE"];

/**
 * Connects to a socket of QEMU's. A second connection waits in the kernel until the first one is closed, because QEMU
 * serves one at a time.
 * @returns undefined where nobody listens
 */
export function openJsonLines(path: string, { onLine, onEnd }: Listening): Promise<JsonLines | undefined> {
  const socket = createConnection(path).setEncoding("latin1");
  return new Promise((resolve, reject) => {
    socket.once("error", (error) => (NOBODY.includes(errorCode(error) ?? "") ? resolve(undefined) : reject(error)));
    socket.once("connect", () => {
      listen(socket, onLine);
      socket.once("close", onEnd);
      // What goes wrong from here on ends the connection, and the end is told.
      socket.on("error", () => {});
      resolve({
        send: (value, before = "") => void socket.write(`${before}${JSON.stringify(value)}\n`, "latin1"),
        close: () => void socket.destroy(),
      });
    });
  });
}

function listen(socket: Socket, onLine: (line: string) => void): void {
  let rest = "";
  socket.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") onLine(line);
  });
}
