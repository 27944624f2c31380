import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/host/clock.ts";
import { systemProcesses } from "../../src/host/process.ts";
import type { Event } from "../../src/model/event.ts";
import { ofType, type RunningDevenv, startWatch } from "../harness/devenv.ts";
import { eventually } from "../harness/eventually.ts";
import { clusterOf, goProgram, ofService, type TestCluster } from "./save-loop-cluster.ts";

/** `pages` is built by a command, so all of its repository counts; `search` is CI's; both share a module with `books`. */
const PAGES = 'build: { command: "CGO_ENABLED=0 go build -o $$DEVENV_OUT ./cmd/pages" }';

let cluster: TestCluster;
let devenv: RunningDevenv;
/** While it is there, no compiler comes to its end. */
let barrier: string;

beforeAll(async () => {
  const ready = "      ready: { http: /healthz, port: 8080, within: 5s }";
  cluster = await clusterOf(
    { name: "books" },
    { name: "pages", devenv: `      ignore: ["docs/"]\n${ready}` },
    { name: "search", devenv: `      mode: ci\n${ready}` },
  );
  const profile = await readFile(cluster.profile, "utf8");
  await writeFile(
    cluster.profile,
    profile.replace("build: { go: ./cmd/pages }", () => PAGES),
  );
  await cluster.write("shared", "go.mod", "module shared\n\ngo 1.19\n");
  await cluster.write("shared", "words/words.go", 'package words\n\nconst Word = "one"\n');
  for (const service of ["books", "search"]) {
    const mod = `module ${service}\n\ngo 1.19\n\nrequire shared v0.0.0\n\nreplace shared => ../shared\n`;
    await cluster.write(service, "go.mod", mod);
    await cluster.save(service, goProgram("", { imports: ["shared/words"], first: "version = words.Word" }));
  }
  await cluster.write("pages", ".gitignore", "*.log\nout/\n");
  barrier = join(cluster.folder, "barrier");
  devenv = await startWatch({ ...cluster, env: { ...cluster.env, PATH: await pathWithBarrier() } });
});
afterEach(() => rm(barrier, { force: true }));
afterAll(async () => {
  await devenv?.interrupt();
  await cluster?.remove();
});

/** A `go` whose builds wait for ever while there is a barrier. */
async function pathWithBarrier(): Promise<string> {
  const { stdout } = await systemProcesses.run("sh", ["-c", "command -v go"]);
  const go = join(cluster.folder, "tools", "go");
  await mkdir(dirname(go));
  const waits = `if [ "$1" = build ] && [ -e ${barrier} ]; then exec sleep 1000; fi`;
  await writeFile(go, `#!/bin/sh\n${waits}\nexec ${stdout.trim()} "$@"\n`);
  await chmod(go, 0o755);
  return `${dirname(go)}:${process.env.PATH}`;
}

const shared = (word: string) => cluster.write("shared", "words/words.go", `package words\n\nconst Word = "${word}"\n`);
const isAbout = (service: string) => (event: Event) => "service" in event && event.service === service;
/** Of how many builds of a service it is remembered what they were made of. */
async function knownBuilds(service: string): Promise<number> {
  const root = join(cluster.env.XDG_CACHE_HOME ?? "", "devenv/known-builds");
  const files = await readdir(root, { recursive: true }).catch(() => []);
  return files.filter((path) => path.startsWith(`${service}-`) && /-[0-9a-f]{64}$/.test(path)).length;
}
const savedPaths = (since: number) =>
  devenv.events.slice(since).flatMap((event) => (event.type === "saved" ? event.paths : []));

test("an edit of a shared package swaps the local services that are made of it, and holds CI's back", async () => {
  const since = devenv.events.length;
  await shared("two");
  await devenv.until(ofService("books", "committed"), since);
  expect(await cluster.answer("books")).toBe("two");
  expect(await devenv.until(ofType("heldByMode"), since)).toMatchObject({ service: "search", mode: "ci" });
  expect(await cluster.answer("search")).toBe("ci");
  expect(devenv.events.slice(since).some(isAbout("pages"))).toBe(false);
});

test("an edit that is taken back is delivered without a compiler", async () => {
  const save = async (word: string) => {
    const [since, known] = [devenv.events.length, await knownBuilds("books")];
    await shared(word);
    const committed = await devenv.until(ofService("books", "committed"), since);
    await eventually(
      () => knownBuilds("books"),
      (count) => count > known,
    );
    return committed;
  };
  const { build } = await save("three");
  await save("four");
  expect(await cluster.answer("books")).toBe("four");

  await writeFile(barrier, "");
  const since = devenv.events.length;
  await shared("three");
  expect(await devenv.until(ofService("books", "built"), since)).toMatchObject({
    isReused: true,
    release: { artifact: { build } },
  });
  await devenv.until(ofService("books", "committed"), since);
  expect(await cluster.answer("books")).toBe("three");
});

test("what ignore files and the profile name is no save", async () => {
  const since = devenv.events.length;
  await cluster.write("pages", "a.log", "x");
  await cluster.write("pages", "out/deep/b.txt", "y");
  await cluster.write("pages", "docs/c.md", "z");
  await cluster.write("pages", "notes.txt", "the only one");
  await cluster.save("pages", goProgram("saved"));
  // That of notes.txt may be a save of its own, whose commit comes first.
  await eventually(
    () => cluster.answer("pages").catch(() => undefined),
    (text) => text === "saved",
  );
  const repo = join(cluster.folder, "repos/pages/");
  const names = new Set(savedPaths(since).map((path) => path.replace(repo, "")));
  expect([...names].sort()).toEqual(["cmd/pages/main.go", "notes.txt"]);
});

test("a .gitignore that is edited counts from then on", async () => {
  let since = devenv.events.length;
  await cluster.write("pages", ".gitignore", "*.txt\n!out/**/*.txt\n");
  await devenv.until(ofService("pages", "unchanged"), since);
  const isSaved = (path: string) => savedPaths(since).some((saved) => saved.endsWith(path));
  // That its folder is followed again nobody tells.
  const written = async () => {
    await cluster.write("pages", "out/deep/b.txt", `${systemClock.monotonic()}`);
    return isSaved("/out/deep/b.txt");
  };
  await eventually(written, Boolean, { paceMs: 500 });

  since = devenv.events.length;
  await cluster.write("pages", "notes.txt", "not any more");
  await cluster.write("pages", "a.log", "now it is");
  await eventually(() => isSaved("/a.log"), Boolean);
  expect(isSaved("/notes.txt")).toBe(false);
});
