import { appendFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import { ofType, type RunningDevenv, startWatch } from "../harness/devenv.ts";
import { clusterOf, commitVersion, goProgram, ofService, type TestCluster } from "./save-loop-cluster.ts";

let cluster: TestCluster;
let devenv: RunningDevenv;
const repo = (...path: string[]) => join(cluster.folder, "repos/books", ...path);

beforeAll(async () => {
  cluster = await clusterOf({ name: "books" }, { name: "reviews" });
  devenv = await startWatch(cluster);
});
afterAll(async () => {
  await devenv?.interrupt();
  await cluster?.remove();
});

test("a save is answered by the new code, and nothing but the service's process is restarted", async () => {
  const before = await Promise.all(["books", "reviews"].map(cluster.container));
  expect(await cluster.answer("books")).toBe("ci");
  const committed = await commitVersion(cluster, devenv, "books", "first save");

  expect(await cluster.answer("books")).toBe("first save");
  expect(await cluster.answer("reviews")).toBe("ci");
  expect(await Promise.all(["books", "reviews"].map(cluster.container))).toEqual(before);
  for (const stage of ["build", "deliver", "restart", "ready"] as const) {
    expect(committed.times[stage], stage).toBeGreaterThan(0);
  }
  expect(committed.times.detect).toBeGreaterThanOrEqual(0);
  const row = await cluster.status("books");
  expect(row).toMatchObject({ state: "ready", mode: "local", build: committed.build, ready: true });
  expect(await cluster.status("reviews")).toMatchObject({ mode: "ci" });
});

test("the events of a save come in the order of its story", async () => {
  const { generation } = await commitVersion(cluster, devenv, "books", "in order");
  const story = devenv.events.filter((event) => "generation" in event && event.generation === generation);
  expect(story.map(({ type }) => type)).toEqual(["saved", "built", "delivered", "restarted", "ready", "committed"]);
});

test.each(["sed -i", "vim: a backup by rename", "in place, in two writes", "a draft renamed over it"])(
  "a save is seen: %s",
  async (style) => {
    const version = `saved by ${style}`;
    await commitVersion(cluster, devenv, "books", "before");
    const since = devenv.events.length;
    const file = cluster.source("books");
    const text = goProgram(version);
    if (style === "sed -i") {
      await systemProcesses.run("sed", ["-i", `s/"before"/${JSON.stringify(version)}/`, file]);
    } else if (style.startsWith("vim")) {
      await writeFile(join(file, "..", "4913"), "");
      await rm(join(file, "..", "4913"));
      await rename(file, `${file}~`);
      await writeFile(file, text);
      await rm(`${file}~`);
    } else if (style.startsWith("in place")) {
      await writeFile(file, text.slice(0, 100));
      await appendFile(file, text.slice(100));
    } else {
      await cluster.save("books", text);
    }
    await devenv.until(ofType("committed"), since);
    expect(await cluster.answer("books")).toBe(version);
    expect(devenv.events.slice(since).filter(ofType("restarted"))).toHaveLength(1);
  },
);

test("a new file of the package, a new package that is imported, and the end of a file are all saves", async () => {
  let since = devenv.events.length;
  await cluster.save("books", goProgram("several files", { more: "var greeting = func() string { return version }" }));
  await devenv.until(ofType("committed"), since);

  since = devenv.events.length;
  await cluster.write("books", "cmd/books/init.go", `package main\n\nfunc init() { version = "a new file" }\n`);
  await devenv.until(ofType("committed"), since);
  expect(await cluster.answer("books")).toBe("a new file");

  // The package is not watched before it is imported: it counts from the save that imports it.
  since = devenv.events.length;
  await cluster.write("books", "words/words.go", `package words\n\nconst Greeting = "a new package"\n`);
  const importing = `package main\n\nimport "books/words"\n\nfunc init() { version = words.Greeting }\n`;
  await cluster.write("books", "cmd/books/init.go", importing);
  await devenv.until(ofType("committed"), since);
  expect(await cluster.answer("books")).toBe("a new package");

  since = devenv.events.length;
  await cluster.write("books", "words/words.go", `package words\n\nconst Greeting = "an edit in it"\n`);
  await devenv.until(ofType("committed"), since);
  expect(await cluster.answer("books")).toBe("an edit in it");

  since = devenv.events.length;
  await rm(repo("cmd/books/init.go"));
  await devenv.until(ofType("committed"), since);
  expect(await cluster.answer("books")).toBe("several files");
});

test("a package that does not compile when it is imported is mended by its own save", async () => {
  let since = devenv.events.length;
  await cluster.write("books", "phrases/phrases.go", "package phrases\n\nconst Greeting = \n");
  await cluster.save("books", goProgram("", { imports: ["books/phrases"], first: "version = phrases.Greeting" }));
  const { failure } = await devenv.until(ofType("buildFailed"), since);
  expect(failure.where?.file).toBe(repo("phrases/phrases.go"));
  since = devenv.events.length;
  await cluster.write("books", "phrases/phrases.go", 'package phrases\n\nconst Greeting = "mended"\n');
  await devenv.until(ofType("committed"), since);
  expect(await cluster.answer("books")).toBe("mended");
});

test("a test, a README and an editor's temporary file start nothing", async () => {
  const since = devenv.events.length;
  await cluster.write("books", "cmd/books/main_test.go", "package main\n");
  await cluster.write("books", "cmd/books/README.md", "# books\n");
  await cluster.write("books", "README.md", "# books\n");
  await cluster.write("books", "cmd/books/.main.go.swp", "");
  // What was heard of is in order: once this save is committed, the others had their turn.
  await commitVersion(cluster, devenv, "books", "after what does not matter");
  const saves = devenv.events.slice(since).filter(ofType("saved"));
  expect(saves.flatMap(({ paths }) => paths)).toEqual([cluster.source("books")]);
});

test("a save that changes nothing of the binary restarts nothing and says so", async () => {
  const committed = await commitVersion(cluster, devenv, "books", "the same");
  const poll = await cluster.poll("books");
  // The same text again, as formatters and "save all" do.
  let since = devenv.events.length;
  await cluster.save("books", goProgram("the same"));
  const unchanged = await devenv.until(ofType("unchanged"), since);
  expect(unchanged.build).toBe(committed.build);

  since = devenv.events.length;
  await utimes(cluster.source("books"), new Date(), new Date());
  await devenv.until(ofType("unchanged"), since);
  expect(devenv.events.slice(since).some(ofType("delivered", "restarted"))).toBe(false);
  expect(await poll.stop()).toMatchObject({ failures: 0 });
});

test("a change in container/etc is in the container, and its process was restarted", async () => {
  await commitVersion(cluster, devenv, "books", "with configuration");
  const path = "/file?path=/devenv/config/books/config.local.toml";
  let since = devenv.events.length;
  await cluster.write("books", "container/etc/config.local.toml", 'greeting = "one"\n');
  await devenv.until(ofService("books", "committed"), since);
  expect(await cluster.answer("books", path)).toBe('greeting = "one"\n');

  since = devenv.events.length;
  await cluster.write("books", "container/etc/config.local.toml", 'greeting = "two"\n');
  await devenv.until(ofService("books", "committed"), since);
  expect(await cluster.answer("books", path)).toBe('greeting = "two"\n');
  expect(devenv.events.slice(since).filter(ofType("restarted"))).toHaveLength(1);
});
