import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Certificates } from "./certificates.ts";

/** Answers one request. What a test needs beyond the makers below it writes itself, with Node's own objects. */
export type Route = (request: IncomingMessage, answer: ServerResponse) => void | Promise<void>;

export interface SeenRequest {
  readonly method: string;
  /** Path and query as they came; through a proxy the whole URL. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export interface HttpServer {
  /** Every request so far, oldest first. */
  readonly requests: SeenRequest[];
  readonly port: number;
  /** The address of a path: on 127.0.0.1, or on `localhost`, which is another host to a client. */
  url(path: string, host?: "127.0.0.1" | "localhost"): string;
  /** Answers a path (with its query where one is given); a path that ends with a slash stands for all below it. */
  route(path: string, route: Route): void;
  close(): Promise<void>;
}

export interface ServerOptions {
  /** With these it speaks HTTPS. */
  readonly certificates?: Certificates;
  /** How long it takes to begin each answer. */
  readonly latencyMs?: number;
}

/** A real server on loopback, whose routes answer as original servers do. What has no route is a 404. */
export async function startHttpServer({ certificates, latencyMs = 0 }: ServerOptions = {}): Promise<HttpServer> {
  const requests: SeenRequest[] = [];
  const routes = new Map<string, Route>();
  const listener: Route = async (request, answer) => {
    const { method = "", url = "", headers } = request;
    requests.push({ method, path: url, headers });
    if (latencyMs > 0) await pause(latencyMs);
    await routeOf(routes, url)(request, answer);
  };
  const tls = certificates && {
    cert: await readFile(certificates.certificate),
    key: await readFile(certificates.key),
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    requests,
    port,
    url: (path, host = "127.0.0.1") => `${tls === undefined ? "http" : "https"}://${host}:${port}${path}`,
    route: (path, route) => void routes.set(path, route),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The route of the path and query, else of the path, else of the longest folder that it is in. */
function routeOf(routes: ReadonlyMap<string, Route>, url: string): Route {
  const path = url.split("?", 1)[0] ?? "";
  const folders = [...routes.keys()].filter((name) => name.endsWith("/") && path.startsWith(name));
  const folder = folders.sort((a, b) => b.length - a.length)[0] ?? "";
  return routes.get(url) ?? routes.get(path) ?? routes.get(folder) ?? says(404, { body: "404 page not found\n" });
}

export interface FileOptions {
  /** Its ETag, quotes included; made of the content unless given. With null it has none. */
  readonly etag?: string | null;
  readonly type?: string;
  /** `ignored`: always the whole, as 200. `shifted`: a 206 that begins one byte late, and says so. */
  readonly range?: "honoured" | "ignored" | "shifted";
  /** The first `times` answers end after so many bytes: by a cut connection, or by saying nothing more. */
  readonly breaks?: { readonly after: number; readonly times?: number; readonly by?: "cut" | "silence" };
  /** The Content-Length that it claims; then the connection is closed. */
  readonly claims?: number;
  /** So many bytes at once, so often. */
  readonly trickle?: { readonly bytes: number; readonly everyMs: number };
}

/** A file as servers of files give it: with its length, an ETag, 304 for who has it already, 206 for a part, 416. */
export function file(content: string | Buffer, options: FileOptions = {}): Route {
  const bytes = Buffer.from(content);
  const etag = options.etag === undefined ? etagOf(bytes) : options.etag;
  const { after, times = 1, by = "cut" } = options.breaks ?? { after: bytes.length, times: 0 };
  let answers = 0;
  return async (request, answer) => {
    const part = head(request, answer, bytes, { ...options, etag });
    if (part === undefined) return void answer.end();
    answer.flushHeaders();
    const breaksOff = ++answers <= times;
    await send(answer, breaksOff ? part.subarray(0, after) : part, options.trickle);
    if (breaksOff && by === "silence") return;
    if (breaksOff || options.claims !== undefined) answer.socket?.destroySoon();
    else answer.end();
  };
}

/** Writes the status and the headers that are due; gives the part of the file that is to follow, if any. */
function head(request: IncomingMessage, answer: ServerResponse, bytes: Buffer, options: FileOptions) {
  const { etag = null, type = "application/octet-stream", range, claims } = options;
  const start = range === "ignored" ? 0 : rangeStart(request, etag);
  const begin = start > 0 && range === "shifted" ? start + 1 : start;
  const part = bytes.subarray(begin);
  answer.setHeader("Content-Type", type);
  answer.setHeader("Accept-Ranges", range === "ignored" ? "none" : "bytes");
  if (etag !== null) answer.setHeader("ETag", etag);
  if (etag !== null && request.headers["if-none-match"] === etag) {
    answer.writeHead(304);
    return undefined;
  }
  if (start > 0 && start >= bytes.length) {
    answer.writeHead(416, { "Content-Range": `bytes */${bytes.length}` });
    return undefined;
  }
  if (start > 0) answer.setHeader("Content-Range", `bytes ${begin}-${bytes.length - 1}/${bytes.length}`);
  answer.writeHead(start > 0 ? 206 : 200, { "Content-Length": claims ?? part.length });
  return request.method === "HEAD" ? undefined : part;
}

/** `bytes=5-` is all that a client of ours asks for; with an If-Range of another content the whole is meant. */
function rangeStart({ headers }: IncomingMessage, etag: string | null): number {
  const condition = headers["if-range"];
  if (condition !== undefined && condition !== etag) return 0;
  return Number(/^bytes=(\d+)-/.exec(headers.range ?? "")?.[1] ?? 0);
}

async function send(answer: ServerResponse, bytes: Buffer, trickle: FileOptions["trickle"]): Promise<void> {
  const step = trickle?.bytes ?? Math.max(bytes.length, 1);
  // The client may go away before it took everything.
  const gone = new Promise((resolve) => answer.once("close", resolve));
  for (let at = 0; at < bytes.length && !answer.destroyed; at += step) {
    if (at > 0) await pause(trickle?.everyMs);
    await Promise.race([gone, new Promise((resolve) => answer.write(bytes.subarray(at, at + step), resolve))]);
  }
}

/** Every file of a folder, below a route that ends with a slash. */
export function folder(path: string, prefix: string): Route {
  return async (request, answer) => {
    const name = decodeURIComponent((request.url ?? "").split("?", 1)[0] ?? "").slice(prefix.length);
    const content = await readFile(join(path, normalize(`/${name}`))).catch(() => undefined);
    await (content === undefined ? says(404, { body: "404 page not found\n" }) : file(content))(request, answer);
  };
}

/** A status with headers and a few words. */
export function says(status: number, { headers = {}, body = "" }: Saying = {}): Route {
  return (_request, answer) => void answer.writeHead(status, headers).end(body);
}

interface Saying {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export const redirect = (to: string, status = 302): Route => says(status, { headers: { Location: to } });

/** JSON with an ETag. */
export const json = (value: unknown): Route => file(JSON.stringify(value), { type: "application/json" });

/** A route for each request in turn; the last one for all that follow. */
export function inTurn(...routes: readonly [Route, ...Route[]]): Route {
  let next = 0;
  return (request, answer) => {
    const route = routes[Math.min(next++, routes.length - 1)] ?? routes[0];
    return route(request, answer);
  };
}

/** A route for who sends these credentials (`Bearer …`, `Basic …`); 401 and a challenge for everyone else. */
export function guarded(authorization: string, route: Route): Route {
  const scheme = authorization.split(" ", 1)[0] ?? "";
  const refuse = says(401, { headers: { "WWW-Authenticate": `${scheme} realm="test"` }, body: "Unauthorized\n" });
  return (request, answer) => (request.headers.authorization === authorization ? route : refuse)(request, answer);
}

export const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

/** Cuts the connection before any answer. */
export const hangUp: Route = (request) => void request.socket.destroy();

const etagOf = (bytes: Buffer): string => `"${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}"`;
