import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { systemProcesses } from "../../../src/host/process.ts";
import { eventually } from "../../harness/eventually.ts";
import { temporaryFolder } from "./watching.ts";

/** Root may read everything, unless it gives that up. */
const AS_ANYBODY =
  process.getuid?.() === 0
    ? ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-dac_override,-dac_read_search"]
    : ["env"];
const [PROGRAM = "", ...ARGUMENTS] = AS_ANYBODY;
const isPossible = (await systemProcesses.run(PROGRAM, [...ARGUMENTS, "true"]).catch(() => undefined))?.code === 0;

/** What a process that may not read everything is told of a tree, line by line. */
function watchTree(root: string): readonly string[] {
  const lines: string[] = [];
  const end = new AbortController();
  const command = [process.execPath, "--import", "tsx", "test/unit/watch/watch-and-print.ts", root];
  const options = { signal: end.signal, onLine: (line: string) => void lines.push(line) };
  const ended = systemProcesses.run(PROGRAM, [...ARGUMENTS, ...command], options).catch(() => undefined);
  onTestFinished(async () => {
    end.abort();
    await ended;
  });
  return lines;
}

describe.skipIf(!isPossible)("a folder that this user may not read", () => {
  test("in a tree is passed over, and followed as soon as it may be read", async () => {
    const root = await temporaryFolder();
    const [open, shut] = [join(root, "open"), join(root, "shut")];
    for (const folder of [open, shut]) await mkdir(folder);
    await chmod(shut, 0o000);
    const lines = watchTree(root);
    const until = (line: object) =>
      eventually(
        () => lines,
        (all) => all.includes(JSON.stringify(line)),
      );
    await until({ folders: 2 });
    await chmod(shut, 0o755);
    await until({ told: shut });
    await writeFile(join(shut, "a"), "");
    await until({ told: join(shut, "a") });
    expect(lines.some((line) => line.includes("failure"))).toBe(false);
  });

  test("that was asked for itself is a failure that names it", async () => {
    const root = await temporaryFolder();
    await chmod(root, 0o000);
    const lines = watchTree(root);
    const [line = ""] = await eventually(
      () => lines,
      (all) => all.length > 0,
    );
    expect(JSON.parse(line)).toMatchObject({ failure: { message: `${root} cannot be watched: permission denied` } });
    await chmod(root, 0o755);
  });
});
