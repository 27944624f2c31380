import { rm } from "node:fs/promises";
import { createServer, type Server, type Socket, connect as toSocket } from "node:net";
import { StringDecoder } from "node:string_decoder";
import { errorCode } from "./files.ts";
import { socketFile } from "./socket-file.ts";

/** One end of a connection on which both sides say lines. */
export interface LineEnd {
  /** Without a newline in it. To one that has gone, nothing is said. */
  say(line: string): void;
  close(): void;
  /** Resolves when the other side has gone, or this one closed it. Never rejects. */
  readonly ended: Promise<void>;
}

/** Somebody who does not read is let go before this much waits for them: they may come again. */
const MOST_UNREAD = 16 * 1024 * 1024;

/** A line that is longer is none of ours. */
const LONGEST_LINE = 64 * 1024 * 1024;

/**
 * Listens at a unix socket that is this person's alone, until it is closed. What a process that was killed left in its
 * place is taken away: that nobody else listens there is the caller's to know, by a lock.
 * @param onConnection gets each connection, and gives what hears its lines
 */
export async function serveLines(
  path: string,
  onConnection: (end: LineEnd) => (line: string) => void,
): Promise<{ close(): Promise<void> }> {
  await rm(path, { force: true });
  const open = new Set<LineEnd>();
  const server = createServer((socket) => {
    let hear: (line: string) => void = () => {};
    const end = lineEnd(socket, (line) => hear(line));
    open.add(end);
    void end.ended.then(() => open.delete(end));
    hear = onConnection(end);
  });
  const file = socketFile(path);
  await listen(server, file.path).catch((cause) => {
    file.close();
    throw cause;
  });
  return {
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const end of open) end.close();
      await closed;
      file.close();
    },
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // Bound before `listen` returns, and nobody else's for no moment.
    const before = process.umask(0o177);
    try {
      server.listen(path, resolve);
    } finally {
      process.umask(before);
    }
  });
}

/** Connects to such a socket. Undefined where nobody listens. */
export async function connectLines(path: string, hear: (line: string) => void): Promise<LineEnd | undefined> {
  let file: ReturnType<typeof socketFile> | undefined;
  try {
    file = socketFile(path);
    const socket = toSocket(file.path);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return lineEnd(socket, hear);
  } catch (thrown) {
    if (NOBODY.has(errorCode(thrown) ?? "")) return undefined;
    throw thrown;
  } finally {
    file?.close();
  }
}

/** No file, one that a killed process left, one that is no socket, or a server that is just closing. */
const NOBODY: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ECONNREFUSED", "ECONNRESET", "ENOTSOCK", "EPIPE"]);

function lineEnd(socket: Socket, hear: (line: string) => void): LineEnd {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  socket.on("data", (bytes) => {
    const lines = (rest + decoder.write(bytes)).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST_LINE) socket.destroy();
    for (const line of lines) hear(line);
  });
  socket.on("error", () => {}); // `close` comes after it
  return {
    say: (line) => {
      if (socket.destroyed) return;
      socket.write(`${line}\n`);
      if (socket.writableLength > MOST_UNREAD) socket.destroy();
    },
    close: () => void socket.destroySoon(),
    ended: new Promise((resolve) => socket.once("close", () => resolve())),
  };
}
