import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { checkedOut } from "../../../src/host/git/checked-out.ts";
import { systemProcesses } from "../../../src/host/process.ts";

const { signal } = new AbortController();
const look = (folder: string) =>
  checkedOut(folder, { processes: systemProcesses, environment: process.env, timeoutMs: 30_000, signal });

const git = async (folder: string, ...args: string[]) => {
  const who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
  const { code, output } = await systemProcesses.run("git", [...who, ...args], { cwd: folder });
  expect(code, output).toBe(0);
  return output.trim();
};

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "devenv-checked-out-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A repository with two folders in its first commit. */
async function repository(): Promise<string> {
  const folder = await emptyFolder();
  await git(folder, "init", "--quiet");
  for (const name of ["books", "web"]) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, "main.go"), name);
  }
  await writeFile(join(folder, ".gitignore"), "*.log\n");
  await git(folder, "add", ".");
  await git(folder, "commit", "--quiet", "--message=first");
  return folder;
}

describe("what is checked out", () => {
  test("is the commit, and nothing besides, where nothing was changed", async () => {
    const folder = await repository();
    await writeFile(join(folder, "build.log"), "ignored");
    expect(await look(folder)).toEqual({ commit: await git(folder, "rev-parse", "HEAD"), changed: [] });
  });

  test("differs by what was changed, staged, taken away and is new", async () => {
    const folder = await repository();
    await writeFile(join(folder, "books/main.go"), "changed");
    await rm(join(folder, "web/main.go"));
    await writeFile(join(folder, "staged file"), "");
    await git(folder, "add", "staged file");
    await writeFile(join(folder, "new"), "");
    const state = await look(folder);
    expect("changed" in state && [...state.changed].sort()).toEqual([
      "books/main.go",
      "new",
      "staged file",
      "web/main.go",
    ]);
  });

  test("of a folder of a repository does not differ by what changed elsewhere in it", async () => {
    const folder = await repository();
    await writeFile(join(folder, "web/main.go"), "changed");
    expect(await look(join(folder, "books"))).toMatchObject({ changed: [] });
    expect(await look(join(folder, "web"))).toMatchObject({ changed: ["web/main.go"] });
  });

  test("is told in git's words where there is no repository, and where nothing was committed", async () => {
    const folder = await emptyFolder();
    expect(await look(folder)).toEqual({ words: expect.stringContaining("not a git repository") });
    await git(folder, "init", "--quiet");
    expect(await look(folder)).toEqual({ words: "nothing was committed yet" });
  });
});
