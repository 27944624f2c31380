import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connectLines, type LineEnd, serveLines } from "../../../src/host/line-socket.ts";

let folder: string;
const closing: (() => Promise<void>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "devenv-lines-"));
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await rm(folder, { recursive: true, force: true });
});

/** Serves at a socket; what it hears comes back, after a greeting. */
async function serving(path: string, greeting = "hello"): Promise<LineEnd[]> {
  const ends: LineEnd[] = [];
  const server = await serveLines(path, (end) => {
    ends.push(end);
    end.say(greeting);
    return (line) => end.say(`heard ${line}`);
  });
  closing.push(server.close);
  return ends;
}

/** Connects, and gives the lines one by one. */
async function hearing(path: string) {
  const lines: string[] = [];
  let heard = () => {};
  const end = await connectLines(path, (line) => {
    lines.push(line);
    heard();
  });
  if (end === undefined) return expect.unreachable("nobody listens");
  const next = async (): Promise<string> => {
    while (lines.length === 0)
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
    return lines.shift() ?? "";
  };
  return { end, next };
}

test("lines go both ways, whatever is in them", async () => {
  const path = join(folder, "s");
  await serving(path);
  const { end, next } = await hearing(path);
  expect(await next()).toBe("hello");
  const odd = `\u2028 \r ${"é🙂".repeat(100_000)}`;
  end.say(odd);
  end.say("");
  expect(await next()).toBe(`heard ${odd}`);
  expect(await next()).toBe("heard ");
});

test("the socket is this person's alone, in a folder that others may enter, too", async () => {
  await chmod(folder, 0o777);
  const path = join(folder, "s");
  await serving(path);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test.runIf(process.platform === "linux")("a path may be longer than a socket's address", async () => {
  const deep = join(folder, "a".repeat(120));
  await mkdir(deep);
  await serving(join(deep, "s"));
  const { next } = await hearing(join(deep, "s"));
  expect(await next()).toBe("hello");
});

test("what a killed process left there is replaced, and nobody is heard at it before", async () => {
  const path = join(folder, "s");
  expect(await connectLines(path, () => {})).toBeUndefined();
  await writeFile(path, "");
  expect(await connectLines(path, () => {})).toBeUndefined();
  await serving(path);
  expect(await (await hearing(path)).next()).toBe("hello");
});

test("each side learns that the other has gone; to one that has gone nothing is said", async () => {
  const path = join(folder, "s");
  const ends = await serving(path);
  const one = await hearing(path);
  await one.next();
  one.end.close();
  await ends[0]?.ended;
  ends[0]?.say("anybody?");
  const two = await hearing(path);
  await two.next();
  await closing.pop()?.();
  await two.end.ended;
  two.end.say("anybody?");
  expect(await connectLines(path, () => {})).toBeUndefined();
});

test("one that does not read is let go, and does not hold up the others", async () => {
  const path = join(folder, "s");
  const ends = await serving(path);
  const deaf = connect(path).pause();
  const other = await hearing(path);
  expect(await other.next()).toBe("hello");
  const megabyte = "x".repeat(1024 * 1024);
  for (let sent = 0; sent < 20; sent++) ends[0]?.say(megabyte);
  await ends[0]?.ended;
  other.end.say("still here");
  expect(await other.next()).toBe("heard still here");
  deaf.destroy();
});
