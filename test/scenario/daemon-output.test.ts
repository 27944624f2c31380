import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import type { ContainerEvent, ExecOptions } from "../../src/docker/daemon.ts";
import { LONGEST_LINE } from "../../src/docker/lines.ts";
import { type ContainerId, serviceName } from "../../src/model/names.ts";
import { containerSpec } from "../harness/container-spec.ts";
import { createContainer, testDaemon } from "../harness/docker.ts";
import { programs } from "../harness/programs.ts";

const { daemon, newCluster } = await testDaemon();
const { folder } = await programs();
const mounts = [{ kind: "bind", source: folder, target: "/programs", readOnly: true }] as const;
const web = serviceName("web");
const never = new AbortController().signal;

test("attached before the start, all lines come, in their order, to the end of the program", async () => {
  const id = await runnable("/programs/floods-log", { LINES: "5000" });
  const lines = await daemon.attach(id, web, never);
  await daemon.start(id);
  const got = (await all(lines)).flat();
  const numbered = (word: string) =>
    Array.from({ length: 5000 }, (_, n) => `${word} ${n + 1} the quick brown fox jumps over the lazy dog`);
  expect(got.filter(({ stream }) => stream === "stdout").map(({ text }) => text)).toEqual(numbered("out"));
  expect(got.filter(({ stream }) => stream === "stderr").map(({ text }) => text)).toEqual(numbered("err"));
  expect(got[0]).toMatchObject({ service: "web", container: id, time: undefined });
});

test("a line longer than 64 KiB comes in pieces, and what follows it whole", async () => {
  const id = await runnable("/programs/speaks", {}, "long", "150000");
  const lines = await daemon.attach(id, web, never);
  await daemon.start(id);
  const attached = (await all(lines)).flat().map(({ text }) => text);
  expect(attached.map(({ length }) => length)).toEqual([LONGEST_LINE, LONGEST_LINE, 150_000 - 2 * LONGEST_LINE, 5]);
  await daemon.wait(id); // the log is whole
  const logged = (await all(daemon.logs(id, web, { follow: false }))).map(({ text }) => text);
  expect(logged).toEqual(attached);
});

test("an attached stream ends when it is aborted, and the container goes on", async () => {
  const id = await runnable("/programs/floods-log", {});
  const given = new AbortController();
  const before = openSockets();
  const lines = await daemon.attach(id, web, given.signal);
  expect(openSockets()).toBe(before + 1);
  await daemon.start(id);
  let seen = 0;
  for await (const { length } of lines) {
    seen += length;
    if (seen >= 100) given.abort();
  }
  expect(seen).toBeGreaterThanOrEqual(100);
  expect((await daemon.inspect(id)).state).toBe("running");
  await expect.poll(openSockets).toBe(before);
});

test("the log has both streams with nanosecond times, its tail, and what came since a line", async () => {
  const id = await runnable("/programs/speaks", {}, "says", "one", "two", "three", "--", "four");
  await daemon.start(id);
  await daemon.wait(id);
  const log = await all(daemon.logs(id, web, { follow: false }));
  const out = log.filter(({ stream }) => stream === "stdout");
  expect(out.map(({ text }) => text)).toEqual(["one", "two", "three"]);
  expect(log.filter(({ stream }) => stream === "stderr").map(({ text }) => text)).toEqual(["four"]);
  for (const { time } of log) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
  expect(await all(daemon.logs(id, web, { follow: false, tail: 2 }))).toHaveLength(2);
  const since = await all(daemon.logs(id, web, { follow: false, since: out[1]?.time }));
  expect(since.map(({ text }) => text)).not.toContain("one");
  expect(since.map(({ text }) => text)).toContain("three");
});

test("a followed log ends with its container", async () => {
  const id = await runnable("/programs/speaks", {}, "says", "only this");
  await daemon.start(id);
  expect((await all(daemon.logs(id, web, { follow: true }))).map(({ text }) => text)).toEqual(["only this"]);
});

test("a followed log ends on abort, however it is read, and leaves no socket behind", async () => {
  const id = await runnable("/programs/floods-log", {});
  await daemon.start(id);
  const given = new AbortController();
  const before = openSockets();
  let seen = 0;
  for await (const _ of daemon.logs(id, web, { follow: true, signal: given.signal })) {
    if (seen === 0) expect(openSockets()).toBe(before + 1);
    if (++seen === 500) given.abort();
  }
  expect(seen).toBeGreaterThanOrEqual(500);
  // Left by its reader, without a word to a signal.
  for await (const _ of daemon.logs(id, web, { follow: true })) break;
  expect(await all(daemon.logs(id, web, { follow: true, signal: AbortSignal.abort() }))).toEqual([]);
  await expect.poll(openSockets).toBe(before);
});

test("a program run in a container gives its outputs apart, and its exit code", async () => {
  const id = await waiting();
  const said = await exec(id, ["/programs/speaks", "says", "to out", "--", "to err"]);
  expect(said).toEqual({ code: 0, stdout: "to out\n", stderr: "to err\n" });
  expect((await exec(id, ["/programs/speaks", "exits", "7"])).code).toBe(7);
});

test("a program run in a container has the input to its end, also when it is large", async () => {
  const id = await waiting();
  const stdin = new PassThrough();
  const echoed = exec(id, ["/programs/speaks", "echoes"], { stdin });
  const input = "0123456789abcdef".repeat(64 * 1024);
  stdin.end(input);
  const { code, stdout, stderr } = await echoed;
  expect({ code, same: stdout === input, stderr }).toEqual({ code: 0, same: true, stderr: `${input.length} bytes\n` });
});

test("a program that ends before it read its input gives its exit code all the same", async () => {
  const id = await waiting();
  const stdin = new PassThrough();
  stdin.write("x".repeat(1024 * 1024));
  expect((await exec(id, ["/programs/speaks", "exits", "3"], { stdin })).code).toBe(3);
});

test("a program run in a container has the folder, user and variables that were asked for", async () => {
  const id = await waiting();
  const how = { user: "1234", workingDir: "/programs", environment: { GREETING: "hello there" } };
  expect((await exec(id, ["/programs/speaks", "whereabouts"], how)).stdout).toBe("/programs 1234 terminal=false\n");
  expect((await exec(id, ["/programs/speaks", "env", "GREETING"], how)).stdout).toBe("hello there\n");
});

test("a program run with a terminal sees it, at the size that it is given", async () => {
  const id = await waiting();
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  let shown = "";
  stdout.on("data", (piece: Buffer) => {
    shown += piece.toString();
  });
  let ended: Promise<number> | undefined;
  const resize = await new Promise<(columns: number, rows: number) => Promise<void>>((onStarted) => {
    const command = ["/programs/speaks", "size"];
    ended = daemon.exec(id, { command, tty: true, stdin, stdout, stderr: stdout, onStarted });
  });
  await expect.poll(() => shown).toMatch(/\d+x\d+\r\n/);
  await resize(101, 37);
  await expect.poll(() => shown).toContain("101x37\r\n");
  stdin.write("\n");
  expect(await ended).toBe(0);
});

test("a program that the container does not have is a failure that names it", async () => {
  const id = await waiting();
  const { code, stdout, stderr } = await exec(id, ["/no/such"]).catch((failure: Error) => ({
    code: 126,
    stdout: failure.message,
    stderr: "",
  }));
  expect(code).toBeGreaterThanOrEqual(126);
  expect(stdout + stderr).toContain("/no/such");
});

test("an aborted run ends at once, whatever the program does", async () => {
  const id = await waiting();
  const given = new AbortController();
  const onStarted = () => given.abort();
  const running = exec(id, ["/programs/speaks", "waits"], { signal: given.signal, onStarted });
  await expect(running).rejects.toMatchObject({ exitCode: 130 });
});

test("events tell each change of the cluster's containers, and only of its own", async () => {
  const cluster = newCluster();
  const given = new AbortController();
  const events = daemon.events(cluster, given.signal);
  const spec = containerSpec(cluster, { mounts, command: ["/programs/speaks", "exits", "5"] });
  const got: ContainerEvent[] = [];
  const reading = (async () => {
    for await (const event of events) {
      got.push(event);
      if (event.action === "destroy") given.abort();
    }
  })();
  const foreign = await createContainer(daemon, containerSpec(newCluster(), { command: ["/x"] }));
  const id = await createContainer(daemon, spec);
  await daemon.start(id);
  await daemon.wait(id);
  await daemon.rename(id, `${cluster}-renamed`);
  await daemon.remove(id);
  await reading;
  expect(got.map(({ action }) => action)).toEqual(["create", "start", "die", "rename", "destroy"]);
  expect(got[2]).toMatchObject({ container: id, service: "web", exitCode: 5 });
  expect(got.map(({ container }) => container)).not.toContain(foreign);
  expect(Math.abs((got[0]?.atMs ?? 0) - Date.now())).toBeLessThan(60_000);
});

const runnable = (program: string, environment: Record<string, string>, ...args: string[]): Promise<ContainerId> =>
  createContainer(daemon, containerSpec(newCluster(), { mounts, environment, command: [program, ...args] }));

async function waiting(): Promise<ContainerId> {
  const id = await runnable("/programs/speaks", {}, "waits");
  await daemon.start(id);
  return id;
}

async function all<T>(lines: AsyncIterable<T>): Promise<T[]> {
  const got: T[] = [];
  for await (const line of lines) got.push(line);
  return got;
}

async function exec(id: ContainerId, command: string[], how: Partial<ExecOptions> = {}) {
  const outputs = { stdout: new PassThrough(), stderr: new PassThrough() };
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    outputs[name].setEncoding("utf8");
    outputs[name].on("data", (piece: string) => {
      texts[name] += piece;
    });
  }
  const code = await daemon.exec(id, { command, tty: false, stdin: undefined, ...outputs, ...how });
  return { code, ...texts };
}

/** Connections that are in use; those that wait for the next call do not hold the process, and are not listed. */
const openSockets = (): number => process.getActiveResourcesInfo().filter((name) => name === "PipeWrap").length;
