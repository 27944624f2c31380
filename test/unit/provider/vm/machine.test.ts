import { expect, test } from "vitest";
import type { VmSpec } from "../../../../src/model/vm.ts";
import { readForward } from "../../../../src/provider/vm/bring-up.ts";
import { assignments, becomeValues, decodedPath, inFstab } from "../../../../src/provider/vm/guest.ts";
import { sshConfig, sshHostOf } from "../../../../src/provider/vm/identity.ts";
import { type Inside, mountedIn } from "../../../../src/provider/vm/look.ts";
import { notesFor } from "../../../../src/provider/vm/notes.ts";
import { stateOf, type VmPhase, type VmRecord } from "../../../../src/provider/vm/record.ts";
import { slotsFor } from "../../../../src/provider/vm/slots.ts";
import { troubleInside } from "../../../../src/provider/vm/status.ts";

const record = (phase: VmPhase): VmRecord => ({
  ...{ phase, since: "2026-11-21T20:00:00.000Z", isNew: false, image: "abc", diskGiB: 40 },
  hardware: { accelerator: "tcg", cpus: 2, memoryMiB: 1024 },
  folders: ["/work", "", "/data"],
});

test.each([
  ["running", 12, false, "running"],
  ["running", undefined, false, "ended"],
  ["running", undefined, true, "ended"],
  ["starting", 12, true, "starting"],
  // A devenv that was killed: QEMU may run, and is not what was wanted.
  ["starting", 12, false, "ended"],
  ["stopping", 12, true, "stopping"],
  ["stopping", 12, false, "ended"],
  // Killed between the note and QEMU's end.
  ["suspended", 12, false, "suspended"],
  ["stopped", undefined, true, "stopped"],
] as const)("noted as %s, with QEMU's process %s and busy %s, it is %s", (phase, pid, busy, state) => {
  expect(stateOf({ record: record(phase), pid, busy }).state).toBe(state);
});

test("a machine that nobody has noted is absent, or just being made", () => {
  expect(stateOf({ record: undefined, pid: undefined, busy: false })).toEqual({ state: "absent" });
  expect(stateOf({ record: undefined, pid: undefined, busy: true })).toEqual({ state: "starting" });
});

test("a folder keeps its slot, and a new one gets a free one", () => {
  const before = slotsFor(["/a", "/b", "/c"], []);
  expect(before.slice(0, 4)).toEqual(["/a", "/b", "/c", ""]);
  expect(slotsFor(["/d", "/c", "/a"], before).slice(0, 4)).toEqual(["/a", "/d", "/c", ""]);
  const many = Array.from({ length: 9 }, (_, at) => `/folder/${at}`);
  expect(() => slotsFor(many, [])).toThrow("shares at most 8 folders, and these are 9");
});

test("what only the next start brings is said, and what none does", () => {
  const spec: VmSpec = {
    ...{ cluster: "books", cpus: 4, memoryMiB: 2048, diskGiB: 20 },
    ...{ image: { from: "packages" }, folders: ["/work", "/new"] },
  };
  expect(notesFor(spec, record("running"))).toEqual([
    "the virtual machine gets 2048 MiB of memory instead of 1024 and 4 processors instead of 2 by `devenv vm stop` and `devenv up`",
    "the virtual machine shares /new after `devenv vm suspend` and `devenv up`",
    "the virtual machine keeps its disk of 40 GiB: a disk only grows",
  ]);
  expect(notesFor({ ...spec, cpus: 2, memoryMiB: 1024, diskGiB: 40, folders: ["/work"] }, record("running"))).toEqual(
    [],
  );
});

test("the port that QEMU got is read from its words", () => {
  const words = `Hub -1 (net):
  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ
  TCP[ESTABLISHED]   20       127.0.0.1 39035       10.0.2.15    22     0     0
  TCP[HOST_FORWARD]  13       127.0.0.1 39035       10.0.2.15    22     0     0\r\n`;
  expect(readForward(words)).toBe(39035);
  expect(readForward("Hub -1 (net):\n")).toBeUndefined();
});

test("ssh asks nobody, takes the machine's key alone and knows whom it talks to", () => {
  const config = sshConfig({ cluster: "Books_2", folder: "/state with space", port: 39035 });
  expect(config).toContain("Host devenv-books-2\n");
  expect(config).toContain("  HostName 127.0.0.1\n  Port 39035\n");
  expect(config).toContain('IdentityFile "/state with space/key"\n');
  expect(config).toContain("StrictHostKeyChecking yes\n");
  expect(config).toContain(`HostKeyAlias ${sshHostOf("Books_2")}\n`);
});

const IDENTITY = {
  hostname: "books",
  machineId: "0f",
  hostKey: "-----KEY\nabc\n-----",
  authorizedKey: "ssh-ed25519 AAA",
};

test("the guest is told its folders by slot", () => {
  const values = becomeValues(IDENTITY, ["/work", "", "/a b"]);
  expect(values.shares).toBe("devenv0 /work\ndevenv2 /a\\040b");
});

test("no value ends the shell's quotes", () => {
  expect(assignments({ name: "it's; $(reboot)" })).toBe("name='it'\\''s; $(reboot)'\n");
});

test("a path survives fstab and comes back from /proc/mounts", () => {
  const path = "/a b\\c\td/ü";
  expect(inFstab(path)).toBe("/a\\040b\\134c\\011d/ü");
  expect(decodedPath(inFstab(path))).toBe(path);
  const mounts = "sysfs /sys sysfs rw 0 0\ndevenv2 /a\\040b 9p rw,access=any 0 0\nother /x 9p rw 0 0\n";
  expect(mountedIn(mounts)).toEqual(["/a b"]);
});

const inside = (facts: Partial<Inside>): Inside => ({ aheadMs: 3, mounted: [], freeBytes: 2 ** 31, ...facts });

test("a full disk and a wrong clock are told, and a good guest is not", () => {
  expect(troubleInside(inside({}))).toBeUndefined();
  expect(troubleInside(inside({ freeBytes: 5 * 2 ** 20 }))).toContain("its disk is full (5 MiB free)");
  expect(troubleInside(inside({ aheadMs: -3_600_000 }))).toContain("its clock is 3600 s behind");
});
