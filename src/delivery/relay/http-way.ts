import { Agent, createServer, type IncomingMessage, type Server, ServerResponse } from "node:http";
import { Agent as SecureAgent } from "node:https";
import type { Socket } from "node:net";
import { createProxyServer, type ProxyServer } from "httpxy";
import type { ServiceName } from "../../model/names.ts";
import type { RelayTarget } from "../../model/relay.ts";
import { timedOut, trouble } from "./trouble.ts";
import type { Way } from "./way.ts";

type HttpTarget = Extract<RelayTarget, { kind: "http" }>;

/** How long a remote may take to accept a connection. */
const CONNECTS_WITHIN_MS = 10_000;

/** Longer than clients keep an idle connection, so that it is theirs to close it. */
const IDLE_MS = 10 * 60_000;

/**
 * A reverse proxy to a URL: requests go below its path, under its host name, with its user and password where it has
 * them; bodies are streamed both ways, WebSockets let through. A remote that cannot be reached is a 502 that says why.
 * @param authorities PEM texts of those that an https remote may be signed by
 */
export function httpWay(service: ServiceName, target: HttpTarget, authorities: readonly string[]): Way {
  const url = new URL(target.url);
  const auth =
    url.username === "" ? undefined : `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = "";
  url.password = "";
  const agent =
    url.protocol === "https:"
      ? new SecureAgent({ keepAlive: true, ca: [...authorities] })
      : new Agent({ keepAlive: true });
  const proxy = createProxyServer({
    target: url,
    agent,
    changeOrigin: true,
    // A redirect to the remote itself stays behind the forwarder.
    autoRewrite: true,
    protocolRewrite: "http",
    ...(auth !== undefined && { auth }),
  });
  proxy.on("proxyReq", ({ socket }) => limitConnecting(socket));
  proxy.on("error", (error, _request, answer) => {
    if (answer !== undefined) refuse(answer, `${service} is led to ${url.href}, and ${trouble(target, error)}`);
  });
  const server = frontOf(proxy);
  return { take: (client) => void server.emit("connection", client), close: () => agent.destroy() };
}

function limitConnecting(socket: Socket | null): void {
  if (!socket?.connecting) return;
  const late = setTimeout(() => socket.destroy(timedOut()), CONNECTS_WITHIN_MS);
  socket.once("connect", () => clearTimeout(late));
  socket.once("close", () => clearTimeout(late));
}

/** What speaks HTTP with the forwarder's clients; it listens on nothing of its own. */
function frontOf(proxy: ProxyServer): Server {
  const server = createServer((request, response) => void proxy.web(request, response).catch(() => response.destroy()));
  server.requestTimeout = 0;
  server.keepAliveTimeout = IDLE_MS;
  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    if (request.headers.upgrade?.toLowerCase() === "websocket") {
      void proxy.ws(request, socket, {}, head).catch(() => socket.destroy());
    } else {
      withoutUpgrade(server, request, socket, head);
    }
  });
  return server;
}

/** Others than WebSocket are offers that may be declined (RFC 9110, 7.8), as Java's client makes one of HTTP/2. */
function withoutUpgrade(server: Server, request: IncomingMessage, socket: Socket, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    if (!/^(upgrade|connection|http2-settings)$/i.test(name)) lines.push(`${name}: ${rawHeaders[index + 1]}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), head]));
  server.emit("connection", socket);
}

function refuse(answer: ServerResponse | Socket | object, reason: string): void {
  const body = `devenv: ${reason}\n`;
  if (answer instanceof ServerResponse) {
    if (answer.headersSent) answer.destroy();
    else answer.writeHead(502, { "content-type": "text/plain; charset=utf-8" }).end(body);
  } else if ("end" in answer && typeof answer.end === "function") {
    // A WebSocket that was to be: still HTTP, spoken by hand.
    answer.end(
      `HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${body}`,
    );
  }
}
