import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withLock } from "../../../../src/host/lock.ts";
import { machineLock } from "../../../../src/provider/vm/layout.ts";
import { vmLoss } from "../../../../src/provider/vm/loss.ts";
import { knownVms } from "../../../../src/provider/vm/status.ts";
import { surroundingsIn } from "../surroundings.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dv-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A machine of which this was noted last, and of which no process runs. */
function noted(phase: string): void {
  const machine = join(folder, "state/vm/shop");
  mkdirSync(machine, { recursive: true });
  const hardware = { accelerator: "tcg", cpus: 2, memoryMiB: 1024 };
  const record = { phase, since: "2026-03-01T12:00:00.000Z", isNew: false, hardware, diskGiB: 40, folders: [] };
  writeFileSync(join(machine, "vm.json"), JSON.stringify({ ...record, image: "" }));
}

test("a cluster without a machine is told what makes one", async () => {
  expect(await vmLoss("shop", surroundingsIn(folder))).toMatchObject({
    message: "shop has no virtual machine, so it is not running",
    hint: expect.stringContaining("devenv up"),
    exitCode: 3,
  });
});

test.each([
  ["stopped", "the virtual machine of shop is stopped", "devenv up"],
  ["suspended", "the virtual machine of shop is suspended", "devenv vm resume"],
  ["running", "the virtual machine of shop has ended: its QEMU", "devenv up"],
  ["starting", "the virtual machine of shop has ended: its start was cut off", "devenv up"],
  ["stopping", "the virtual machine of shop has ended: ", "devenv up"],
])("one that was noted as %s, and whose QEMU does not run, is never said to run", async (phase, words, command) => {
  noted(phase);
  const loss = await vmLoss("shop", surroundingsIn(folder));
  expect(loss?.message).toContain(words);
  expect(loss?.hint).toContain(command);
});

test("a machine is listed from the moment that it is being made, and not when that came to nothing", async () => {
  const around = surroundingsIn(folder);
  noted("stopped");
  await withLock(machineLock("books", around), { wait: false, command: "devenv up" }, async () => {
    expect([...(await knownVms(around))].sort()).toEqual(["books", "shop"]);
  });
  expect(await knownVms(around)).toEqual(["shop"]);
});
