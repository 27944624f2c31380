import { appendFile, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { readExecutable } from "../../src/artifact/elf.ts";
import { begin, type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { type RunningDevenv, startWatch } from "../harness/devenv.ts";
import { eventually } from "../harness/eventually.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";
import { fill } from "../unit/artifact/folders.ts";
import { ofService } from "./save-loop-cluster.ts";

const SERVICES = `
  tools:
    image: scratch
    command: [/devenv/bin/tools/books]
    x-devenv:
      repo: repos/books
      mode: local
      build: { go: [./cmd/books, ./cmd/word] }
      ready: { http: /healthz, port: 8080, within: 5s }
  pages:
    image: scratch
    command: [/devenv/init/busybox, httpd, -f, -p, "8080", -h, /devenv/bin/pages]
    x-devenv:
      repo: repos/pages
      mode: local
      build: { node: build, env: { TITLE: Pages } }
      ready: { tcp: true, port: 8080, within: 5s }
  rust:
    image: scratch
    command: [/devenv/bin/rust]
    stop_grace_period: 1s
    x-devenv:
      repo: repos/rust
      mode: local
      build: { cargo: rust }
      ready: { tcp: true, port: 8080, within: 5s }
  word:
    image: scratch
    x-devenv: { repo: repos/books, mode: off, build: { go: ./cmd/word } }
  slow:
    image: scratch
    x-devenv: { repo: repos/slow, mode: off, build: { command: "echo $$ > pid; sleep 600" } }
`;

const says = (word: string) => `package main\n\nimport "os"\n\nfunc main() { os.Stdout.WriteString("${word}\\n") }\n`;

const makesPage = (word: string) => `import { mkdirSync, writeFileSync } from "node:fs";
mkdirSync("dist", { recursive: true });
writeFileSync("dist/index.html", process.env.TITLE + " ${word}");
`;

const rustSaying = (word: string) => `use std::io::{Read, Write};

fn main() {
    let listener = std::net::TcpListener::bind("0.0.0.0:8080").unwrap();
    for mut stream in listener.incoming().flatten() {
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream.write_all(b"HTTP/1.0 200 OK\\r\\n\\r\\n${word}");
    }
}
`;

const FILES = {
  "books/cmd/word/main.go": says("one"),
  "pages/package.json": JSON.stringify({ name: "pages", scripts: { build: "node make.mjs" } }),
  "pages/.gitignore": "dist/\n",
  "pages/make.mjs": makesPage("one"),
  "rust/Cargo.toml": '[package]\nname = "rust"\nversion = "0.1.0"\nedition = "2021"\n',
  "rust/src/main.rs": rustSaying("one"),
  "slow/README.md": "",
};

let workspace: TestWorkspace;
let view: ClusterView;

const write = (files: Record<string, string>) => fill(join(workspace.folder, "repos"), files);
const dist = (...path: string[]) => join(workspace.folder, "dist", ...path);

beforeAll(async () => {
  workspace = await makeWorkspace([{ name: "books" }], `unix://${inject("dockerSocket")}`);
  view = viewOf(workspace);
  await write(FILES);
  await appendFile(workspace.profile, SERVICES.slice(1));
});
afterAll(() => workspace.remove());

describe("a cluster of services that are built in several ways", { timeout: 180_000 }, () => {
  let devenv: RunningDevenv;

  const word = () => view.docker("exec", `${workspace.cluster}-tools-1`, "/devenv/bin/tools/word");
  const saved = async (service: string, files: Record<string, string>) => {
    const since = devenv.events.length;
    await write(files);
    await devenv.until(ofService(service, "committed"), since);
    return since;
  };

  beforeAll(async () => {
    const { code, output } = await workspace.run("up");
    expect(code, output).toBe(0);
    devenv = await startWatch(workspace);
  }, 180_000);
  afterAll(() => devenv.interrupt());

  test("comes up on what its work trees have", async () => {
    expect(await view.answer("pages", "/index.html")).toBe("Pages one");
    expect(await view.answer("rust")).toBe("one");
    expect(await word()).toBe("one");
  });

  test("a save of a Rust program is answered by the new one", async () => {
    await saved("rust", { "rust/src/main.rs": rustSaying("two") });
    expect(await view.answer("rust")).toBe("two");
  });

  test("a save of a front end changes its pages", async () => {
    await saved("pages", { "pages/make.mjs": makesPage("two") });
    expect(await view.answer("pages", "/index.html")).toBe("Pages two");
  });

  test("a save of one of several programs of a service swaps all of its files, and no service that is not made of it", async () => {
    const since = await saved("tools", { "books/cmd/word/main.go": says("two") });
    expect(await word()).toBe("two");
    expect(await view.answer("tools")).toBe("unversioned");
    expect(devenv.events.slice(since).some((event) => ofService("books", event.type)(event))).toBe(false);
  });
});

describe("devenv build", { timeout: 180_000 }, () => {
  const rowsOf = (stdout: string) => {
    const last = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
    return last.builds as { platform: string; path: string; size: number; digest: string; failure?: object }[];
  };

  test("makes for the daemon's platform what a save makes", async () => {
    const { code, stdout } = await workspace.run("build", "tools", "rust", "--json");
    expect(code).toBe(0);
    const [tools, rust] = rowsOf(stdout);
    expect([tools?.platform, rust?.platform]).toEqual([expect.stringMatching(/^linux\//), tools?.platform]);
    expect((await view.statusOf("rust")).build).toBe(`local:${rust?.digest.slice(0, 12)}`);
    expect((await view.statusOf("tools")).build).toBe(`local:${tools?.digest.slice(0, 12)}`);
    expect((await readdir(tools?.path ?? "")).sort()).toEqual(["books", "word"]);
  });

  test("makes programs for other platforms, each in a folder of its own, and tells what they are", async () => {
    const platforms = "linux/arm64,windows/amd64";
    const { code, stdout } = await workspace.run("build", "word", "--platform", platforms);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^✔ build word for linux\/arm64 \(go\) /m);
    expect(stdout).toMatch(/^SERVICE +PLATFORM +SIZE +TIME +DIGEST +FILE$/m);
    expect(stdout).toMatch(/^word +windows\/amd64 +1\.\d MB +\S+ m?s +[0-9a-f]{12} +dist\/windows-amd64\/word\.exe$/m);
    const made = [dist("linux-arm64", "word"), dist("windows-amd64", "word.exe")];
    expect(await Promise.all(made.map(readExecutable))).toEqual([
      { kind: "elf", platform: { os: "linux", arch: "arm64" }, interpreter: undefined },
      { kind: "pe" },
    ]);
  });

  test("refuses a platform that there is no compiler for, with those that there are, and builds nothing", async () => {
    const args = ["build", "word", "--platform", "linux/s390x,linux/arm46", "--out", "elsewhere"];
    const { code, output } = await workspace.run(...args);
    expect(code).toBe(2);
    expect(output).toContain("word cannot be built for linux/arm46");
    expect(output).toContain("did you mean linux/arm64");
    expect(output).toMatch(/^ +windows\/: 386, amd64, arm64$/m);
    expect(await readdir(workspace.folder)).not.toContain("elsewhere");
  });

  test("goes on after one that fails, and leaves what was there of that one", async () => {
    const before = await readFile(dist("linux-arm64", "word"));
    await write({ "books/cmd/word/main.go": "package main\n\nfunc main() { missing() }\n" });
    const { code, output } = await workspace.run("build", "word", "rust", "--platform", "linux/arm64,linux/amd64");
    await write({ "books/cmd/word/main.go": says("two") });
    expect(code).toBe(1);
    expect(output).toContain("main.go:3:15");
    expect(output).toMatch(/^word +linux\/arm64 +- +.* failed$/m);
    expect((await readFile(dist("linux-arm64", "word"))).equals(before)).toBe(true);
  });

  test("is for Linux where no daemon answers", async () => {
    const env = { DOCKER_HOST: `unix://${join(workspace.folder, "no.sock")}` };
    const { code, stdout } = await view.runWith({ env }, "build", "word", "--json", "--out", "without");
    expect(code).toBe(0);
    expect(rowsOf(stdout).map(({ path }) => path)).toEqual([
      expect.stringMatching(/\/without\/linux-(amd64|arm64)\/word$/),
    ]);
  });

  test("ends with all that it started on Ctrl-C", async () => {
    const building = begin(workspace, ["build", "slow", "--out", "interrupted"]);
    const pidFile = join(workspace.folder, "repos/slow/pid");
    const started = await eventually(
      () => readFile(pidFile, "utf8").catch(() => ""),
      (text) => text.endsWith("\n"),
    );
    expect((await building.end("SIGINT")).code).toBe(130);
    await eventually(
      () => isAlive(Number(started)),
      (alive) => !alive,
    );
    expect(await readdir(join(workspace.folder))).not.toContain("interrupted");
  });
});

const isAlive = (pid: number): Promise<boolean> =>
  readFile(`/proc/${pid}/stat`, "utf8").then(
    (line) => !line.includes(") Z "),
    () => false,
  );
