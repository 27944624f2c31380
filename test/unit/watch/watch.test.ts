import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { mkdir, open, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { observe, temporaryFolder } from "./watching.ts";

/** A folder with `main.go`, watched as a package of a Go service is; `sentinel` is told after whatever came before. */
async function packageFolder() {
  const folder = await temporaryFolder();
  const file = join(folder, "main.go");
  await writeFile(file, "package main\n");
  const observed = await observe({ folders: [folder] });
  const sentinel = async () => {
    const path = join(folder, "sentinel.go");
    await writeFile(path, String(Math.random()));
    await observed.told(path);
  };
  return { folder, file, ...observed, sentinel };
}

/** Truncates and writes, and nothing is heard between the two: on a busy machine they may be far apart otherwise. */
function writeAtOnce(file: string, text: string): void {
  const descriptor = openSync(file, "w");
  writeSync(descriptor, text);
  closeSync(descriptor);
}

describe("how editors save", () => {
  test("a write in place is a change", async () => {
    const { file, told, changes } = await packageFolder();
    await writeFile(file, "package main // edited\n");
    await told(file);
    expect(new Set(changes)).toEqual(new Set([file]));
  });

  test("truncate and write (VS Code) is one change", async () => {
    const { file, sentinel, changes } = await packageFolder();
    writeAtOnce(file, "package main // edited\n");
    await sentinel();
    expect(changes.filter((path) => path === file)).toHaveLength(1);
  });

  test("a slow save is told again after its last write", async () => {
    const { file, told, forget } = await packageFolder();
    const handle = await open(file, "w");
    await told(file);
    forget();
    await handle.write("package main // edited\n");
    await expect(told(file)).resolves.toBeUndefined();
    await handle.close();
  });

  test("rename over the file (JetBrains, gofmt) is a change, and its temporary names are none", async () => {
    const { folder, file, sentinel, changes } = await packageFolder();
    await writeFile(join(folder, "main.go___jb_tmp___"), "package main // edited\n");
    await rename(file, join(folder, "main.go___jb_old___"));
    await rename(join(folder, "main.go___jb_tmp___"), file);
    await rm(join(folder, "main.go___jb_old___"));
    await sentinel();
    expect(new Set(changes)).toEqual(new Set([file, join(folder, "sentinel.go")]));
  });

  test("vim's way (probe, backup, new file, mode, backup gone) is a change of the file alone", async () => {
    const { folder, file, sentinel, changes } = await packageFolder();
    await writeFile(join(folder, ".main.go.swp"), "");
    await writeFile(join(folder, "4913"), "");
    await rm(join(folder, "4913"));
    await rename(file, join(folder, "main.go~"));
    const handle = await open(file, "w");
    await handle.write("package main // edited\n");
    await handle.sync();
    await handle.chmod(0o644);
    await handle.close();
    await rm(join(folder, "main.go~"));
    await sentinel();
    expect(new Set(changes)).toEqual(new Set([file, join(folder, "sentinel.go")]));
  });

  test.each([".#main.go", "#main.go#", "main.go~", ".main.go.swx", "main.go.swo", "main.go.tmp"])(
    "an editor's %s is not told",
    async (name) => {
      const { folder, sentinel, changes } = await packageFolder();
      await writeFile(join(folder, name), "x");
      await sentinel();
      expect(changes).not.toContain(join(folder, name));
    },
  );

  test("a change of nothing but the mode is told once at most", async () => {
    const { file, sentinel, told, changes, forget } = await packageFolder();
    writeAtOnce(file, "package main // edited\n");
    await told(file);
    forget();
    const handle = await open(file, "r");
    await handle.chmod(0o600);
    await handle.close();
    await sentinel();
    expect(changes).not.toContain(file);
  });

  test("two writes, the second right after the first was told, are both told", async () => {
    const { file, told, forget } = await packageFolder();
    await writeFile(file, "package main // one\n");
    await told(file);
    forget();
    await writeFile(file, "package main // two\n");
    await expect(told(file)).resolves.toBeUndefined();
  });

  test("another content with the same size and time is told", async () => {
    const { file, told, forget } = await packageFolder();
    const then = new Date("2024-01-01T00:00:00Z");
    await writeFile(file, "package main // one\n");
    await utimes(file, then, then);
    await told(file);
    forget();
    await writeFile(file, "package main // two\n");
    await utimes(file, then, then);
    await expect(told(file)).resolves.toBeUndefined();
  });
});

describe("what comes and goes", () => {
  test("a new file in a watched folder is a change, and so is each of its later writes", async () => {
    const { folder, told, forget } = await packageFolder();
    const file = join(folder, "new.go");
    await writeFile(file, "package main\n");
    await told(file);
    forget();
    await writeFile(file, "package main // edited\n");
    await expect(told(file)).resolves.toBeUndefined();
  });

  test("a file that is deleted and made again is a change both times", async () => {
    const { file, told, forget } = await packageFolder();
    await rm(file);
    await told(file);
    forget();
    await writeFile(file, "package main\n");
    await expect(told(file)).resolves.toBeUndefined();
  });

  test("a folder that is deleted and comes back is watched again, and what is in it by then is told", async () => {
    const { folder, file, told, forget } = await packageFolder();
    await rm(folder, { recursive: true });
    await told(folder);
    await mkdir(folder);
    await writeFile(file, "package main // back\n");
    await told(file);
    forget();
    await writeFile(file, "package main // edited\n");
    await expect(told(file)).resolves.toBeUndefined();
  });

  test("a folder of a tree that is moved away and back is told with its files, though they are what they were", async () => {
    const root = await temporaryFolder();
    const file = join(root, "src", "a.go");
    await mkdir(join(root, "src"));
    const { told, forget } = await observe({ trees: [root] });
    await writeFile(file, "package src\n");
    await told(file);
    forget();
    await rename(join(root, "src"), join(root, "away"));
    await told(join(root, "away", "a.go"));
    forget();
    await rename(join(root, "away"), join(root, "src"));
    await expect(told(file)).resolves.toBeUndefined();
  });

  test("a folder that is removed and made again in one go is another one, whatever number the file system gives it", async () => {
    const root = await temporaryFolder();
    const folder = join(root, "handlers");
    await mkdir(folder);
    const { told, forget } = await observe({ folders: [folder] });
    for (const round of ["a", "b", "c"]) {
      rmSync(folder, { recursive: true });
      mkdirSync(folder);
      await told(folder);
      forget();
      await writeFile(join(folder, `${round}.go`), "");
      await expect(told(join(folder, `${round}.go`))).resolves.toBeUndefined();
    }
  });

  test("a folder whose parents go and come back is watched again", async () => {
    const root = await temporaryFolder();
    const folder = join(root, "repos", "books", "handlers");
    await mkdir(folder, { recursive: true });
    const { told, forget } = await observe({ folders: [folder] });
    await rm(join(root, "repos"), { recursive: true });
    await told(folder);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "a.go"), "package handlers\n");
    await told(join(folder, "a.go"));
    forget();
    await writeFile(join(folder, "a.go"), "package handlers // edited\n");
    await expect(told(join(folder, "a.go"))).resolves.toBeUndefined();
  });

  test("a repository that is moved away and cloned anew is watched in its new place", async () => {
    const root = await temporaryFolder();
    const repo = join(root, "books");
    const folder = join(repo, "handlers");
    await mkdir(folder, { recursive: true });
    const { told, forget } = await observe({ folders: [folder], files: [join(repo, "go.mod")] });
    await mkdir(join(root, "fresh", "handlers"), { recursive: true });
    await writeFile(join(root, "fresh", "handlers", "a.go"), "package handlers\n");
    await rename(repo, join(root, "books.old"));
    await rename(join(root, "fresh"), repo);
    await told(join(folder, "a.go"));
    forget();
    await writeFile(join(folder, "a.go"), "package handlers // edited\n");
    await expect(told(join(folder, "a.go"))).resolves.toBeUndefined();
  });

  test("a folder that is not there yet is seen when it comes", async () => {
    const root = await temporaryFolder();
    const folder = join(root, "container", "etc");
    const { told } = await observe({ trees: [folder] });
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "config.local.toml"), "");
    await expect(told(join(folder, "config.local.toml"))).resolves.toBeUndefined();
  });
});

describe("what is watched", () => {
  test("a folder's subfolders are not, but that one came is told", async () => {
    const { folder, told, sentinel, changes } = await packageFolder();
    const below = join(folder, "below");
    await mkdir(below);
    await told(below);
    await writeFile(join(below, "a.go"), "package below\n");
    await sentinel();
    expect(changes).not.toContain(join(below, "a.go"));
  });

  test("a tree is, in its whole depth, and a folder made with its files at once, too", async () => {
    const root = await temporaryFolder();
    const { told } = await observe({ trees: [root] });
    const below = join(root, "a", "b", "c");
    await mkdir(below, { recursive: true });
    await writeFile(join(below, "x.ts"), "");
    await told(join(below, "x.ts"));
    await writeFile(join(below, "y.ts"), "");
    await expect(told(join(below, "y.ts"))).resolves.toBeUndefined();
  });

  test("of a tree, .git, node_modules and what the caller ignores are not", async () => {
    const root = await temporaryFolder();
    for (const name of [".git", "node_modules", "dist", "src"]) await mkdir(join(root, name));
    const { told, changes, watching } = await observe(
      { trees: [root] },
      { isIgnored: (path) => path === join(root, "dist") },
    );
    for (const name of [".git", "node_modules", "dist", "src"]) await writeFile(join(root, name, "x"), "");
    await told(join(root, "src", "x"));
    expect(new Set(changes)).toEqual(new Set([join(root, "src", "x")]));
    expect(watching.count()).toBe(2);
  });

  test("a single file is, and its neighbours are not", async () => {
    const root = await temporaryFolder();
    const { told, changes } = await observe({ files: [join(root, "go.mod"), join(root, "go.sum")] });
    await writeFile(join(root, "README.md"), "");
    await writeFile(join(root, "go.sum"), "");
    await writeFile(join(root, "go.mod"), "module books\n");
    await told(join(root, "go.mod"), join(root, "go.sum"));
    expect(new Set(changes)).toEqual(new Set([join(root, "go.mod"), join(root, "go.sum")]));
  });

  test("update adds, drops and keeps, and what is kept is not told anew", async () => {
    const root = await temporaryFolder();
    const [kept, dropped, added] = ["kept", "dropped", "added"].map((name) => join(root, name)) as [
      string,
      string,
      string,
    ];
    for (const folder of [kept, dropped, added]) await mkdir(folder);
    for (const folder of [kept, added]) await writeFile(join(folder, "old.go"), "");
    const { told, changes, watching } = await observe({ folders: [kept, dropped] });
    await watching.update({ folders: [kept, added], files: [] });
    for (const folder of [dropped, kept, added]) await writeFile(join(folder, "new.go"), "");
    await told(join(kept, "new.go"), join(added, "new.go"));
    expect(new Set(changes)).toEqual(new Set([join(kept, "new.go"), join(added, "new.go")]));
  });

  test("update from some names to the whole folder, and to its depth, takes the files that come then", async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, "below"));
    const { told, watching } = await observe({ files: [join(root, "go.mod")] });
    await watching.update({ folders: [], trees: [root], files: [] });
    await writeFile(join(root, "below", "a.go"), "");
    await told(join(root, "below", "a.go"));
    await watching.update({ folders: [root], files: [] });
    expect(watching.count()).toBe(1);
  });

  test("after close nothing is told", async () => {
    const { file, watching, changes } = await packageFolder();
    await watching.close();
    expect(watching.count()).toBe(0);
    await writeFile(file, "package main // edited\n");
    const other = await observe({ files: [file] });
    await writeFile(file, "package main // again\n");
    await other.told(file);
    expect(changes).toEqual([]);
  });
});

describe("symlinks", () => {
  test("a folder that is given by a symlink is watched, and told by the name that was given", async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, "real"));
    await symlink("real", join(root, "link"));
    const { told } = await observe({ folders: [join(root, "link")] });
    await writeFile(join(root, "real", "a.go"), "");
    await expect(told(join(root, "link", "a.go"))).resolves.toBeUndefined();
  });

  test("a symlink that leads elsewhere from now on is followed", async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, "one"));
    await mkdir(join(root, "two"));
    await symlink("one", join(root, "link"));
    const { told, forget } = await observe({ folders: [join(root, "link")] });
    await symlink("two", join(root, "next"));
    await rename(join(root, "next"), join(root, "link"));
    await told(join(root, "link"));
    forget();
    // It may not be in place yet: what is there when it is will be told.
    await writeFile(join(root, "two", "a.go"), "");
    await expect(told(join(root, "link", "a.go"))).resolves.toBeUndefined();
  });

  test("a file behind a symlink changes under the symlink's name, also when its target was saved by rename", async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, "package"));
    await mkdir(join(root, "shared"));
    const target = join(root, "shared", "schema.sql");
    await writeFile(target, "one");
    const link = join(root, "package", "schema.sql");
    await symlink(target, link);
    const { told, forget } = await observe({ folders: [join(root, "package")] });
    await writeFile(target, "two");
    await told(link);
    forget();
    await writeFile(join(root, "shared", "new"), "three");
    await rename(join(root, "shared", "new"), target);
    await expect(told(link)).resolves.toBeUndefined();
  });
});
