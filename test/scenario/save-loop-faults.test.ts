import { chmod, copyFile, readdir, readFile, readlink, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type ClusterView, get, viewOf } from "../harness/cluster-view.ts";
import { ofType, type RunningDevenv, startWatch, untilSettled } from "../harness/devenv.ts";
import { eventually } from "../harness/eventually.ts";
import { leftovers } from "../harness/leftovers.ts";
import { answersSaying } from "../harness/programs.ts";
import { elfOf } from "../unit/artifact/elves.ts";
import { clusterOf, commitVersion, goProgram, ofService, type TestCluster } from "./save-loop-cluster.ts";

/** Programs that misbehave when they are saved, besides those of save-loop-roll-back: what each leaves is a service that answers. */
let cluster: TestCluster;
let devenv: RunningDevenv;
let view: ClusterView;

const HEALTHZ = "      ready: { http: /healthz, port: 8080, within: 5s }";
const REPLICAS = [1, 2, 3];
const containers = () => [...["books", "tool", "said"].map((name) => `${name}-1`), ...REPLICAS.map((n) => `web-${n}`)];

beforeAll(async () => {
  const logging = '    logging: { driver: json-file, options: { max-size: 5m, max-file: "2" } }';
  cluster = await clusterOf(
    {
      name: "books",
      yaml: logging,
      devenv: `${HEALTHZ}\n      settle: 1h`,
    },
    { name: "tool" },
    { name: "said", devenv: "      ready: { log: '(ci|said) listens', within: 4s }\n      settle: 100ms" },
    { name: "web", yaml: "    scale: 3\n    volumes: [./shared:/shared]", devenv: `${HEALTHZ}\n      settle: 100ms` },
  );
  view = viewOf(cluster);
  await view.editProfile("build: { go: ./cmd/tool }", "build: { command: 'cp program \"$$$$DEVENV_OUT\"' }");
  devenv = await startWatch(cluster);
});
afterAll(async () => {
  await devenv?.interrupt();
  await cluster?.remove();
});
afterEach(async () => {
  const wanted = containers().map((name) => `${cluster.cluster}-${name}`);
  await eventually(
    () => leftovers(cluster, wanted),
    (left) => left.length === 0,
  );
});

test("a program that panics after it answered is taken back within its settling time", async () => {
  const since = devenv.events.length;
  // In a goroutine of its own: net/http recovers what panics in a handler.
  const later =
    'http.HandleFunc("/lose", func(http.ResponseWriter, *http.Request) { go panic("the database has gone"); select {} })';
  await cluster.save("books", goProgram("late", { first: later }));
  const committed = await devenv.until(ofType("committed"), since);
  expect(committed).toMatchObject({ settlesInMs: 3_600_000 });
  await expect(cluster.answer("books", "/lose")).rejects.toThrow();
  const { failure } = await devenv.until(ofType("died"), since);
  expect(failure.message).toMatch(/ended with code 2/);
  expect(failure.output).toContain("panic: the database has gone");
  await devenv.until(ofType("rolledBack"), since);
  expect(await cluster.answer("books")).toBe("ci");
  expect(await cluster.status("books")).toMatchObject({ state: "rolledBack", ready: true });
});

/** What the build of `tool` copies, put there whole. */
async function putProgram(content: Buffer | string, mode = 0o755): Promise<void> {
  const draft = join(cluster.folder, "program-draft");
  if (typeof content === "string") await copyFile(content, draft);
  else await writeFile(draft, content);
  await chmod(draft, mode);
  await rename(draft, join(cluster.folder, "repos/tool/program"));
}

test("what is no program for the container is told in plain words, and is never delivered", async () => {
  const whole = await answersSaying("first");
  let since = devenv.events.length;
  // Also without its executable bit: that is devenv's to set.
  await putProgram(whole, 0o644);
  await devenv.until(ofService("tool", "committed"), since);
  expect(await cluster.answer("tool")).toBe("first");
  const before = await cluster.container("tool");
  const poll = await cluster.poll("tool");
  const program = await readFile(whole);
  const bad: readonly (readonly [Buffer, RegExp])[] = [
    [program.subarray(0, program.length / 2), /^tool: its program is cut off/],
    [
      elfOf({ machine: process.arch === "arm64" ? 0x3e : 0xb7 }),
      /^tool: its program is built for linux\/\w+, and is to/,
    ],
    [Buffer.from("hello"), /^tool: its artifact is not a program/],
    [
      Buffer.from("#!/bin/bash\necho hello\n"),
      /^tool: its program is a script for \/bin\/bash, which image scratch does/,
    ],
    [Buffer.alloc(0), /^tool: the build put an empty file at \$DEVENV_OUT/],
  ];
  for (const [content, words] of bad) {
    since = devenv.events.length;
    await putProgram(content);
    const { failure } = await devenv.until(ofService("tool", "buildFailed"), since);
    expect(failure.message).toMatch(words);
  }
  expect(await poll.stop()).toMatchObject({ failures: 0 });
  expect(await cluster.container("tool")).toEqual(before);
  since = devenv.events.length;
  await putProgram(await answersSaying("second"));
  await devenv.until(ofService("tool", "committed"), since);
  expect(await cluster.answer("tool")).toBe("second");
});

test("a service whose log says that it is ready: one that never says so is taken back", async () => {
  const says = (version: string, how: string) => goProgram(version, { listening: how });
  let since = devenv.events.length;
  await cluster.save("said", says("good", 'fmt.Println("said listens")'));
  await untilSettled(devenv, "said", since);
  expect(await cluster.status("said")).toMatchObject({ state: "ready", ready: true });
  since = devenv.events.length;
  await cluster.save("said", says("bad", 'println("said nothing")'));
  const { failure } = await devenv.until(ofService("said", "notReady"), since);
  expect(failure.message).toBe("said printed no line that matches /(ci|said) listens/ within 4 s");
  expect(failure.output).toBe("said nothing");
  await devenv.until(ofService("said", "rolledBack"), since);
  expect(await cluster.answer("said")).toBe("good");
});

const answers = () =>
  Promise.all(
    REPLICAS.map(async (n) => {
      const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
      return get(await view.docker("inspect", "-f", format, `${cluster.cluster}-web-${n}`), 8080);
    }),
  );

/** The process of a replica's program, as the machine numbers it. */
const programOf = async (n: number) => {
  const top = await view.docker("top", `${cluster.cluster}-web-${n}`, "-o", "pid,args");
  return top.split("\n").find((line) => /^ *\d+ +\/devenv\/bin\/web$/.test(line));
};

test("of several containers those are taken back that were swapped when one of them failed", async () => {
  const since = devenv.events.length;
  await commitVersion(cluster, devenv, "web", "good");
  await untilSettled(devenv, "web", since);
  expect(await answers()).toEqual(["good", "good", "good"]);
  const before = await Promise.all(REPLICAS.map(programOf));
  // Whoever comes second finds the file.
  const second = `
	if _, err := os.OpenFile("/shared/first", os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		panic("another one was first")
	}`;
  await cluster.save("web", goProgram("bad", { imports: ["os"], first: second }));
  const { failure } = await devenv.until(ofService("web", "notReady"), since);
  expect(failure.output).toContain("another one was first");
  await devenv.until(ofService("web", "rolledBack"), since);
  expect(await answers()).toEqual(["good", "good", "good"]);
  const after = await Promise.all(REPLICAS.map(programOf));
  expect(after.map((line, index) => line === before[index])).toEqual([false, false, true]);
});

/** Kilobytes of the memory that `devenv watch` of this cluster has at this moment. */
async function memoryOfWatch(): Promise<number> {
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (!command.includes("\0watch\0")) continue;
    if ((await readlink(`/proc/${pid}/cwd`).catch(() => "")) !== cluster.folder) continue;
    return Number(/^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]);
  }
  throw new Error("no devenv watches");
}

const FLOOD = 60e6;

test("a program that floods its log holds up neither the loop nor its memory", async () => {
  const flood = `
	block := bytes.Repeat([]byte("the quick brown fox jumps over the lazy dog, again and again\\n"), 1024)
	go func() {
		for begun, sent := time.Now(), 0; ; {
			n, _ := os.Stdout.Write(block)
			sent += n
			version = fmt.Sprint(sent)
			// Fifty megabytes a second.
			time.Sleep(time.Duration(sent)*20*time.Nanosecond - time.Since(begun))
		}
	}()`;
  const before = await memoryOfWatch();
  const since = devenv.events.length;
  await cluster.save("books", goProgram("0", { imports: ["bytes", "os", "time"], first: flood }));
  await devenv.until(ofType("committed"), since);
  await eventually(
    () => cluster.answer("books"),
    (sent) => Number(sent) > FLOOD,
    { withinMs: 60_000 },
  );
  // What a garbage collector leaves for later; the flood is many times of it.
  expect(await memoryOfWatch()).toBeLessThan(before + 150_000);
  await commitVersion(cluster, devenv, "books", "quiet");
  expect(await cluster.answer("books")).toBe("quiet");
});
