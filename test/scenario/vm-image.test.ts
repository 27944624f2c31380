import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import { type Surroundings, systemSurroundings } from "../../src/provider/surroundings.ts";
import { chooseAccelerator, knownAccelerator } from "../../src/provider/vm/accelerator.ts";
import { probeBoot } from "../../src/provider/vm/boot-probe.ts";
import { haveImage, type VmImage } from "../../src/provider/vm/image.ts";
import { FIRST_START_MS, keepImages } from "./vm-setup.ts";

/** The image is the one that the scenarios of machines start from: it is built once, by who comes first. */
let home: string;
let surroundings: Surroundings;
let image: VmImage;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "devenv-image-"));
  surroundings = systemSurroundings({ PATH: process.env.PATH, HOME: home, XDG_CACHE_HOME: home });
  await keepImages(home);
  image = await haveImage({ from: "packages" }, surroundings, () => {});
}, FIRST_START_MS);
afterAll(() => rm(home, { recursive: true, force: true }));

/** What debugfs(8) says of a path on the image's disk. */
async function onDisk(request: string): Promise<string> {
  const { stdout } = await systemProcesses.run("debugfs", ["-R", request, image.disk]);
  return stdout;
}

test("an image that is there is had at once, without a word", async () => {
  const notes: string[] = [];
  expect(await haveImage({ from: "packages" }, surroundings, (note) => notes.push(note))).toEqual(image);
  expect(notes).toEqual([]);
  const files = await readdir(dirname(image.disk));
  expect(files.sort()).toEqual(["disk", "image.json", "initrd", "kernel"]);
  const { size, blocks } = await stat(image.disk);
  expect(blocks * 512).toBeLessThan(size / 8);
});

test("its disk is whole, and holds no key and no identity that two guests would share", async () => {
  const { code, output } = await systemProcesses.run("e2fsck", ["-f", "-n", image.disk]);
  expect(output && code).toBe(0);
  expect(await onDisk("ls -p /etc/ssh")).not.toContain("ssh_host_");
  expect(await onDisk("cat /etc/machine-id")).toBe("");
  expect(await onDisk("cat /etc/shadow")).toMatch(/^root:\*:/m);
  expect(await onDisk("ls -p /root/.ssh")).not.toContain("authorized_keys");
});

test("the files on it belong to whom they belong in a Debian", async () => {
  expect(await onDisk("stat /usr/bin/sudo")).toMatch(/Mode: {2}04755[\s\S]*User: +0 +Group: +0/);
  expect(await onDisk("stat /usr/sbin/unix_chkpwd")).toMatch(/Mode: {2}02755/);
});

test("what guests run on is tried by a boot, remembered, and does boot its kernel", async () => {
  const choice = await chooseAccelerator(image, surroundings, () => {});
  expect(choice.why).not.toBe("");
  expect(await knownAccelerator(image.guest, surroundings)).toEqual(choice);
  // An emulated guest is given its time, and ends as soon as it got there.
  expect(await probeBoot(image, choice.name, surroundings, { withinMs: 100_000 })).toEqual({ boots: true });
});
