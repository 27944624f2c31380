import { afterEach, beforeEach, expect, test } from "vitest";
import { connect } from "../../../src/docker/connect.ts";
import type { Daemon } from "../../../src/docker/daemon.ts";
import { containerId } from "../../../src/model/names.ts";
import { type HttpServer, type Route, says, startHttpServer } from "../../harness/http-server.ts";

let server: HttpServer;
let daemon: Daemon;
beforeEach(async () => {
  server = await startHttpServer();
  server.route("/_ping", says(200, { headers: { "Api-Version": "1.41" } }));
  daemon = connect({ kind: "tcp", host: "127.0.0.1", port: server.port });
});
afterEach(async () => {
  daemon.close();
  await server.close();
});

const web = containerId("web");
const WAIT = "/v1.41/containers/web/wait";

/** The head of an answer, as the daemon sends it at once to who waits, and what comes later. */
const answering =
  (then: (answer: Parameters<Route>[1]) => void): Route =>
  (_request, answer) => {
    answer.writeHead(200, { "Content-Type": "application/json" });
    answer.write('{"Status', () => then(answer));
  };

test("a connection that is cut in the middle of an answer is a daemon that hung up, and nobody waits on", async () => {
  server.route(
    WAIT,
    answering((answer) => answer.socket?.destroy()),
  );
  await expect(daemon.wait(web)).rejects.toMatchObject({
    class: "environment",
    message: expect.stringMatching(/^the Docker daemon at .* hung up$/),
  });
});

test("an answer that has begun is given up by who aborts, and is whole for who does not", async () => {
  const given = new AbortController();
  server.route(
    WAIT,
    answering(() => given.abort()),
  );
  await expect(daemon.wait(web, given.signal)).rejects.toMatchObject({ exitCode: 130 });
  server.route(
    WAIT,
    answering((answer) => answer.end('Code":7}')),
  );
  expect(await daemon.wait(web)).toBe(7);
});

test("a refusal has the daemon's words, with and without JSON", async () => {
  server.route(WAIT, says(404, { body: '{"message":"No such container: web"}' }));
  await expect(daemon.wait(web)).rejects.toThrow("cannot wait for container web: No such container: web");
  server.route(WAIT, says(500, { body: "out of order\n" }));
  await expect(daemon.wait(web)).rejects.toThrow("cannot wait for container web: out of order");
});
