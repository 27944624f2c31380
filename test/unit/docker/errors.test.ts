import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { agreeOn } from "../../../src/docker/client.ts";
import { connect } from "../../../src/docker/connect.ts";
import { daemonFailure } from "../../../src/docker/errors.ts";
import { isNetwork, referenceOf } from "../../../src/docker/images.ts";
import { environmentFailure } from "../../../src/model/failure.ts";

const unix = { kind: "unix", path: "/run/docker.sock" } as const;
const tcp = { kind: "tcp", host: "192.0.2.7", port: 2376 } as const;
const thrown = (more: object) => Object.assign(new Error("it broke"), more);

test("a daemon that does not answer is the environment's failure, with where and what to do", () => {
  for (const code of ["ENOENT", "ECONNREFUSED", "EHOSTUNREACH", "ENOTFOUND"]) {
    const failure = daemonFailure("list what runs", tcp, thrown({ code }));
    expect(failure).toMatchObject({
      class: "environment",
      message: "no Docker daemon answers at tcp://192.0.2.7:2376",
    });
    expect(failure.hint).toContain("start Docker");
  }
  expect(daemonFailure("list", unix, thrown({ code: "EACCES" }))).toMatchObject({
    message: "you may not use the Docker daemon at unix:///run/docker.sock",
    hint: expect.stringContaining("usermod -aG docker"),
  });
  // The person's own `docker version` may ask another daemon.
  expect(daemonFailure("start books", unix, thrown({ code: "ECONNRESET" }))).toMatchObject({
    message: "the Docker daemon at unix:///run/docker.sock hung up",
    hint: expect.stringContaining("`devenv docker version`"),
  });
  expect(daemonFailure("start books", tcp, thrown({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" })).message).toContain(
    "not trusted: it broke",
  );
});

test("the daemon's own words end the message, without the client's wrapping", () => {
  const json = { message: "Conflict. The container name is in use" };
  expect(daemonFailure("create books", unix, thrown({ statusCode: 409, json }))).toMatchObject({
    class: "user",
    exitCode: 1,
    message: "cannot create books: Conflict. The container name is in use",
  });
  const streamed = Object.assign(new Error("(HTTP code 404) no such container - No such container: books "), {
    statusCode: 404,
    json: null,
  });
  expect(daemonFailure("follow books", unix, streamed).message).toBe("cannot follow books: No such container: books");
});

test("what people meet most comes with advice", () => {
  const taken = { statusCode: 500, json: { message: "Bind for 127.0.0.1:8081 failed: port is already allocated" } };
  expect(daemonFailure("start books", unix, thrown(taken)).hint).toContain("`ports`");
});

test("an aborted call is interrupted, or fails as the one who aborted it says", () => {
  expect(daemonFailure("wait", unix, thrown({ code: "ABORT_ERR" }), AbortSignal.abort()).exitCode).toBe(130);
  const reason = environmentFailure("too slow");
  expect(daemonFailure("wait", unix, thrown({}), AbortSignal.abort(reason))).toBe(reason);
});

test("the API version is the daemon's, but none newer than what this code knows, and none older than Docker 20.10's", () => {
  expect(["1.41", "1.44", "1.47", "1.52"].map((offered) => agreeOn(unix, offered))).toEqual([
    "1.41",
    "1.44",
    "1.47",
    "1.47",
  ]);
  expect(() => agreeOn(unix, "1.40")).toThrow("too old: it speaks API 1.40");
});

test("what answers but is no Docker daemon is said to be none, and nothing of the environment leads elsewhere", async () => {
  const server = createServer((_, answer) => answer.end("hello"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const daemon = connect({ kind: "tcp", host: "127.0.0.1", port });
  await expect(daemon.observe()).rejects.toThrow(`what answers at tcp://127.0.0.1:${port} is not a Docker daemon`);
  daemon.close();
  server.closeAllConnections();
  server.close();
});

test("an address is the only way to a daemon: DOCKER_HOST and its certificates are not even read", async () => {
  const folder = await mkdtemp(join(tmpdir(), "devenv-docker-"));
  const asked: string[] = [];
  const server = createServer(({ url = "" }, answer) => {
    asked.push(url);
    answer.setHeader("Api-Version", "1.52");
    answer.setHeader("Content-Type", "application/json");
    answer.end(url.includes("volumes") ? '{"Volumes":null}' : "[]");
  });
  const path = join(folder, "d.sock");
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const restore = withEnvironment({ DOCKER_HOST: "tcp://192.0.2.1:1", DOCKER_CERT_PATH: "/nonexistent" });
  try {
    const daemon = connect({ kind: "unix", path });
    expect(await daemon.observe()).toEqual({ containers: [], networks: [], volumes: [] });
    daemon.close();
  } finally {
    restore();
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  }
  expect(asked[0]).toBe("/_ping");
  expect(asked.slice(1).map((url) => url.replace(/\?.*/, ""))).toEqual(
    expect.arrayContaining(["/v1.47/containers/json", "/v1.47/networks", "/v1.47/volumes"]),
  );
});

test("a registry that was never reached is told from one that refuses", () => {
  const never = [
    'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 127.0.0.53:53: no such host',
    "net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)",
    "dial tcp 192.0.2.1:443: connect: connection refused",
  ];
  expect(never.map(isNetwork)).toEqual([true, true, true]);
  const refused = [
    "manifest for debian:nope not found: manifest unknown: manifest unknown",
    "pull access denied for books, repository does not exist or may require 'docker login'",
    "toomanyrequests: You have reached your pull rate limit.",
  ];
  expect(refused.map(isNetwork)).toEqual([false, false, false]);
});

test("an image's name is taken apart as the daemon's API wants it, never as all tags", () => {
  expect(referenceOf("debian")).toEqual({ fromImage: "debian", tag: "latest" });
  expect(referenceOf("localhost:5000/team/books")).toEqual({ fromImage: "localhost:5000/team/books", tag: "latest" });
  expect(referenceOf("localhost:5000/books:1")).toEqual({ fromImage: "localhost:5000/books", tag: "1" });
  expect(referenceOf("books@sha256:ab")).toEqual({ fromImage: "books", tag: "sha256:ab" });
});

/** The one place where a test has to change the environment: to show that it does not matter. */
function withEnvironment(values: Record<string, string>): () => void {
  const before = Object.fromEntries(Object.keys(values).map((name) => [name, process.env[name]]));
  Object.assign(process.env, values);
  return () => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}
