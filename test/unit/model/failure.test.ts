import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemProcesses } from "../../../src/host/process.ts";
import { asFailure } from "../../../src/model/failure.ts";

test("a current folder that was deleted is the environment's matter, in words of its own, and no bug", async () => {
  const cwd = await mkdtemp(join(tmpdir(), "devenv-gone-"));
  const script = "try { process.cwd() } catch ({ syscall }) { console.log(syscall) }";
  const deleting = ["-c", 'rmdir "$0" && exec "$@"', cwd, process.execPath, "-e", script];
  const { stdout } = await systemProcesses.run("sh", deleting, { cwd });
  const failure = asFailure(Object.assign(new Error("ENOENT"), { syscall: stdout.trim() }));
  expect([failure.class, failure.message]).toEqual(["environment", "the current folder is gone: it was deleted"]);
});

test("anything else that is thrown is a bug, and keeps its stack", () => {
  const thrown = new TypeError("x is not a function");
  expect(asFailure(thrown)).toMatchObject({ class: "bug", message: "x is not a function", cause: thrown });
});
