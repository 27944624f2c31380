import { chmod, rm } from "node:fs/promises";
import { createServer, request, type Server } from "node:http";
import { errorCode } from "../../host/files.ts";
import { overSocketFile } from "../../host/socket-file.ts";
import type { LinkState } from "../../model/link.ts";
import type { Link } from "./link.ts";

/**
 * What a link is asked: how it is, to hurry, to stay while the asker lives or for a while after, to end once nobody needs
 * it, to end.
 */
type Wish = "state" | "hurry" | "stay" | "lend" | "release" | "end";

/**
 * Takes orders for a link at a socket that is this person's alone.
 * @param end called when it is told to end
 */
export async function takeOrders(link: Link, socket: string, end: () => void): Promise<Server> {
  const server = createServer(({ url = "/", socket }, response) => {
    const wish = url.slice(1) as Wish;
    // Whoever comes now is to have the next one.
    if (link.isEnding) {
      socket.destroy();
      return;
    }
    if (wish === "hurry") link.hurry();
    if (wish === "lend") link.lend();
    if (wish === "release") link.release();
    if (wish === "end") end();
    if (wish === "stay") {
      const leave = link.use();
      response.on("close", leave);
      response.flushHeaders();
      return;
    }
    response.end(JSON.stringify(link.state));
  });
  await rm(socket, { force: true }); // of a link that was killed; the lock says that it is none that lives
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socket, resolve);
  });
  await chmod(socket, 0o600);
  return server;
}

/** A link that is busy with many ports answers between two of them. */
const PATIENCE_MS = 3000;

/** What the link at a socket says of itself, after it was told the wish; undefined where none runs. */
export async function askLink(socket: string, wish: "state" | "hurry" = "state"): Promise<LinkState | undefined> {
  const answer = await call(socket, wish);
  return answer === undefined ? undefined : (JSON.parse(answer) as LinkState);
}

/** Tells the link at a socket to end. */
export async function endLink(socket: string): Promise<void> {
  await call(socket, "end");
}

/** Has the link at a socket stay for half an hour, unless it is released; nothing to do where none runs. */
export async function lendLink(socket: string): Promise<void> {
  await call(socket, "lend");
}

/** Has the link at a socket end as soon as nobody needs it; nothing to do where none runs. */
export async function releaseLink(socket: string): Promise<void> {
  await call(socket, "release");
}

/** The links that are kept: one word to each is enough, however often a screen looks. */
const kept = new Map<string, Promise<boolean>>();

/**
 * Keeps the link at a socket for as long as this process lives, without keeping this process.
 * @returns false where there is none, or it is about to end
 */
export function stayWith(socket: string): Promise<boolean> {
  const known = kept.get(socket) ?? askToStay(socket);
  kept.set(socket, known);
  return known;
}

function askToStay(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const over = () => {
      kept.delete(socket); // and the next link is kept, too
      resolve(false);
    };
    const asked = request({ ...overSocketFile(socket), path: "/stay", timeout: PATIENCE_MS }, (answer) => {
      asked.setTimeout(0);
      asked.socket?.unref();
      answer.on("error", () => {}); // the link has ended: whoever uses it learns that by itself
      answer.resume();
      resolve(true);
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", over);
    asked.on("close", over);
    asked.end();
  });
}

const NOBODY = ["ENOENT", "ECONNREFUSED", "ECONNRESET", "EPIPE"];

function call(socket: string, wish: Wish): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request({ ...overSocketFile(socket), path: `/${wish}`, timeout: PATIENCE_MS }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (piece: string) => {
        text += piece;
      });
      answer.on("error", () => resolve(undefined));
      answer.on("end", () => resolve(text));
    });
    asked.on("timeout", () => {
      resolve(undefined);
      asked.destroy();
    });
    asked.on("error", (error) => (NOBODY.includes(errorCode(error) ?? "") ? resolve(undefined) : reject(error)));
    asked.end();
  });
}
