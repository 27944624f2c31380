import { expect, test } from "vitest";
import { guestArchitecture } from "../../../../src/provider/vm/architecture.ts";
import { type QemuRun, qemuArguments, SHARES } from "../../../../src/provider/vm/arguments.ts";

const file = (name: string) => `/vm/books/${name}`;
const RUN: QemuRun = {
  name: "books",
  guest: guestArchitecture("x64"),
  hardware: { accelerator: "tcg", cpus: 2, memoryMiB: 1024 },
  boot: { kernel: file("kernel"), initrd: file("initrd"), append: "root=/dev/vda quiet" },
  files: {
    ...{
      folder: "/vm/books",
      run: "/vm/books",
      record: file("vm.json"),
      disk: file("disk.qcow2"),
      state: file("state"),
    },
    ...{ monitor: file("monitor.sock"), agent: file("agent.sock"), pid: file("pid"), log: file("log") },
    ...{ console: file("console"), nothing: file("nothing") },
  },
  folders: ["/work", "", "/a, b"],
  loads: false,
  flushes: true,
};

const optionOf = (option: string, args: readonly string[]) => args[args.indexOf(option) + 1];
const all = (option: string, args: readonly string[]) =>
  args.flatMap((word, at) => (word === option ? [args[at + 1]] : []));

test("the guest's ssh is forwarded from 127.0.0.1 alone, at a port that the system chooses", () => {
  expect(all("-netdev", qemuArguments(RUN))).toEqual(["user,id=net,hostfwd=tcp:127.0.0.1:0-:22"]);
});

test("every slot for a folder has its device, whether it shares one or not", () => {
  const folders = all("-fsdev", qemuArguments(RUN));
  expect(folders).toHaveLength(SHARES);
  expect(folders[0]).toContain("path=/work,security_model=none");
  expect(folders[1]).toContain("path=/vm/books/nothing,");
  expect(all("-fsdev", qemuArguments({ ...RUN, folders: [] }))).toHaveLength(SHARES);
});

test("a comma in a path does not end it", () => {
  expect(all("-fsdev", qemuArguments(RUN))[2]).toContain("path=/a,, b,");
});

test("a guest that is loaded has the devices of the one that was saved", () => {
  const [saved, loaded] = [qemuArguments(RUN), qemuArguments({ ...RUN, loads: true, folders: ["/other"] })];
  expect(all("-device", loaded)).toEqual(all("-device", saved));
  expect(optionOf("-append", loaded)).toBe(optionOf("-append", saved));
  expect(optionOf("-incoming", loaded)).toBe("defer");
  expect(saved).not.toContain("-incoming");
});

test("an emulated processor can do all that QEMU can, another one is this machine's", () => {
  expect(optionOf("-cpu", qemuArguments(RUN))).toBe("max");
  const kvm = qemuArguments({ ...RUN, hardware: { ...RUN.hardware, accelerator: "kvm" } });
  expect(optionOf("-cpu", kvm)).toBe("host");
  expect(optionOf("-machine", kvm)).toBe("q35,accel=kvm");
});

test("a disk with a boot loader is booted by it", () => {
  expect(qemuArguments({ ...RUN, boot: undefined })).not.toContain("-kernel");
});

test("only a disk that is thrown away when anything goes wrong does without flushes", () => {
  expect(optionOf("-drive", qemuArguments(RUN))).toContain("cache=writeback");
  expect(optionOf("-drive", qemuArguments({ ...RUN, flushes: false }))).toContain("cache=unsafe");
});
