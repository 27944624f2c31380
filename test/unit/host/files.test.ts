import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensureFolder, peekText, readJson, readText, writeAtomic, writeJson } from "../../../src/host/files.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "devenv-files-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe("writeAtomic", () => {
  it("makes a file for its owner only, and leaves no temporary one", async () => {
    const path = join(folder, "a");
    await writeAtomic(path, "one");
    await writeAtomic(path, "two");
    expect(await readFile(path, "utf8")).toBe("two");
    expect(await modeOf(path)).toBe(0o600);
    expect(await readdir(folder)).toEqual(["a"]);
  });

  it("gives the mode that was asked for", async () => {
    await writeAtomic(join(folder, "a"), "one", 0o644);
    expect(await modeOf(join(folder, "a"))).toBe(0o644);
  });

  it("names the file that it cannot write", async () => {
    const path = join(folder, "missing", "a");
    await expect(writeAtomic(path, "one")).rejects.toMatchObject({
      class: "environment",
      message: expect.stringContaining(path),
    });
  });
});

describe("readJson", () => {
  it("gives back what writeJson wrote", async () => {
    await writeJson(join(folder, "a.json"), { one: [1] });
    expect(await readJson(join(folder, "a.json"))).toEqual({ one: [1] });
  });

  it("takes an absent file, or folder, for nothing", async () => {
    await writeFile(join(folder, "file"), "");
    expect(await readJson(join(folder, "a.json"))).toBeUndefined();
    expect(await readJson(join(folder, "file", "a.json"))).toBeUndefined();
    expect(await readText(join(folder, "none"))).toBeUndefined();
    expect(peekText(join(folder, "none"))).toBeUndefined();
  });

  it("names the file that is not JSON", async () => {
    await writeFile(join(folder, "a.json"), "{");
    await expect(readJson(join(folder, "a.json"))).rejects.toMatchObject({
      class: "environment",
      message: expect.stringContaining(join(folder, "a.json")),
    });
  });
});

describe("ensureFolder", () => {
  it("makes a folder and those above it for its owner only, whatever the umask", async () => {
    await ensureFolder(join(folder, "a", "b"));
    expect(await modeOf(join(folder, "a", "b"))).toBe(0o700);
    expect(await modeOf(join(folder, "a"))).toBe(0o700);
  });

  it("leaves a folder that is there as it is", async () => {
    await ensureFolder(join(folder, "a"), 0o755);
    await ensureFolder(join(folder, "a"));
    expect(await modeOf(join(folder, "a"))).toBe(0o755);
  });

  it("names the folder that it cannot make", async () => {
    await writeFile(join(folder, "file"), "");
    await expect(ensureFolder(join(folder, "file", "a"))).rejects.toMatchObject({
      class: "environment",
      message: expect.stringContaining(join(folder, "file", "a")),
    });
  });
});
