import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemProcesses } from "../../../../src/host/process.ts";
import { isDeadBy, lookAtMount } from "../../../../src/provider/minikube/mount-look.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dv-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Looks at a mount of no kind that can be had here: what asks the kernel for it answers so in its place. */
async function lookWhere(stat: string, ls: string) {
  for (const [name, body] of Object.entries({ stat, ls })) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }
  const { code, output } = await systemProcesses.run("sh", ["-c", lookAtMount("/home/me/books", 1)], {
    env: { PATH: `${folder}:${process.env.PATH}` },
    timeoutMs: 20_000,
  });
  return { code, isDead: isDeadBy(output), output };
}

test("a mount that answers is alive", async () => {
  expect(await lookWhere("echo v9fs", "echo books")).toEqual({ code: 0, isDead: false, output: "" });
});

test.each([
  ["is gone", "echo ext2/ext3", "echo books"],
  ["fails", "echo v9fs", "echo 'ls: Input/output error' >&2; exit 2"],
])("a mount that %s is dead", async (_, stat, ls) => {
  expect(await lookWhere(stat, ls)).toMatchObject({ code: 1, isDead: true });
});

test("a mount that hangs is dead in time, though who waits for it cannot be ended, and keeps what it has open", async () => {
  // Ended by the file that goes with the test's folder.
  const unkillable = `trap '' TERM HUP INT; while [ -e '${folder}/ls' ]; do sleep 0.1; done`;
  expect(await lookWhere("echo v9fs", unkillable)).toMatchObject({ code: 1, isDead: true });
});
