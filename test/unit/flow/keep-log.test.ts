import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keepLog } from "../../../src/flow/keep-log.ts";
import { serviceName } from "../../../src/model/names.ts";

let state: string;
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), "devenv-keep-log-"));
});
afterEach(() => rm(state, { recursive: true, force: true }));

const at = Date.parse("2026-03-01T12:00:00.250Z");
const deed = () =>
  ({ machine: { folders: { state }, clock: { now: () => at } }, profile: () => ({ name: "books" }) }) as never;
const intent = (lines: Iterable<string>) =>
  ({ to: "keepLog", of: serviceName("authors"), lines: () => lines }) as const;

test("a log is written whole into a file that only the person can read, and it is said where", async () => {
  const lines = Array.from({ length: 2500 }, (_, n) => `line ${n}`);
  const { words } = await keepLog(intent(lines), deed());
  const path = join(state, "logs", "books-authors-20260301T120000.250.log");
  expect(words).toBe(`2500 lines are in ${path}`);
  expect(await readFile(path, "utf8")).toBe(`${lines.join("\n")}\n`);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(join(state, "logs"))).mode & 0o777).toBe(0o700);
});

test("what is there already is never written over", async () => {
  await keepLog(intent(["one"]), deed());
  await expect(keepLog(intent(["two"]), deed())).rejects.toThrow(
    /authors-20260301T120000\.250\.log cannot be written: EEXIST/,
  );
  const [name = ""] = await readdir(join(state, "logs"));
  expect(await readFile(join(state, "logs", name), "utf8")).toBe("one\n");
});

test("a folder that cannot be made is told with the path", async () => {
  await writeFile(join(state, "logs"), "");
  await expect(keepLog(intent(["one"]), deed())).rejects.toThrow(/logs\/books-authors.* cannot be written: E/);
});
