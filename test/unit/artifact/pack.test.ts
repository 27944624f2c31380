import { chmod, mkdir, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { packTree } from "../../../src/artifact/pack.ts";
import { unpackTree } from "../../../src/artifact/unpack.ts";
import { fill, temporaryFolder } from "./folders.ts";

const FILES = { "config.local.toml": "port = 8080\n", "a/b/c.txt": "c", "a.txt": "", [`long/${"n".repeat(180)}`]: "x" };

describe("packing a folder", () => {
  test("gives the same bytes for the same content, whenever and in whatever order it was made", async () => {
    const [one, two] = [await temporaryFolder(), await temporaryFolder()];
    await fill(one, FILES);
    await fill(two, Object.fromEntries(Object.entries(FILES).reverse()));
    await utimes(join(two, "a.txt"), 1, 1);
    await chmod(join(two, "a.txt"), 0o600);
    expect(await buffer(packTree(two))).toEqual(await buffer(packTree(one)));
  });

  test.each([
    ["a content", async (folder: string) => writeFile(join(folder, "a.txt"), "x")],
    ["an executable bit", async (folder: string) => chmod(join(folder, "a.txt"), 0o755)],
    ["an empty folder", async (folder: string) => mkdir(join(folder, "empty"))],
  ])("gives other bytes for %s", async (_, change) => {
    const folder = await temporaryFolder();
    await fill(folder, FILES);
    const before = await buffer(packTree(folder));
    await change(folder);
    expect(await buffer(packTree(folder))).not.toEqual(before);
  });

  test("gives what unpacks to the same folder", async () => {
    const [folder, parent] = [await temporaryFolder(), await temporaryFolder()];
    await fill(folder, FILES);
    await unpackTree(packTree(folder), join(parent, "copy"));
    expect(await buffer(packTree(join(parent, "copy")))).toEqual(await buffer(packTree(folder)));
  });

  test("takes a symlink that stays inside as the file it leads to", async () => {
    const [linked, plain] = [await temporaryFolder(), await temporaryFolder()];
    await fill(linked, { "config.dev.toml": "x" });
    await symlink("config.dev.toml", join(linked, "config.local.toml"));
    await fill(plain, { "config.dev.toml": "x", "config.local.toml": "x" });
    expect(await buffer(packTree(linked))).toEqual(await buffer(packTree(plain)));
  });

  test("takes a symlink to a folder inside as that folder", async () => {
    const [linked, plain] = [await temporaryFolder(), await temporaryFolder()];
    await fill(linked, { "available/site.conf": "x" });
    await symlink("available", join(linked, "enabled"));
    await fill(plain, { "available/site.conf": "x", "enabled/site.conf": "x" });
    expect(await buffer(packTree(linked))).toEqual(await buffer(packTree(plain)));
  });

  test("leaves out what it is told to", async () => {
    const [edited, plain] = [await temporaryFolder(), await temporaryFolder()];
    await fill(edited, { "a/site.conf": "x", "a/.site.conf.swp": "half a thought" });
    await fill(plain, { "a/site.conf": "x" });
    const leaveOut = (name: string) => name.endsWith(".swp");
    expect(await buffer(packTree(edited, { leaveOut }))).toEqual(await buffer(packTree(plain)));
  });

  test.each([
    ["leads out", "/etc/hostname", /leads to nothing inside/],
    ["leads to a folder outside", "/etc", /leads to nothing inside/],
    ["leads nowhere", "missing", /leads to nothing inside/],
    ["leads to the folder itself", ".", /leads to a folder around it/],
  ])("refuses a symlink that %s", async (_, target, reason) => {
    const folder = await temporaryFolder();
    await fill(folder, { "a/x": "x" });
    await symlink(target, join(folder, "link"));
    const packing = buffer(packTree(folder));
    await expect(packing).rejects.toThrow(`${join(folder, "link")} is a symbolic link`);
    await expect(packing).rejects.toThrow(reason);
  });

  test("refuses symlinks that go round in a circle", async () => {
    const folder = await temporaryFolder();
    await fill(folder, { "a/x": "x", "b/x": "x" });
    await symlink("../b", join(folder, "a/to-b"));
    await symlink("../a", join(folder, "b/to-a"));
    await expect(buffer(packTree(folder))).rejects.toThrow("leads to a folder around it");
  });
});
