import { mkdtemp, rm } from "node:fs/promises";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LinkState } from "../../../../src/model/link.ts";
import type { SshAddress } from "../../../../src/model/ssh.ts";
import { linkLayout, makeLinkFolders } from "../../../../src/provider/ssh/layout.ts";
import { sshProvider } from "../../../../src/provider/ssh.ts";
import { INFO, serveWith, surroundingsIn } from "../surroundings.ts";

const UP: LinkState = {
  pid: process.pid,
  host: "the virtual machine of shop",
  isMachine: true,
  phase: "up",
  since: "2026-11-22T00:00:00.000Z",
  ports: [],
};
const GUEST: SshAddress = {
  destination: "devenv-shop",
  machine: { of: "vm", cluster: "shop", config: "/none", docker: "/run/docker.sock" },
};

let folder: string;
let servers: Server[];
let asked: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dst-"));
  [servers, asked] = [[], 0];
});
afterEach(async () => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  await rm(folder, { recursive: true, force: true });
});

/** The provider of an address whose link stands, and whose daemon has no time for the first who ask. */
async function behindBusyDaemon(address: SshAddress, busyFor: number) {
  const surroundings = surroundingsIn(folder);
  const layout = linkLayout(address, surroundings);
  await makeLinkFolders(layout);
  const link = await serveWith(layout.orders, ({ url }, response) => {
    if (url === "/stay") response.flushHeaders();
    else response.end(JSON.stringify(UP));
  });
  const daemon = await serveWith(layout.docker, (_, response) => {
    asked++;
    if (asked <= busyFor) response.destroy();
    else response.end(JSON.stringify(INFO));
  });
  servers = [link, daemon];
  return sshProvider(address, surroundings);
}

const SILENT = "stands, and its Docker daemon does not tell what it is";

describe("a daemon that answers its link, and has no time for who asks next", () => {
  it("is asked on by an `up`, which may have resumed its machine a moment ago", async () => {
    const provider = await behindBusyDaemon(GUEST, 5);
    expect(await provider.up(() => {})).toMatchObject({ provider: "vm", machine: { cluster: "shop" } });
    expect(asked).toBe(6);
  });

  it("is asked twice by others, who are told that it is silent, and not that its connection was lost", async () => {
    const provider = await behindBusyDaemon(GUEST, 5);
    const message = `the connection to the virtual machine of shop ${SILENT}`;
    await expect(provider.reach()).rejects.toMatchObject({ message });
    expect(asked).toBe(2);
  });

  it("on a host of somebody else's is asked twice by an `up`, too", async () => {
    const provider = await behindBusyDaemon({ destination: "me@build-box" }, 5);
    await expect(provider.up(() => {})).rejects.toMatchObject({ message: `the connection to me@build-box ${SILENT}` });
    expect(asked).toBe(2);
  });
});
