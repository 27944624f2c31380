import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readExecutable } from "../../../src/artifact/elf.ts";
import { systemProcesses } from "../../../src/host/process.ts";
import type { GoBuilder } from "../../../src/model/builder.ts";
import type { ArtifactDigest } from "../../../src/model/names.ts";
import type { Service } from "../../../src/model/profile.ts";
import { goBuilder } from "../plan/samples.ts";
import { HERE } from "./folders.ts";
import { builtService } from "./service.ts";
import { COMPILING, workshop } from "./workshop.ts";

const says = (word: string) => `package main\n\nfunc main() { println("${word}") }\n`;

const GO = {
  "go.mod": "module example.test/books\n\ngo 1.19\n",
  "cmd/books/main.go": "package main\n\nfunc main() { println(word()) }\n",
  "cmd/books/word.go": '//go:build !extra\n\npackage main\n\nfunc word() string { return "plain" }\n',
  "cmd/books/extra.go": '//go:build extra\n\npackage main\n\nfunc word() string { return "extra" }\n',
  "cmd/migrate/main.go": says("migrate"),
};

async function goWorkshop(files: Record<string, string> = {}) {
  const made = await workshop({ ...GO, ...files });
  const service = (builder: Partial<GoBuilder>, more: Partial<Service> = {}) =>
    builtService(made.repo, { ...goBuilder("./cmd/books"), ...builder }, more);
  const pathOf = (digest: ArtifactDigest, name = "") => join(made.store.pathOf(digest), name);
  const run = async (path: string) => (await systemProcesses.run(path, [])).output;
  return { ...made, service, pathOf, run };
}

describe("a go build", COMPILING, () => {
  test("is stripped, and its panics name their file and line all the same", async () => {
    const main = 'package main\n\nfunc main() {\n\tpanic("on line four")\n}\n';
    const { build, service, pathOf, run } = await goWorkshop({ "cmd/books/main.go": main });
    const { artifact } = await build(service({}));
    expect((await readFile(pathOf(artifact.digest))).includes(".symtab")).toBe(false);
    expect(await run(pathOf(artifact.digest))).toMatch(/panic: on line four[\s\S]*\/cmd\/books\/main\.go:4 /);
  });

  test("for a debugger has its symbols, and code that no optimiser has moved about", async () => {
    const { build, service, pathOf } = await goWorkshop();
    const { artifact } = await build(service({ debug: { port: undefined } }));
    const { output } = await systemProcesses.run("go", ["version", "-m", pathOf(artifact.digest)]);
    expect(output).toContain('-gcflags="all=-N -l"');
    expect((await readFile(pathOf(artifact.digest))).includes(".debug_info")).toBe(true);
  });

  test("takes build tags, and variables from the profile", async () => {
    const { build, service, pathOf, run } = await goWorkshop();
    const tagged = await build(service({ tags: ["extra"] }));
    const flagged = await build(service({ env: { GOFLAGS: "-tags=extra" } }));
    expect(await run(pathOf(tagged.artifact.digest))).toBe("extra\n");
    expect(flagged).toEqual(tagged);
  });

  test("of several packages is a folder with a program each", async () => {
    const { build, service, pathOf, run } = await goWorkshop();
    const packages = ["./cmd/books", "./cmd/migrate"];
    const { artifact } = await build(service({ packages }, { artifact: "tree" }));
    expect(artifact.kind).toBe("tree");
    expect((await readdir(pathOf(artifact.digest))).sort()).toEqual(["books", "migrate"]);
    expect(await run(pathOf(artifact.digest, "migrate"))).toBe("migrate\n");
  });

  test("of a pattern is a folder without the programs that are no longer there", async () => {
    const { build, service, pathOf, repo } = await goWorkshop();
    const all = service({ packages: ["./cmd/..."] }, { artifact: "tree" });
    await build(all);
    await systemProcesses.run("rm", ["-r", join(repo, "cmd/migrate")]);
    expect(await readdir(pathOf((await build(all)).artifact.digest))).toEqual(["books"]);
  });

  test("gives two services of one repository a program each", async () => {
    const { build, service, pathOf, run } = await goWorkshop();
    const [books, migrate] = await Promise.all([
      build(service({})),
      build(service({ packages: ["./cmd/migrate"] }, { name: "migrate" as Service["name"] })),
    ]);
    expect(await run(pathOf(books.artifact.digest))).toBe("plain\n");
    expect(await run(pathOf(migrate.artifact.digest))).toBe("migrate\n");
  });
});

describe("a go build with cgo", COMPILING, () => {
  const C = 'package main\n\n// int answer(void) { return 42; }\nimport "C"\n\nfunc main() { println(C.answer()) }\n';

  test("compiles C, and links it statically for the empty image", async () => {
    const { build, service, pathOf, run } = await goWorkshop({ "cmd/books/main.go": C });
    const { artifact } = await build(service({ cgo: true }));
    expect(await run(pathOf(artifact.digest))).toBe("42\n");
    expect(await readExecutable(pathOf(artifact.digest))).toMatchObject({ interpreter: undefined });
  });

  test("links the C library of an image that has one", async () => {
    const user = 'package main\n\nimport "os/user"\n\n// #include <stdlib.h>\nimport "C"\n\n';
    const main = `${user}func main() { _, err := user.Lookup("root"); println(err == nil, C.abs(-1)) }\n`;
    const { build, service, pathOf } = await goWorkshop({ "cmd/books/main.go": main });
    const { artifact } = await build(service({ cgo: true }, { image: "debian" }));
    expect(await readExecutable(pathOf(artifact.digest))).toMatchObject({ interpreter: expect.stringMatching(/ld-/) });
  });

  test("for another platform says which compiler is missing, and how it is installed", async () => {
    const { failureOf, service } = await goWorkshop({ "cmd/books/main.go": C });
    const platform = { os: "linux", arch: HERE.arch === "arm64" ? "amd64" : "arm64" };
    const failure = await failureOf(service({ cgo: true }), { platform, environment: { PATH: "/nowhere" } });
    expect(failure.message).toMatch(
      /^books: linking it for linux\/\w+ needs \w+-linux-gnu-gcc, which is not installed$/,
    );
    expect(failure).toMatchObject({
      class: "environment",
      hint: expect.stringMatching(/apt-get install gcc-[\w-]+-linux-gnu/),
    });
  });

  test("on a machine without a C compiler says how to get one", async () => {
    const { failureOf, service } = await goWorkshop({ "cmd/books/main.go": C });
    const failure = await failureOf(service({ cgo: true }), { environment: { PATH: "/nowhere" } });
    expect(failure.message).toBe("books: cgo needs a C compiler, and none is installed");
  });
});
