import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isAlive } from "../../../src/host/liveness.ts";
import { expectSuccess, type RunOptions, systemProcesses } from "../../../src/host/process.ts";
import { failed } from "../../../src/model/failure.ts";
import { eventually } from "../../harness/eventually.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "devenv-process-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const sh = (script: string, options: RunOptions = {}) =>
  systemProcesses.run("sh", ["-c", script], { cwd: folder, ...options });
const pidIn = (name: string) => Number(readFileSync(join(folder, name), "utf8"));
/** A process closes its output, which is heard, some moments before it is gone. */
const untilDead = (pid: number) =>
  eventually(
    () => isAlive(pid),
    (lives) => !lives,
  );

describe("a program", () => {
  it("that ends by itself is told with its code and both of its streams", async () => {
    expect(await sh("echo out; echo err >&2; exit 3")).toMatchObject({
      code: 3,
      stdout: "out\n",
      stderr: "err\n",
      timedOut: false,
      cancelled: false,
      missing: false,
    });
  });

  it("that is not installed is no exception", async () => {
    const finished = await systemProcesses.run("devenv-no-such-program", []);
    expect(finished).toMatchObject({ code: undefined, missing: true, output: expect.any(String) });
  });

  it("has this process's environment, and what is added to it", async () => {
    const { stdout } = await sh('echo "$MORE"; test -n "$PATH" && echo path', { env: { MORE: "more" } });
    expect(stdout).toBe("more\npath\n");
    const without = await sh("env | grep ^HOME= || echo none", { env: { HOME: undefined } });
    expect(without.stdout).toBe("none\n");
  });

  it("that cannot be run, or whose folder is not there, is no exception", async () => {
    const refused = await systemProcesses.run(folder, []);
    expect(refused).toMatchObject({ code: undefined, missing: false, timedOut: false });
    expect(await sh("true", { cwd: join(folder, "gone") })).toMatchObject({ code: undefined, missing: true });
  });

  it("is heard to its last word, in characters and not in bytes", async () => {
    const { stdout, output } = await sh("i=0; while [ $i -lt 30000 ]; do printf 'ä…'; i=$((i+1)); done");
    expect(stdout === "ä…".repeat(30_000)).toBe(true);
    expect(output).toBe(stdout);
  });

  it("gets its input, and an end of it when there is none", async () => {
    expect((await sh("cat", { input: "words" })).stdout).toBe("words");
    expect((await sh("cat; echo done")).stdout).toBe("done\n");
  });

  it("is followed line by line, the last one without a newline too", async () => {
    const lines: string[] = [];
    await sh("printf 'one\\r\\ntwo\\n\\nlast'", { onLine: (line) => lines.push(line) });
    expect(lines).toEqual(["one", "two", "", "last"]);
  });

  it("is followed without being held where it has no newline: a line is told up to 64 Ki characters, at once", async () => {
    const abort = new AbortController();
    const lines: string[] = [];
    const onLine = (line: string) => {
      lines.push(line);
      abort.abort();
    };
    await sh("tr '\\0' x </dev/zero", { signal: abort.signal, onLine, keepsOutput: false });
    expect(lines.map(({ length }) => length)).toEqual([65_536]);
  });

  it("is followed again after a line that is too long", async () => {
    const lines: string[] = [];
    const long = "head -c 200000 /dev/zero | tr '\\0' x";
    await sh(`${long}; echo; echo next; ${long}`, { onLine: (line) => lines.push(line), keepsOutput: false });
    expect(lines.map((line) => line.slice(0, 6))).toEqual(["xxxxxx", "next", "xxxxxx"]);
  });

  it("that was killed is told with the signal", async () => {
    expect(await sh("kill -9 $$")).toMatchObject({ code: undefined, signal: "SIGKILL" });
  });
});

describe("cancelling", () => {
  it("starts nothing when it came before", async () => {
    expect(await sh("echo > made", { signal: AbortSignal.abort() })).toMatchObject({
      code: undefined,
      cancelled: true,
    });
    expect(() => pidIn("made")).toThrow("ENOENT");
  });

  it("ends what the program started as well (tilt#1816)", async () => {
    const abort = new AbortController();
    const onLine = () => abort.abort();
    const finished = await sh("sleep 60 & echo $! > child; echo ready; wait", { signal: abort.signal, onLine });
    expect(finished).toMatchObject({ signal: "SIGTERM", cancelled: true, timedOut: false });
    await untilDead(pidIn("child"));
  });

  it("kills what ignores TERM, a child that outlives its parent too", async () => {
    const abort = new AbortController();
    const child = "(trap '' TERM; echo ready; while :; do sleep 0.1; done) & echo $! > child; wait";
    const finished = await sh(child, { signal: abort.signal, onLine: () => abort.abort() });
    expect(finished.cancelled).toBe(true);
    await untilDead(pidIn("child"));
  });
});

it("a time limit ends the program and is told apart from cancelling", async () => {
  expect(await sh("sleep 60", { timeoutMs: 50 })).toMatchObject({
    signal: "SIGTERM",
    timedOut: true,
    cancelled: false,
  });
});

describe("expectSuccess", () => {
  it("gives the words of a program that ended well, without the last newline", async () => {
    expect(expectSuccess(await sh("echo words"), () => failed("broken"))).toBe("words");
  });

  it("throws the Failure that was made of any other end", async () => {
    const finished = await sh("echo why >&2; exit 1");
    expect(() => expectSuccess(finished, ({ stderr }) => failed(`broken: ${stderr.trim()}`))).toThrow("broken: why");
  });
});

describe("a program that shares the terminal", () => {
  it("is in our process group, and so may read from it", async () => {
    const groupOf = async (pid: number | string, options: RunOptions = {}) =>
      (await sh(`ps -o pgid= -p ${pid}`, options)).stdout.trim();
    const ours = await groupOf(process.pid);
    expect(await groupOf("$$", { onTerminal: true })).toBe(ours);
    expect(await groupOf("$$")).not.toBe(ours);
  });

  it("is waited for no longer than its time, though what it started holds its output open", async () => {
    const script = "sleep 60 & echo $! > child; wait";
    // Long enough for a busy machine to come to the child's number.
    expect((await sh(script, { onTerminal: true, timeoutMs: 2500 })).timedOut).toBe(true);
    expect(isAlive(pidIn("child"))).toBe(true);
    process.kill(pidIn("child"));
  });
});
