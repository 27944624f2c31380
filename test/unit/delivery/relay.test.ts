import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage, request } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Relay } from "../../../src/delivery/relay/relay.ts";
import { serviceName } from "../../../src/model/names.ts";
import type { RelayRoute, RelayTarget } from "../../../src/model/relay.ts";
import { type Certificates, makeCertificates } from "../../harness/certificates.ts";
import { atEachTurn, standStill } from "../../harness/stand-still.ts";

let certificates: Certificates;
let folder: string;
let relay: Relay;
const servers: (Server | HttpServer)[] = [];

beforeAll(async () => {
  certificates = await makeCertificates("DNS:localhost");
});
afterAll(() => certificates.remove());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "devenv-relay-"));
  relay = new Relay(folder);
});
afterEach(async () => {
  await relay.close();
  for (const server of servers.splice(0)) {
    if ("closeAllConnections" in server) server.closeAllConnections();
    server.close();
  }
  await rm(folder, { recursive: true });
});

const SOCKET = () => join(folder, "relay", "search-8080");
const route = (target: RelayTarget): RelayRoute => ({ service: serviceName("search"), port: 8080, target });
const lead = (target: RelayTarget) => relay.lead([route(target)], certificates.authority);
const here = (port: number): RelayTarget => ({ kind: "tcp", host: "127.0.0.1", port });

async function listening(server: Server | HttpServer, address = "127.0.0.1"): Promise<number> {
  servers.push(server);
  // Whoever only looks whether it is there resets the connection.
  server.on("connection", (socket: Socket) => socket.on("error", () => {}));
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return (server.address() as AddressInfo).port;
}

/** A connection to the relay, as a forwarder makes it. */
const dialled = () => connect({ path: SOCKET(), allowHalfOpen: true });

/** All that comes. Not `stream/consumers`, which ends the other half with it. */
function text(stream: Readable): Promise<string> {
  let said = "";
  stream.setEncoding("utf8");
  stream.on("data", (piece: string) => {
    said += piece;
  });
  return new Promise((resolve, reject) => {
    stream.on("end", () => resolve(said));
    stream.on("error", reject);
  });
}

/** Writes all of it, ends its half, and gives all that came. */
async function say(words: string): Promise<string> {
  const socket = dialled();
  socket.end(words);
  return text(socket);
}

/** One request through the relay; gives the status, the body and the headers. */
function ask(path: string, options: { method?: string; body?: string; headers?: Record<string, string> } = {}) {
  const { body, ...rest } = options;
  return new Promise<{ status: number; body: string; headers: IncomingMessage["headers"] }>((resolve, reject) => {
    const asked = request({ socketPath: SOCKET(), path, agent: false, ...rest }, async (answer) =>
      resolve({ status: answer.statusCode ?? 0, body: await text(answer), headers: answer.headers }),
    );
    asked.on("error", reject);
    asked.end(body);
  });
}

describe("a relay to a port of this machine", () => {
  it("answers one who has ended his half, and tells the other side of it", async () => {
    const port = await listening(
      createServer({ allowHalfOpen: true }, async (socket) => {
        const heard = await text(socket); // comes to its end only with the client's half
        socket.end(`heard ${heard}`);
      }),
    );
    await lead(here(port));
    expect(await say("all of it")).toBe("heard all of it");
  });

  it("keeps one half going when the server has ended the other", async () => {
    let heard: Promise<string> | undefined;
    const port = await listening(
      createServer({ allowHalfOpen: true }, (socket) => {
        socket.end("that was all");
        heard = text(socket);
      }),
    );
    await lead(here(port));
    const socket = dialled();
    expect(await text(socket)).toBe("that was all");
    socket.end("and now I");
    await expect.poll(() => heard).toBeDefined();
    expect(await heard).toBe("and now I");
  });

  it("carries 100 MB both ways at the same time, whole", { timeout: 60_000 }, async () => {
    const port = await listening(createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)));
    await lead(here(port));
    const piece = Buffer.alloc(1024 * 1024, "devenv");
    const socket = dialled();
    let left = 100;
    const pump = () => {
      while (left > 0) {
        left--;
        if (!socket.write(piece)) return void socket.once("drain", pump);
      }
      socket.end();
    };
    pump();
    let bytes = 0;
    for await (const chunk of socket) bytes += (chunk as Buffer).length;
    expect(bytes).toBe(100 * piece.length);
  });

  it("takes a hundred connections at once", async () => {
    const port = await listening(createServer((socket) => socket.pipe(socket)));
    await lead(here(port));
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => say(`number ${index}`)));
    expect(answers).toEqual(Array.from({ length: 100 }, (_, index) => `number ${index}`));
  });

  it("finds it however long the machine stands still meanwhile", async () => {
    const port = await listening(createServer((socket) => void socket.end("here")));
    await lead(here(port));
    const answer = say("");
    await atEachTurn(5, () => standStill(300));
    expect(await answer).toBe("here");
  });

  it("tells the server when the client is gone", async () => {
    let gone: (() => void) | undefined;
    const isGone = new Promise<void>((resolve) => {
      gone = resolve;
    });
    const port = await listening(
      createServer((socket) => {
        socket.on("error", () => {});
        socket.on("close", () => gone?.());
        socket.write("hello");
      }),
    );
    await lead(here(port));
    const socket = dialled();
    await new Promise((resolve) => socket.once("data", resolve));
    socket.destroy();
    await isGone;
  });

  it("closes at once where nothing listens, and says so when asked", async () => {
    const server = createServer();
    const port = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    await lead(here(port));
    expect(await say("anybody?")).toBe("");
    expect(await relay.state()).toEqual([
      { route: route(here(port)), problem: `nothing listens on 127.0.0.1:${port}` },
    ]);
  });

  it("finds a program that listens on ::1 alone, as those do that listen on localhost", async () => {
    await lead(
      here(
        await listening(
          createServer((socket) => void socket.end("on six")),
          "::1",
        ),
      ),
    );
    expect(await say("")).toBe("on six");
    expect((await relay.state())[0]?.problem).toBeUndefined();
  });

  it("cuts the connections of a route that leads elsewhere from now on, and leaves the others alone", async () => {
    const saying = (words: string) => listening(createServer((socket) => void socket.write(words)));
    const [one, other, third] = [await saying("one"), await saying("other"), await saying("third")];
    const stays = { ...route(here(third)), port: 9000 };
    await relay.lead([route(here(one)), stays], undefined);
    const [moving, staying] = [dialled(), connect(join(folder, "relay", "search-9000"))];
    await Promise.all([moving, staying].map((socket) => new Promise((resolve) => socket.once("data", resolve))));
    const cut = new Promise((resolve) => moving.once("end", resolve));
    await relay.lead([route(here(other)), stays], undefined);
    await cut;
    expect(staying.destroyed).toBe(false);
    staying.destroy();
    const again = dialled();
    expect(String(await new Promise((resolve) => again.once("data", resolve)))).toBe("other");
    again.destroy();
  });

  it("has sockets that are this person's alone, and takes them away when it ends", async () => {
    await lead(here(await listening(createServer())));
    expect((await stat(SOCKET())).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, "relay"))).mode & 0o777).toBe(0o700);
    await relay.close();
    await expect(stat(SOCKET())).rejects.toThrow("ENOENT");
  });

  it("begins anew where one was killed and left its sockets behind", async () => {
    const left = createServer();
    await lead(here(await listening(left)));
    const second = new Relay(folder);
    const port = await listening(createServer((socket) => void socket.end("the second")));
    await second.lead([route(here(port))], undefined);
    expect(await say("")).toBe("the second");
    await second.close();
  });

  it("lies in folders whose path is longer than a socket's address", async () => {
    const deep = join(folder, "deep".repeat(30));
    const far = new Relay(deep);
    const port = await listening(createServer((socket) => void socket.end("far down")));
    await far.lead([route(here(port))], undefined);
    expect((await stat(join(deep, "relay", "search-8080"))).isSocket()).toBe(true);
    await far.close();
    await expect(stat(join(deep, "relay", "search-8080"))).rejects.toThrow("ENOENT");
  });
});

describe("a relay over TLS", () => {
  const secured = async (answer: (socket: Socket) => void) => {
    const [cert, key] = await Promise.all([readFile(certificates.certificate), readFile(certificates.key)]);
    return listening(createTlsServer({ cert, key }, answer));
  };

  it("speaks TLS there and none with its clients, and names the server", async () => {
    const port = await secured((socket) => {
      const { servername } = socket as Socket & { servername?: string };
      socket.on("data", (words) => socket.end(`${servername} heard ${words}`));
    });
    await lead({ kind: "tls", host: "localhost", port });
    const socket = dialled();
    socket.write("a word");
    expect(await text(socket)).toBe("localhost heard a word");
    expect((await relay.state())[0]?.problem).toBeUndefined();
  });

  it("trusts no certificate whose authority it does not know, and says what to do", async () => {
    const port = await secured((socket) => void socket.end("a secret"));
    await relay.lead([route({ kind: "tls", host: "localhost", port })], undefined);
    expect(await say("")).toBe("");
    expect((await relay.state())[0]?.problem).toMatch(
      new RegExp(`^the certificate of localhost:${port} is not trusted: .*NODE_EXTRA_CA_CERTS`),
    );
  });

  it("does not take a certificate for another name", async () => {
    const port = await secured((socket) => void socket.end("a secret"));
    await lead({ kind: "tls", host: "127.0.0.1", port });
    expect(await say("")).toBe("");
    expect((await relay.state())[0]?.problem).toMatch(/^the certificate of 127\.0\.0\.1:\d+ is for another name/);
  });
});

describe("a relay to a URL", () => {
  /** A remote over HTTPS that tells what it was asked. */
  const remote = async () => {
    const [cert, key] = await Promise.all([readFile(certificates.certificate), readFile(certificates.key)]);
    const server = createHttpsServer({ cert, key }, async (asked, answer) => {
      const { host, authorization } = asked.headers;
      if (asked.url?.endsWith("/moved"))
        return void answer.writeHead(302, { location: `https://${host}/v1/new` }).end();
      answer.end(JSON.stringify({ url: asked.url, host, authorization, body: await text(asked) }));
    });
    return listening(server);
  };

  it("asks below its path, under its name, with its user's name and password, and passes the body on", async () => {
    const port = await remote();
    await lead({ kind: "http", url: `https://ada:s%40fe@localhost:${port}/v1/` });
    const { status, body } = await ask("/books?from=7", {
      method: "POST",
      body: "a title",
      headers: { host: "search:8080" },
    });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toEqual({
      url: "/v1/books?from=7",
      host: `localhost:${port}`,
      authorization: `Basic ${Buffer.from("ada:s@fe").toString("base64")}`,
      body: "a title",
    });
  });

  it("keeps a redirect to the remote itself behind the forwarder", async () => {
    const port = await remote();
    await lead({ kind: "http", url: `https://localhost:${port}` });
    const { status, headers } = await ask("/moved", { headers: { host: "search:8080" } });
    expect([status, headers.location]).toEqual([302, "http://search:8080/v1/new"]);
  });

  it("lets the bytes through as they come", async () => {
    let finish: (() => void) | undefined;
    const server = createHttpServer((_asked, answer) => {
      answer.write("first");
      finish = () => answer.end(" and last");
    });
    await lead({ kind: "http", url: `http://127.0.0.1:${await listening(server)}` });
    const answer = await new Promise<IncomingMessage>((resolve) => {
      request({ socketPath: SOCKET(), agent: false }, resolve).end();
    });
    answer.setEncoding("utf8");
    expect(await new Promise((resolve) => answer.once("data", resolve))).toBe("first"); // while it is not finished
    finish?.();
    expect(await text(answer)).toBe(" and last");
  });

  it("lets a WebSocket through, both ways", async () => {
    const server = createHttpServer();
    server.on("upgrade", (asked, socket) => {
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nat ${asked.url};`,
      );
      socket.on("data", (words: Buffer) => socket.end(`heard ${words}`));
    });
    await lead({ kind: "http", url: `http://127.0.0.1:${await listening(server)}/live` });
    const socket = dialled();
    socket.write("GET /feed HTTP/1.1\r\nHost: search\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    let said = "";
    socket.setEncoding("utf8");
    for await (const piece of socket) {
      said += piece;
      if (said.endsWith("at /live/feed;")) socket.write("ping");
    }
    expect(said).toMatch(/^HTTP\/1\.1 101 [\s\S]*at \/live\/feed;heard ping$/);
  });

  it("declines the offer of another protocol and answers all the same, as Java's client makes one of HTTP/2", async () => {
    const server = createHttpServer(async (asked, answer) =>
      answer.end(JSON.stringify({ upgrade: asked.headers.upgrade, body: await text(asked) })),
    );
    await lead({ kind: "http", url: `http://127.0.0.1:${await listening(server)}` });
    const headers = { connection: "Upgrade, HTTP2-Settings", upgrade: "h2c", "http2-settings": "AAEAAEAAAAIAAAAB" };
    const { status, body } = await ask("/", { method: "POST", body: "as ever", headers });
    expect([status, JSON.parse(body)]).toEqual([200, { body: "as ever" }]);
  });

  it("answers 502 with the reason, and without the password, when the remote is not there", async () => {
    const server = createServer();
    const port = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    await lead({ kind: "http", url: `http://ada:safe@127.0.0.1:${port}/v1` });
    const { status, body } = await ask("/books");
    expect(status).toBe(502);
    expect(body).toBe(
      `devenv: search is led to http://127.0.0.1:${port}/v1, and nothing listens on 127.0.0.1:${port}\n`,
    );
  });

  it("answers 502 when the remote's certificate is not trusted", async () => {
    const port = await remote();
    await relay.lead([route({ kind: "http", url: `https://localhost:${port}` })], undefined);
    const { status, body } = await ask("/");
    expect(status).toBe(502);
    expect(body).toContain(`the certificate of localhost:${port} is not trusted`);
  });
});
