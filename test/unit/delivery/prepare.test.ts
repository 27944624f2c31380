import { copyFile, mkdtemp, readFile, readlink, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { findBusybox } from "../../../src/delivery/busybox.ts";
import { openMount } from "../../../src/delivery/mount.ts";
import type { Platform } from "../../../src/model/artifact.ts";

const HERE: Platform = { os: "linux", arch: process.arch === "x64" ? "amd64" : process.arch };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "devenv-prepare-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});

describe("preparing the mount", () => {
  test("makes its folders and a supervisor that runs, readable for every user of a container", async () => {
    const mount = openMount(folder, { pathOf: (digest) => digest });
    await mount.prepare(HERE);
    for (const name of ["", "bin", "config", "setup", "store", "init"]) {
      expect((await stat(join(mount.folder, name))).mode & 0o777, name).toBe(0o755);
    }
    expect((await stat(join(mount.folder, "init/busybox"))).mode & 0o777).toBe(0o755);
    expect((await stat(join(mount.folder, "init/supervise"))).mode & 0o777).toBe(0o644);
    expect(await readFile(join(mount.folder, "init/supervise"), "utf8")).toContain("trap restart HUP");
    expect(await readlink(join(mount.folder, "init/bin/wget"))).toBe("../busybox");
  });

  test("again rewrites only what differs, under a new inode: a container may be running the old one", async () => {
    const mount = openMount(folder, { pathOf: (digest) => digest });
    await mount.prepare(HERE);
    const inodes = async () =>
      Promise.all(["busybox", "supervise"].map(async (name) => (await stat(join(mount.folder, "init", name))).ino));
    const before = await inodes();
    await mount.prepare(HERE);
    expect(await inodes()).toEqual(before);
    await rm(join(mount.folder, "init/supervise"));
    await writeFile(join(mount.folder, "init/supervise"), "of an older devenv");
    const [busybox, older] = await inodes();
    await mount.prepare(HERE);
    const [kept, newer] = await inodes();
    expect(kept).toBe(busybox);
    expect(newer).not.toBe(older);
  });
});

describe("looking for a busybox", () => {
  test("takes the first that is static and of the daemon's architecture", async () => {
    const found = await findBusybox(HERE, [
      "/nowhere/busybox",
      join(folder, "script"),
      process.execPath,
      "/bin/busybox",
    ]);
    expect(found.equals(await readFile("/bin/busybox"))).toBe(true);
  });

  test("says what it found instead, and what to install", async () => {
    const text = join(folder, "busybox");
    await writeFile(text, "#!/bin/sh\n");
    await expect(findBusybox(HERE, [text, process.execPath])).rejects.toMatchObject({
      class: "environment",
      message: expect.stringMatching(
        /^there is no static busybox for linux\/\w+ on this machine: .*busybox is no Linux program; .*node needs \/.*ld-/,
      ),
      hint: expect.stringContaining("apt-get install busybox-static"),
    });
  });

  test("does not take one of another architecture", async () => {
    await copyFile("/bin/busybox", join(folder, "busybox"));
    await expect(findBusybox({ os: "linux", arch: "s390x" }, [join(folder, "busybox")])).rejects.toMatchObject({
      message: expect.stringMatching(/no static busybox for linux\/s390x on this machine: .* is for linux\/\w+$/),
      hint: expect.stringContaining("put it at /usr/local/lib/devenv/busybox-s390x"),
    });
  });
});
