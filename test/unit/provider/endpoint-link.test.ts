import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { LinkPort, LinkState } from "../../../src/model/link.ts";
import { untilLed } from "../../../src/provider/endpoint-link.ts";

let folder: string;
let server: Server;
/** What the link says that it leads, at the moment that it is asked. */
let led: readonly LinkPort[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dlp-"));
  led = [];
  server = createServer((_, response) => {
    const state: LinkState = { pid: 1, host: "there", phase: "up", since: "2026-01-01T00:00:00Z", ports: led };
    response.end(JSON.stringify(state));
  });
  await new Promise<void>((resolve) => server.listen(join(folder, "link.sock"), resolve));
});
afterEach(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

/** How long, by its own clock, the ports of what runs over there were waited for. */
async function waited(published: (ms: number) => readonly number[], onSleep: (ms: number) => void = () => {}) {
  let now = 0;
  const clock = {
    now: () => now,
    monotonic: () => now,
    sleep: async (ms: number) => {
      now += ms;
      onSleep(now);
    },
  };
  const endpoint = { provider: "ssh", address: { kind: "unix", path: join(folder, "docker.sock") } } as const;
  await untilLed(endpoint, async () => published(now), clock, new AbortController().signal);
  return now;
}

it("waits until the link has led every port of what runs, or says why it cannot", async () => {
  const ms = await waited(
    () => [8081, 8082],
    (now) => {
      led = [
        { port: 8081, container: "books" },
        ...(now > 400 ? [{ port: 8082, container: "web", problem: "it is taken" }] : []),
      ];
    },
  );
  expect(ms).toBeGreaterThan(400);
  expect(ms).toBeLessThan(500);
});

it("waits no longer for a container that has ended meanwhile", async () => {
  expect(await waited((now) => (now < 100 ? [8081] : []))).toBeLessThan(500);
});
