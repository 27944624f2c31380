import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { goInputs } from "../../src/artifact/go-inputs.ts";
import { buildLocal } from "../../src/artifact/local-build.ts";
import { openStore } from "../../src/artifact/store.ts";
import { systemProcesses } from "../../src/host/process.ts";
import { serviceName } from "../../src/model/names.ts";
import { goService } from "../unit/artifact/service.ts";
import { observe } from "../unit/watch/watching.ts";

const PLATFORM = { os: "linux", arch: process.arch === "x64" ? "amd64" : process.arch };

async function newFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "devenv-watching-")));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A service with a handlers package, under git, on two branches: `feature` changes one file, adds one, drops one. */
async function repositoryWithBranches() {
  const repo = await newFolder();
  const git = async (...args: string[]) => {
    const identity = ["-c", "user.name=t", "-c", "user.email=t@example.test", "-c", "init.defaultBranch=main"];
    const finished = await systemProcesses.run("git", [...identity, ...args], { cwd: repo });
    expect(finished.output).not.toContain("fatal");
  };
  const write = (path: string, text: string) => writeFile(join(repo, path), text);
  for (const folder of ["cmd/books", "handlers", "unrelated"]) await mkdir(join(repo, folder), { recursive: true });
  await write("go.mod", "module example.test/books\n\ngo 1.19\n");
  await write(
    "cmd/books/main.go",
    'package main\n\nimport "example.test/books/handlers"\n\nfunc main() { println(handlers.Answer()) }\n',
  );
  await write("handlers/answer.go", 'package handlers\n\nfunc Answer() string { return word + "!" }\n');
  await write("handlers/word.go", 'package handlers\n\nconst word = "main"\n');
  await write("unrelated/unrelated.go", "package unrelated\n");
  await git("init", "-q");
  await git("add", ".");
  await git("commit", "-q", "-m", "main");
  await git("checkout", "-q", "-b", "feature");
  await git("rm", "-q", "handlers/word.go");
  await write("handlers/new.go", 'package handlers\n\nconst word = "feature"\n');
  await write("handlers/answer.go", 'package handlers\n\nfunc Answer() string { return word + "?" }\n');
  await write("unrelated/unrelated.go", "package unrelated\n\n// changed\n");
  await git("add", ".");
  await git("commit", "-q", "-m", "feature");
  await git("checkout", "-q", "main");
  return { repo, git };
}

test("switching a branch tells the files that a service is made of and no others, and the build has them", async () => {
  const { repo, git } = await repositoryWithBranches();
  const recipe = { packages: ["./cmd/books"], tags: [], cgo: false, env: {} };
  const inputs = await goInputs(repo, recipe, { processes: systemProcesses, platform: PLATFORM });
  const { told, changes } = await observe(inputs);
  const changed = ["answer.go", "new.go", "word.go"].map((name) => join(repo, "handlers", name));

  await git("checkout", "-q", "feature");
  await told(...changed);
  expect([...new Set(changes)].sort()).toEqual(changed);

  const cacheFolder = await newFolder();
  const store = openStore(cacheFolder);
  const service = goService(repo, "./cmd/books", { name: serviceName("books") });
  const release = await buildLocal(service, PLATFORM, {
    ...{ store, processes: systemProcesses, environment: process.env, cacheFolder },
  });
  const { output } = await systemProcesses.run(store.pathOf(release.artifact.digest), []);
  expect(output).toBe("feature?\n");
});
