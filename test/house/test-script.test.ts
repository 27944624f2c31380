import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";

const script = join(import.meta.dirname, "../../scripts/test");
const run = (...args: string[]) => execa(script, args, { reject: false });

test("a run without a single test has failed, and the last line says so", async () => {
  const { stdout, exitCode } = await run("unit", "no-file-has-this-name");
  expect(stdout.split("\n").at(-1)).toBe("0 passed, 1 failed");
  expect(stdout).toMatch(/^unit +FAILED .* ran no test/m);
  expect(exitCode).toBe(1);
});

test("wrong usage runs nothing and shows the usage", async () => {
  const { stdout, stderr, exitCode } = await run("everything");
  expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 2 });
  expect(stderr).toContain("scripts/test scenario [PATTERN]");
});

test("an interrupted run ends what it started and says during what", async () => {
  const running = execa(script, ["unit", "no-file-has-this-name"], { reject: false });
  // Nothing of the step has been loaded when its name is printed.
  for await (const line of running.iterable()) {
    if (line === "== unit") running.kill("SIGTERM");
  }
  const { stdout, exitCode } = await running;
  expect(stdout).toContain("interrupted during: unit");
  expect(exitCode).toBe(143);
});
