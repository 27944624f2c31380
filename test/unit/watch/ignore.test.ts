import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ignoredByFiles, ignoredByProfile } from "../../../src/watch/ignore.ts";

let repo: string;
beforeEach(async () => {
  repo = await mkdtemp(join(tmpdir(), "devenv-ignore-"));
});
afterEach(() => rm(repo, { recursive: true, force: true }));

const at = (path: string) => join(repo, path);
async function write(path: string, text = "") {
  await mkdir(dirname(at(path)), { recursive: true });
  await writeFile(at(path), text);
}
const rules = (...patterns: string[]) => ignoredByProfile(repo, patterns, ignoredByFiles(repo, undefined));

test("a .gitignore counts where there is no git", async () => {
  await write(".gitignore", "*.log\n");
  expect(rules()(at("deep/a.log"))).toBe(".gitignore:1 *.log");
  expect(rules()(at("deep/a.txt"))).toBeUndefined();
});

test("a .dockerignore counts as Docker reads it", async () => {
  await write(".dockerignore", "docs\n*.md\n!docs/api.md\n");
  const leftOut = rules();
  expect(leftOut(at("docs/guide.txt"), "file")).toBe(".dockerignore");
  expect(leftOut(at("docs/api.md"), "file")).toBeUndefined();
  expect(leftOut(at("docs"), "folder"), "something in it counts").toBeUndefined();
  expect(leftOut(at("readme.md"), "file")).toBe(".dockerignore");
  expect(leftOut(at("deep/readme.md"), "file"), "no pattern of Docker's counts in every depth").toBeUndefined();
});

test("a .dockerignore that changes counts as it is when it is asked about", async () => {
  const leftOut = rules();
  expect(leftOut(at("docs/x"), "file")).toBeUndefined();
  await write(".dockerignore", "docs");
  leftOut(at(".dockerignore"));
  expect(leftOut(at("docs/x"), "file")).toBe(".dockerignore");
});

test("the profile has the last word", async () => {
  await write(".gitignore", "gen/\n*.log\n");
  const leftOut = rules("docs/", "!gen/", "gen/big.txt");
  expect(leftOut(at("docs/deep/x.md"), "file")).toBe("x-devenv.ignore:1 docs/");
  expect(leftOut(at("gen"), "folder")).toBeUndefined();
  expect(leftOut(at("gen/deep/a.go"), "file")).toBeUndefined();
  expect(leftOut(at("gen/big.txt"), "file")).toBe("x-devenv.ignore:3 gen/big.txt");
  expect(leftOut(at("a.log"), "file")).toBe(".gitignore:2 *.log");
  expect(leftOut("/elsewhere/docs/x", "file")).toBeUndefined();
});

test("where only a folder would be ignored, the disk is asked what a path is", async () => {
  await write("out/x");
  await write("deep/out");
  const leftOut = rules("out/");
  expect(leftOut(at("out"))).toBe("x-devenv.ignore:1 out/");
  expect(leftOut(at("deep/out")), "a file of that name").toBeUndefined();
  expect(leftOut(at("gone/out")), "it is gone").toBeUndefined();
});

test("a .dockerignore that keeps no sources is overruled for those that the profile takes in", async () => {
  await write(".dockerignore", "*\n!out/books\n");
  const leftOut = rules("!cmd/", "!*.go");
  expect(leftOut(at("cmd"), "folder")).toBeUndefined();
  expect(leftOut(at("cmd/deep/x.txt"), "file")).toBeUndefined();
  expect(leftOut(at("main.go"), "file")).toBeUndefined();
  expect(leftOut(at("notes.txt"), "file")).toBe(".dockerignore");
});
