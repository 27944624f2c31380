import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { buildArtifact } from "../../../src/artifact/local-build.ts";
import { systemProcesses } from "../../../src/host/process.ts";
import { elfOf } from "./elves.ts";
import { digestOf, fill, HERE } from "./folders.ts";
import { commandService, goService } from "./service.ts";
import { COMPILING, withoutPrograms, workshop } from "./workshop.ts";

const MACHINE = HERE.arch === "amd64" ? 0x3e : 0xb7;
const GO = {
  "go.mod": "module example.test/books\n\ngo 1.19\n",
  "cmd/books/main.go": 'package main\n\nfunc main() { println("hello") }\n',
};

describe("a go build", COMPILING, () => {
  test("gives a static program for the daemon, named by its content, with container/etc beside it", async () => {
    const { repo, store, build } = await workshop({ ...GO, "container/etc/config.local.toml": "port = 1\n" });
    const { artifact, config } = await build(goService(repo, "./cmd/books"));
    expect(artifact).toEqual({
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      kind: "file",
      build: `local:${artifact.digest.slice(0, 12)}`,
    });
    expect((await systemProcesses.run(store.pathOf(artifact.digest), [])).output).toBe("hello\n");
    expect(config && (await readFile(join(store.pathOf(config), "config.local.toml"), "utf8"))).toBe("port = 1\n");
  });

  test("of unchanged code gives the same release, of changed code another, and the old one stays whole", async () => {
    const { repo, store, build } = await workshop(GO);
    const service = goService(repo, "./cmd/books");
    const first = await build(service);
    expect(await build(service)).toEqual(first);
    await fill(repo, { "cmd/books/main.go": 'package main\n\nfunc main() { println("changed") }\n' });
    const second = await build(service);
    const outputs = [first, second].map(({ artifact }) => systemProcesses.run(store.pathOf(artifact.digest), []));
    expect((await Promise.all(outputs)).map(({ output }) => output)).toEqual(["hello\n", "changed\n"]);
  });

  test("beside another of the same service never has that one's result taken for its own", async () => {
    const { repo, cacheFolder } = await workshop(GO);
    const service = goService(repo, "./cmd/books");
    const how = { cacheFolder, processes: systemProcesses, environment: process.env };
    const says = async (path: string) => (await systemProcesses.run(path, [])).output;
    const older = buildArtifact(service, HERE, how, async (path) => {
      await fill(repo, { "cmd/books/main.go": 'package main\n\nfunc main() { println("newer") }\n' });
      const newer = await buildArtifact(service, HERE, how, says);
      return [newer, await says(path)];
    });
    expect(await older).toEqual(["newer\n", "hello\n"]);
  });

  test("that fails has the compiler's words and the place of the first mistake, and leaves no scratch files", async () => {
    const { repo, failureOf, cacheFolder, lines } = await workshop({
      ...GO,
      "cmd/books/main.go": "package main\n\nfunc main() {\n\tprintln(undefinedName)\n}\n",
    });
    const failure = await failureOf(goService(repo, "./cmd/books"));
    expect(failure.message).toBe("books: the build failed");
    expect(failure.exitCode).toBe(1);
    expect(failure.output).toContain("undefined: undefinedName");
    expect(failure.where).toEqual({
      file: join(repo, "cmd/books/main.go"),
      line: 4,
      column: 10,
      text: "\tprintln(undefinedName)",
    });
    expect(lines.join("\n")).toContain("undefined: undefinedName");
    const [folder = ""] = await readdir(join(cacheFolder, "builds"));
    expect(await readdir(join(cacheFolder, "builds", folder))).toEqual([]);
  });

  test("of a broken go.mod names the line in it", async () => {
    const { repo, failureOf } = await workshop({ ...GO, "go.mod": "module example.test/books\n\nrequire nonsense\n" });
    expect((await failureOf(goService(repo, "./cmd/books"))).where).toMatchObject({
      file: join(repo, "go.mod"),
      line: 3,
    });
  });

  test("without Go says what to install", async () => {
    const { repo, failureOf } = await workshop(GO);
    const failure = await failureOf(goService(repo, "./cmd/books"), { processes: withoutPrograms });
    expect(failure.message).toBe("books: it is built with Go, which is not installed");
    expect(failure).toMatchObject({ class: "environment", hint: expect.stringContaining("golang-go") });
  });
});

describe("a command build", () => {
  test("runs in the repository, and finds its output and the daemon's platform in the environment", async () => {
    const { repo, store, build } = await workshop({ "program.bin": elfOf({ machine: MACHINE }) });
    const service = commandService(repo, 'test "$DEVENV_TARGET_OS" = linux && cp program.bin "$DEVENV_OUT"');
    const { artifact, config } = await build(service);
    expect(await readFile(store.pathOf(artifact.digest))).toEqual(elfOf({ machine: MACHINE }));
    expect(config).toBeUndefined();
  });

  test("of a tree fills the folder that is there", async () => {
    const { repo, store, build } = await workshop({ "index.html": "<html>" });
    const service = commandService(repo, 'cp index.html "$DEVENV_OUT/"', { artifact: "tree" });
    const { artifact } = await build(service);
    expect(artifact.kind).toBe("tree");
    expect(await readFile(join(store.pathOf(artifact.digest), "index.html"), "utf8")).toBe("<html>");
  });

  test("that fails has what it said, from both streams", async () => {
    const { repo, failureOf } = await workshop({});
    const failure = await failureOf(commandService(repo, "echo out; echo err >&2; exit 7"));
    expect(failure.message).toBe("books: the build failed");
    expect(failure.output).toBe("out\nerr\n");
  });

  test("that fails without a word says how it ended", async () => {
    const { repo, failureOf } = await workshop({});
    expect((await failureOf(commandService(repo, "exit 7"))).output).toContain("ended with code 7");
  });

  test.each([
    ["nothing", "true", "file", "put nothing at $DEVENV_OUT"],
    ["a folder for a file", 'mkdir "$DEVENV_OUT"', "file", "something else than a file"],
    ["an empty file", ': > "$DEVENV_OUT"', "file", "an empty file"],
    ["an empty tree", "true", "tree", "nothing into the folder"],
    ["a file for a tree", 'rmdir "$DEVENV_OUT"; echo > "$DEVENV_OUT"', "tree", "a file, not a folder, at $DEVENV_OUT"],
    ["a script for the empty image", "printf '#!/bin/sh\\n' > \"$DEVENV_OUT\"", "file", "script for /bin/sh"],
  ] as const)("that gives %s is told so", async (_, command, artifact, message) => {
    const { repo, failureOf, store } = await workshop({});
    const failure = await failureOf(commandService(repo, command, { artifact }));
    expect(failure.message).toContain(`books: `);
    expect(failure.message).toContain(message);
    expect(failure.exitCode).toBe(1);
    expect(await store.has(digestOf(""))).toBe(false);
  });

  test("for another architecture is told before anything starts it", async () => {
    const { repo, failureOf } = await workshop({ other: elfOf({ machine: 0xf3 }) });
    const failure = await failureOf(commandService(repo, 'cp other "$DEVENV_OUT"', { image: "debian" }));
    expect(failure.message).toBe(`books: its program is built for linux/riscv64, and is to run on linux/${HERE.arch}`);
  });

  test("that is cancelled ends with all that it started, and throws the signal's reason", async () => {
    const { repo, build } = await workshop({});
    const controller = new AbortController();
    const reason = new Error("a newer save");
    const service = commandService(repo, "sleep 600 & echo $! > pid; echo started; wait");
    const building = build(service, {
      signal: controller.signal,
      processes: {
        ...systemProcesses,
        run: (command, args, options) =>
          systemProcesses.run(command, args, { ...options, onLine: () => controller.abort(reason) }),
      },
    });
    await expect(building).rejects.toBe(reason);
    const child = Number(await readFile(join(repo, "pid"), "utf8"));
    await expect.poll(() => isAlive(child)).toBe(false);
  });

  test("that is cancelled does not wait for a child that ignores TERM", async () => {
    const { repo, build } = await workshop({});
    const controller = new AbortController();
    const service = commandService(repo, "(trap '' TERM; echo started; sleep 60; sleep 60) & wait");
    const building = build(service, {
      signal: controller.signal,
      processes: {
        ...systemProcesses,
        run: (command, args, options) =>
          systemProcesses.run(command, args, { ...options, onLine: () => controller.abort("a newer save") }),
      },
    });
    const begun = performance.now();
    await expect(building).rejects.toBe("a newer save");
    expect(performance.now() - begun).toBeLessThan(20_000);
  });

  test("whose signal is aborted already does not start", async () => {
    const { repo, build } = await workshop({});
    await expect(build(commandService(repo, "touch ran"), { signal: AbortSignal.abort("no") })).rejects.toBe("no");
    expect(await readdir(repo)).toEqual([]);
  });
});

describe("what cannot be built", () => {
  test("a service without a way to build it", async () => {
    const { repo, failureOf } = await workshop({});
    const failure = await failureOf({ ...goService(repo, "."), build: undefined });
    expect(failure).toMatchObject({ exitCode: 2, message: "books: the profile does not say how to build it" });
  });

  test("a repository that is not cloned", async () => {
    const { failureOf } = await workshop({});
    expect((await failureOf(goService("/nowhere/books", "."))).message).toBe(
      "books: its repository is not there: /nowhere/books",
    );
  });
});

/** A zombie that its new parent has not buried yet is dead. */
const isAlive = (pid: number): Promise<boolean> =>
  readFile(`/proc/${pid}/stat`, "utf8").then(
    (line) => !line.includes(") Z "),
    () => false,
  );
