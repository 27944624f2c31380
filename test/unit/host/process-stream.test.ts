import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { systemProcesses } from "../../../src/host/process.ts";

test("standard output comes as a stream, standard error line by line, and the end says how it went", async () => {
  const lines: string[] = [];
  const onLine = (line: string) => lines.push(line);
  const script = "echo one >&2; head -c 3000000 /dev/zero | tr '\\0' x; echo two >&2; exit 4";
  const { stdout, ended } = await systemProcesses.stream("sh", ["-c", script], { onLine });
  expect(await text(stdout)).toBe("x".repeat(3_000_000));
  expect(await ended).toMatchObject({ code: 4, stdout: "", stderr: "one\ntwo\n", missing: false });
  expect(lines).toEqual(["one", "two"]);
});

test("a program that is not installed gives an empty stream and says that it is missing", async () => {
  const { stdout, ended } = await systemProcesses.stream("no-such-program-of-devenv", []);
  expect(await text(stdout)).toBe("");
  expect(await ended).toMatchObject({ code: undefined, missing: true });
});

test("aborting ends the program's whole group, and with it the stream", async () => {
  const given = new AbortController();
  const { stdout, ended } = await systemProcesses.stream("sh", ["-c", "echo started; sleep 60 & sleep 60"], {
    signal: given.signal,
  });
  stdout.once("data", () => given.abort());
  await ended;
  expect(await ended).toMatchObject({ cancelled: true, signal: "SIGTERM" });
});

test("what is aborted before it starts does not start", async () => {
  const { stdout, ended } = await systemProcesses.stream("echo", ["no"], { signal: AbortSignal.abort() });
  expect(await text(stdout)).toBe("");
  expect(await ended).toMatchObject({ cancelled: true, code: undefined });
});
