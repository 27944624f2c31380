import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { stayWith } from "../../../../src/provider/ssh/orders.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dlo-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it("keeps a link with one connection, however often it is asked, and the next link with another one", async () => {
  const socket = join(folder, "link.sock");
  const open: ServerResponse[] = [];
  let came = () => {};
  const arrival = () =>
    new Promise<void>((resolve) => {
      came = resolve;
    });
  const server = createServer((_, response) => {
    open.push(response);
    response.flushHeaders();
    came();
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const first = arrival();
  expect(await Promise.all([stayWith(socket), stayWith(socket), stayWith(socket)])).toEqual([true, true, true]);
  await first;
  const second = arrival();
  open[0]?.destroy();
  // The end is heard a moment later; until then it is taken for kept.
  const looks = setInterval(() => void stayWith(socket), 5);
  await second;
  clearInterval(looks);
  expect(open).toHaveLength(2);
  server.closeAllConnections();
  server.close();
});

it("says where there is no link to keep, and where it hangs up because it ends", async () => {
  const socket = join(folder, "link.sock");
  expect(await stayWith(socket)).toBe(false);
  const server = createServer((request) => request.socket.destroy());
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  expect(await stayWith(socket)).toBe(false);
  server.close();
});
