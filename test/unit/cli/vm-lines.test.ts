import { expect, test } from "vitest";
import { painter } from "../../../src/cli/paint.ts";
import { vmLines, vmTable } from "../../../src/cli/vm-lines.ts";
import type { VmStatus } from "../../../src/model/vm.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const GIB = 1024 ** 3;
const plain = painter(false);

const running: VmStatus = {
  cluster: "books",
  state: "running",
  pid: 4711,
  since: "2026-03-01T11:57:00Z",
  accelerator: "tcg",
  cpus: 2,
  memoryMiB: 1536,
  disk: { virtualBytes: 40 * GIB, usedBytes: 1_200_000_000, freeBytes: 38_000_000_000 },
  sshPort: 40123,
  folders: [
    { path: "/home/ada/books", mounted: true },
    { path: "/srv/data", mounted: false },
  ],
};
const ended: VmStatus = {
  ...{ cluster: "shop", state: "ended", trouble: "its QEMU was killed", folders: [] },
  ...{ since: "2026-03-01T11:00:00Z", cpus: 1, memoryMiB: 4096 },
};

test("a machine in full: what it runs on, its disk, what it shares", () => {
  expect(vmLines(running, NOW, plain).split("\n")).toEqual([
    "The virtual machine of books is running (pid 4711, for 3m).",
    "  runs on  tcg, which is plain emulation, 2 cpus, 1536 MiB",
    "  disk     1.2 GB here, of 40 GiB, 38 GB free in it",
    "  ssh      127.0.0.1:40123",
    "  shares   /home/ada/books",
    "  shares   /srv/data (not mounted)",
  ]);
});

test("one that does not run is not said to: why is told first, and no port of it", () => {
  const lines = vmLines({ ...ended, sshPort: 40123 }, NOW, plain);
  expect(lines).toContain("The virtual machine of shop has ended (for 1h).\n  trouble  its QEMU was killed\n");
  expect(lines).not.toContain("40123");
});

test("one that there is not is one line", () => {
  const absent: VmStatus = { cluster: "shop", state: "absent", folders: [] };
  expect(vmLines(absent, NOW, plain)).toBe("shop has no virtual machine.");
});

test("all of them are a table that fits 80 columns, with what is wrong below", () => {
  const lines = vmTable([running, ended], { now: NOW, columns: 80, paint: plain }).split("\n");
  expect(lines).toEqual([
    "   CLUSTER  STATE    SINCE  ON   CPUS  MEMORY    DISK",
    "●  books    running  3m     tcg  2     1536 MiB  1.2 GB of 40 GiB",
    "✖  shop     ended    1h     -    1     4 GiB     -",
    "  shop: its QEMU was killed",
  ]);
});
