import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LinkState } from "../../../../src/model/link.ts";
import { haveLink } from "../../../../src/provider/ssh/launch.ts";
import { linkLayout, makeLinkFolders } from "../../../../src/provider/ssh/layout.ts";
import { surroundingsIn } from "../surroundings.ts";

const LOST: LinkState = {
  pid: process.pid,
  host: "the virtual machine of shop",
  isMachine: true,
  phase: "lost",
  since: "2026-11-22T00:00:00.000Z",
  failure: { class: "environment", message: "the virtual machine of shop is being started" },
  ports: [],
};
const CONNECTING: LinkState = { ...LOST, phase: "connecting", failure: undefined };
const UP: LinkState = { ...CONNECTING, phase: "up" };
const MACHINE = { of: "vm", cluster: "shop", config: "/none", docker: "/run/docker.sock" } as const;

let folder: string;
let server: Server;
let said: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dlt-"));
});
afterEach(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

/** A link that lives and says this of itself, one after the other, and then the last for ever; each look takes a second. */
async function linkThatSays(states: readonly LinkState[], address: Parameters<typeof linkLayout>[0]) {
  let now = 0;
  let asked = 0;
  const own = surroundingsIn(folder);
  const sleep = async () => {
    now += 1000;
  };
  const surroundings = { ...own, clock: { ...own.clock, monotonic: () => now, sleep } };
  const layout = linkLayout(address, surroundings);
  await makeLinkFolders(layout);
  server = createServer((_, response) => {
    response.end(JSON.stringify(states[Math.min(asked++, states.length - 1)]));
  });
  await new Promise<void>((resolve) => server.listen(layout.orders, resolve));
  said = [];
  return (insists: boolean) =>
    haveLink(layout, surroundings, { insists, progress: (note) => said.push(note), signal: undefined });
}

const forSeconds = (count: number, state: LinkState): LinkState[] => Array.from({ length: count }, () => state);

describe("a link that lives and does not stand", () => {
  it("is waited for by an `up` that has just booted the machine, though it still says why it was lost", async () => {
    const have = await linkThatSays([...forSeconds(5, LOST), ...forSeconds(30, CONNECTING), UP], {
      destination: "devenv-shop",
      machine: MACHINE,
    });
    await have(true);
    expect(said).toEqual(["connecting to the virtual machine of shop"]);
  });

  it("gives others two seconds, and then says why it was lost", async () => {
    const have = await linkThatSays([...forSeconds(5, LOST), UP], { destination: "devenv-shop", machine: MACHINE });
    await expect(have(false)).rejects.toMatchObject({ message: "the virtual machine of shop is being started" });
  });

  it("does not give an old reason once it connects again", async () => {
    const have = await linkThatSays([CONNECTING], { destination: "devenv-shop", machine: MACHINE });
    await expect(have(false)).rejects.toMatchObject({
      message: "the connection to the virtual machine of shop is still being made",
    });
  });

  it("to a host of somebody else's has an `up` wait no longer than others", async () => {
    const have = await linkThatSays([...forSeconds(5, LOST), UP], { destination: "me@build-box" });
    await expect(have(true)).rejects.toMatchObject({ message: LOST.failure?.message });
  });
});
