import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { GuestAgent } from "../../../../src/provider/vm/agent.ts";
import { Qmp, readQmp } from "../../../../src/provider/vm/qmp.ts";

let folder: string;
let socket: string;
let server: Server | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "devenv-qmp-"));
  socket = join(folder, "s");
});
afterEach(async () => {
  server?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Answers each line of a client as it is told, as QEMU does at its sockets. */
async function listen(answer: (line: string, client: Socket) => void, greeting = ""): Promise<void> {
  server = createServer((client) => {
    client.write(greeting);
    client.setEncoding("latin1").on("data", (text: string) => {
      for (const line of text.split("\n").filter((each) => each !== "")) answer(line, client);
    });
    client.on("error", () => {});
  });
  await new Promise<void>((resolve) => server?.listen(socket, resolve));
}

test("lines of the monitor are told apart", () => {
  expect(readQmp('{"QMP": {"version": {}}}')).toEqual({ kind: "greeting" });
  expect(readQmp('{"return": {"status": "paused"}, "id": 3}')).toEqual({
    ...{ kind: "answer", id: 3, value: { status: "paused" } },
  });
  expect(readQmp('{"id": 4, "error": {"class": "GenericError", "desc": "no"}}')).toEqual({
    ...{ kind: "refusal", id: 4, words: "no" },
  });
  expect(readQmp('{"event": "STOP", "timestamp": {}}')).toEqual({ kind: "event", event: "STOP", data: {} });
  expect(readQmp("{")).toEqual({ kind: "noise" });
  expect(readQmp("null")).toEqual({ kind: "noise" });
});

test("an event that came before it was waited for is not missed, and the next one is waited for", async () => {
  const greeting = '{"QMP": {}}\n{"event": "MIGRATION", "data": {"status": "active"}}\n';
  await listen((line, client) => {
    const { id, execute } = JSON.parse(line);
    client.write(`{"return": {}, "id": ${id}}\n`);
    if (execute === "go") client.write('{"event": "MIGRATION", "data": {"status": "completed"}}\n');
  }, greeting);
  const monitor = await Qmp.open(socket);
  const next = () => monitor?.event(({ event }) => event === "MIGRATION");
  expect((await next())?.data).toEqual({ status: "active" });
  const later = next();
  await monitor?.ask("go");
  expect((await later)?.data).toEqual({ status: "completed" });
  monitor?.close();
});

test("a refusal is told in QEMU's words, and so is its end", async () => {
  await listen((line, client) => {
    const { id, execute } = JSON.parse(line);
    if (execute === "quit") client.destroy();
    else if (execute === "migrate") client.write(`{"error": {"desc": "devenv0 is mounted"}, "id": ${id}}\n`);
    else client.write(`{"return": {}, "id": ${id}}\n`);
  });
  const monitor = await Qmp.open(socket);
  await expect(monitor?.ask("migrate")).rejects.toThrow("QEMU refuses: devenv0 is mounted");
  await expect(monitor?.ask("quit")).rejects.toThrow("QEMU has ended");
  await expect(monitor?.ask("cont")).rejects.toThrow("QEMU has ended");
  await expect(monitor?.event(() => true)).rejects.toThrow("QEMU has ended");
});

test("where nobody listens there is no monitor", async () => {
  expect(await Qmp.open(socket)).toBeUndefined();
});

test("what the agent has yet to say to an earlier connection is nobody's", async () => {
  await listen((line, client) => {
    const { execute, arguments: options } = JSON.parse(line.slice(line.lastIndexOf("\xff") + 1));
    const stale = '{"return": 7}\n{"return": {"pid": 1}}\n';
    if (execute === "guest-sync-delimited") client.write(`${stale}\xff{"return": ${options.id}}\n`, "latin1");
    else client.write('{"return": 42}\n');
  });
  const agent = await GuestAgent.open(socket);
  expect(await agent.ask("guest-get-time")).toBe(42);
  agent.close();
});

test("a program in the guest is waited for, with what it printed and how it ended", async () => {
  let looks = 0;
  await listen((line, client) => {
    const { execute, arguments: options } = JSON.parse(line.slice(line.lastIndexOf("\xff") + 1));
    if (execute === "guest-sync-delimited") client.write(`\xff{"return": ${options.id}}\n`, "latin1");
    if (execute === "guest-exec") client.write('{"return": {"pid": 12}}\n');
    if (execute !== "guest-exec-status") return;
    looks += 1;
    const out = Buffer.from("grüße\n").toString("base64");
    const end = looks < 3 ? { exited: false } : { exited: true, signal: 9, "out-data": out };
    client.write(`${JSON.stringify({ return: end })}\n`);
  });
  const agent = await GuestAgent.open(socket);
  expect(await agent.run({ path: "/bin/sh" })).toEqual({ code: 137, stdout: "grüße\n", stderr: "" });
  agent.close();
});

test("a guest that does not answer in time, or whose QEMU ends meanwhile, is told", async () => {
  let openings = 0;
  await listen((_, client) => void (++openings > 1 && client.destroy()));
  await expect(GuestAgent.open(socket, { timeoutMs: 50 })).rejects.toThrow("the guest did not answer within");
  await expect(GuestAgent.open(socket, { timeoutMs: 30_000 })).rejects.toThrow("QEMU has ended");
});

test("waiting for a guest ends with Ctrl-C", async () => {
  await listen(() => {});
  const ending = new AbortController();
  const waiting = GuestAgent.open(socket, { signal: ending.signal });
  ending.abort();
  await expect(waiting).rejects.toThrow("interrupted");
});
