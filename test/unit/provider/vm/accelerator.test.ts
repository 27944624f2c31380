import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { isAlive } from "../../../../src/host/liveness.ts";
import { chooseAccelerator, knownAccelerator } from "../../../../src/provider/vm/accelerator.ts";
import { guestArchitecture } from "../../../../src/provider/vm/architecture.ts";
import { probeArguments } from "../../../../src/provider/vm/boot-probe.ts";
import type { VmImage } from "../../../../src/provider/vm/image.ts";
import { eventually } from "../../../harness/eventually.ts";
import { surroundingsIn } from "../surroundings.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dva-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A Mac, as there HVF is always worth a trial, whatever the machine that runs the test has. */
const mac = () => ({
  ...surroundingsIn(folder),
  machine: { ...surroundingsIn(folder).machine, platform: "darwin" as const },
});

/** QEMU as it behaves where its accelerator does, or does not: what the script says, once for each guest. */
function qemu(script: string, version = "QEMU emulator version 9.2.0"): VmImage {
  const program = join(folder, "qemu");
  writeFileSync(
    program,
    `#!/bin/sh\n[ "$1" = --version ] && echo '${version}' && exit\necho "$$ $*" >>${folder}/runs\n${script}\n`,
  );
  chmodSync(program, 0o755);
  const boot = { kernel: "/images/kernel", initrd: "/images/initrd" };
  return { digest: "0", guest: { ...guestArchitecture("x64"), program }, disk: "/images/disk", format: "raw", boot };
}

const BOOTS = "echo '[    0.3] Run /init as init process'; exec sleep 1000";
const choose = (image: VmImage, signal?: AbortSignal) => chooseAccelerator(image, mac(), () => {}, signal);
const runs = () => readFileSync(join(folder, "runs"), "utf8").trim().split("\n");

it("takes what a guest boots under, and ends that guest", async () => {
  const choice = await choose(qemu(BOOTS));
  expect(choice).toEqual({ name: "hvf", why: "a guest booted under HVF" });
  expect(runs()).toHaveLength(1);
  expect(runs()[0]).toContain("accel=hvf -cpu host");
  await eventually(
    () => Promise.resolve(isAlive(Number(runs()[0]?.split(" ")[0]))),
    (lives) => !lives,
  );
});

it("emulates where QEMU refuses, says why in its words, and asks again the next time", async () => {
  const choice = await choose(qemu("echo 'qemu: failed to initialize HVF: Operation not permitted' >&2; exit 1"));
  expect(choice).toEqual({
    name: "tcg",
    why: "HVF is there, but qemu: failed to initialize HVF: Operation not permitted: emulated, which is slow",
  });
  expect(await choose(qemu(BOOTS))).toMatchObject({ name: "hvf" });
});

it("remembers the answer, and tries again with another QEMU", async () => {
  const first = await choose(qemu(BOOTS));
  expect(await choose(qemu(BOOTS))).toEqual(first);
  expect(runs()).toHaveLength(1);
  const newer = qemu(BOOTS, "QEMU emulator version 10.0.0");
  expect(await knownAccelerator(newer.guest, mac())).toBeUndefined();
  expect(await choose(newer)).toEqual(first);
  expect(runs()).toHaveLength(2);
  expect(await knownAccelerator(newer.guest, mac())).toEqual(first);
});

it("is interrupted, and remembers nothing then", async () => {
  const interruption = new AbortController();
  const image = qemu("exec sleep 1000");
  const choice = chooseAccelerator(image, mac(), () => interruption.abort(), interruption.signal);
  await expect(choice).rejects.toMatchObject({ exitCode: 130 });
  expect(await knownAccelerator(image.guest, mac())).toBeUndefined();
});

it("emulates without a trial where there is nothing else", async () => {
  const machine = { ...mac().machine, platform: "freebsd" as const };
  expect(await chooseAccelerator(qemu("exit 1"), { ...mac(), machine }, () => {})).toMatchObject({ name: "tcg" });
});

it("boots the disk itself where there is no kernel beside it, and writes nothing to it", () => {
  const image: VmImage = { ...qemu(""), disk: "/a,b/disk", format: "qcow2", boot: undefined };
  const args = probeArguments(image, "kvm").join(" ");
  expect(args).toContain("-snapshot -drive if=virtio,format=qcow2,file=/a,,b/disk");
  expect(args).not.toContain("-kernel");
});
