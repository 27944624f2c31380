import { createServer, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { describeListener, whoListens } from "../../../src/host/ports.ts";

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

/** Listens on a port of the system's choice and gives it. */
async function listen(host: string): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen({ port: 0, host }, resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function freedPort(): Promise<number> {
  const port = await listen("127.0.0.1");
  const server = servers.pop();
  await new Promise((resolve) => server?.close(resolve));
  return port;
}

describe.skipIf(process.platform !== "linux")("whoListens", () => {
  it("names the process that has the port", async () => {
    const port = await listen("127.0.0.1");
    expect(await whoListens(port, "127.0.0.1")).toEqual({
      free: false,
      reason: "taken",
      by: { pid: process.pid, command: "node" },
    });
  });

  it("sees that a listener on all addresses is in the way of one", async () => {
    const port = await listen("0.0.0.0");
    expect(await whoListens(port, "127.0.0.1")).toMatchObject({ free: false, by: { pid: process.pid } });
  });

  it("sees that a listener on one address is in the way of all", async () => {
    const port = await listen("127.0.0.1");
    expect(await whoListens(port, "0.0.0.0")).toMatchObject({ free: false, by: { pid: process.pid } });
  });

  it("sees that a listener for IPv6 and IPv4 is in the way of either", async () => {
    const port = await listen("::");
    expect(await whoListens(port, "127.0.0.1")).toMatchObject({ free: false, by: { pid: process.pid } });
    expect(await whoListens(port, "::1")).toMatchObject({ free: false, by: { pid: process.pid } });
  });

  it("lets two addresses have the same port", async () => {
    const port = await listen("127.0.0.1");
    expect(await whoListens(port, "127.0.0.2")).toEqual({ free: true });
  });
});

describe("whoListens anywhere", () => {
  it("says that a port nobody has is free, and leaves it free", async () => {
    const port = await freedPort();
    expect(await whoListens(port, "127.0.0.1")).toEqual({ free: true });
    expect(await whoListens(port, "127.0.0.1")).toEqual({ free: true });
  });

  it("tells an address that this machine does not have from a port that is taken", async () => {
    expect(await whoListens(8080, "203.0.113.1")).toEqual({ free: false, reason: "noSuchAddress" });
  });
});

it("describes a listener, known or not", () => {
  expect(describeListener({ pid: 123, command: "nginx" })).toBe("nginx (pid 123)");
  expect(describeListener(undefined)).toBe("another process");
});
