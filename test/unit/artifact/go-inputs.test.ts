import { realpath } from "node:fs/promises";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { type GoRecipe, goInputs } from "../../../src/artifact/go-inputs.ts";
import { firstPlace } from "../../../src/artifact/place-in-output.ts";
import { systemProcesses } from "../../../src/host/process.ts";
import { fill, HERE, temporaryFolder } from "./folders.ts";

const WORKSPACE = {
  "books/go.mod":
    "module example.test/books\n\ngo 1.19\n\nrequire example.test/kit v0.0.0\n\nreplace example.test/kit => ../kit\n",
  "books/cmd/books/main.go":
    'package main\n\nimport (\n\t"example.test/books/handlers"\n\t"example.test/kit/log"\n)\n\nfunc main() { handlers.Run(); log.Line() }\n',
  "books/handlers/handlers.go":
    'package handlers\n\nimport _ "embed"\n\n//go:embed schema.sql\nvar schema string\n\n//go:embed static/css/a.css\nvar css string\n\nfunc Run() { println(schema, css) }\n',
  "books/handlers/schema.sql": "select 1",
  "books/handlers/static/css/a.css": "a {}",
  "books/unused/unused.go": "package unused\n",
  "kit/go.mod": "module example.test/kit\n\ngo 1.19\n",
  "kit/log/log.go": "package log\n\nfunc Line() {}\n",
  "kit/other/other.go": "package other\n",
};

const RECIPE: GoRecipe = { packages: ["./cmd/books"], tags: [], cgo: false, env: {} };

async function inputsOf(files: Record<string, string>) {
  const root = await realpath(await temporaryFolder());
  await fill(root, files);
  const options = { processes: systemProcesses, platform: HERE };
  const { folders, trees, files: single } = await goInputs(join(root, "books"), RECIPE, options);
  const short = (paths: readonly string[]) => paths.map((path) => relative(root, path));
  return { folders: short(folders), trees: short(trees), files: short(single) };
}

describe("what a Go binary is made of", { timeout: 60_000 }, () => {
  test("its packages, those of modules replaced by a folder, embedded files and folders, and the module files", async () => {
    expect(await inputsOf(WORKSPACE)).toEqual({
      folders: ["books/cmd/books", "books/handlers", "kit/log"],
      trees: ["books/handlers/static"],
      files: ["books/go.mod", "books/go.sum", "books/handlers/schema.sql", "kit/go.mod", "kit/go.sum"],
    });
  });

  test("with go.work, the modules that it uses, and itself", async () => {
    const { folders, files } = await inputsOf({
      ...WORKSPACE,
      "go.work": "go 1.19\n\nuse (\n\t./books\n\t./kit\n)\n",
      "books/go.mod": "module example.test/books\n\ngo 1.19\n\nrequire example.test/kit v0.0.0\n",
    });
    expect(folders).toContain("kit/log");
    expect(files).toEqual([
      "books/go.mod",
      "books/go.sum",
      "books/handlers/schema.sql",
      "go.work",
      "go.work.sum",
      "kit/go.mod",
      "kit/go.sum",
    ]);
  });

  test("also of code that does not compile", async () => {
    const broken = { ...WORKSPACE, "kit/log/log.go": "package log\n\nfunc Line() { this is no Go\n" };
    expect((await inputsOf(broken)).folders).toEqual(["books/cmd/books", "books/handlers", "kit/log"]);
  });

  test("not of a go.mod that cannot be read: that is told with its place", async () => {
    await expect(
      inputsOf({ ...WORKSPACE, "books/go.mod": "module example.test/books\nnonsense\n" }),
    ).rejects.toMatchObject({
      message: expect.stringContaining("go list failed"),
      where: { line: 2 },
    });
  });
});

const sourcesOf = async (files: Record<string, string>, recipe: Partial<GoRecipe> = {}) => {
  const root = await realpath(await temporaryFolder());
  await fill(root, files);
  const options = { processes: systemProcesses, platform: HERE };
  return { root, sources: await goInputs(join(root, "books"), { ...RECIPE, ...recipe }, options) };
};

describe("what decides what is built", { timeout: 60_000 }, () => {
  const embedding = (line: string) => ({
    ...WORKSPACE,
    "books/handlers/handlers.go": `package handlers\n\nimport "embed"\n\n//go:embed ${line}\nvar files embed.FS\n\nfunc Run() { println(files) }\n`,
    "books/handlers/pages/a.html": "a",
    "books/handlers/b.sql": "b",
  });

  test.each<[string, (root: string) => object]>([
    ["*.sql", (root) => ({ globs: [{ folder: `${root}/books/handlers`, name: "^.*\\.sql$" }], embedsHidden: true })],
    ["pages", (root) => ({ trees: [`${root}/books/handlers/pages`], embedsHidden: false })],
    ["all:pages", (root) => ({ trees: [`${root}/books/handlers/pages`], embedsHidden: true })],
    ["pages/*.html", (root) => ({ trees: [`${root}/books/handlers/pages`], embedsHidden: true })],
    ["b.sql", (root) => ({ trees: [], files: expect.arrayContaining([`${root}/books/handlers/b.sql`]) })],
    ["[a-c].s?l", (root) => ({ globs: [{ folder: `${root}/books/handlers`, name: "^[a-c]\\.s.l$" }] })],
    ["gone", (root) => ({ trees: [`${root}/books/handlers/gone`], isWhole: false })],
  ])("with what `//go:embed %s` takes in now or will take in", async (line, expected) => {
    const { root, sources } = await sourcesOf(embedding(line));
    expect(sources).toMatchObject(expected(root));
  });

  test("by tags, other packages", async () => {
    const tagged = {
      ...WORKSPACE,
      "books/cmd/books/more.go": '//go:build more\n\npackage main\n\nimport _ "example.test/books/unused"\n',
    };
    const plain = await sourcesOf(tagged);
    expect(plain.sources.folders).not.toContain(join(plain.root, "books/unused"));
    const { root, sources } = await sourcesOf(tagged, { tags: ["more"] });
    expect(sources.folders).toContain(join(root, "books/unused"));
  });

  test("vendored packages, which somebody may edit", async () => {
    const { root, sources } = await sourcesOf({
      "books/go.mod": "module example.test/books\n\ngo 1.19\n\nrequire example.test/kit v1.0.0\n",
      "books/cmd/books/main.go": 'package main\n\nimport "example.test/kit/log"\n\nfunc main() { log.Line() }\n',
      "books/vendor/modules.txt": "# example.test/kit v1.0.0\n## explicit; go 1.19\nexample.test/kit/log\n",
      "books/vendor/example.test/kit/log/log.go": "package log\n\nfunc Line() {}\n",
    });
    expect(sources.folders).toContain(join(root, "books/vendor/example.test/kit/log"));
    expect(sources.beside).toContain(join(root, "books/vendor/modules.txt"));
    expect(sources.isWhole).toBe(true);
  });

  test("files that would change it if they came: go.work above, a module within, a profile to optimise by", async () => {
    const { root, sources } = await sourcesOf(WORKSPACE);
    const come = [
      "go.work",
      "books/go.work",
      "books/handlers/go.mod",
      "books/cmd/go.mod",
      "books/cmd/books/default.pgo",
    ];
    expect(sources.beside).toEqual(expect.arrayContaining(come.map((file) => join(root, file))));
  });

  test.each<[string, Record<string, string>, Partial<GoRecipe>]>([
    ["imports that cannot be read", { "kit/log/log.go": "package log\n\nimport this\n" }, {}],
    ["an import that is not there", { "kit/log/log.go": 'package log\n\nimport _ "example.test/kit/none"\n' }, {}],
    ["packages by a pattern", {}, { packages: ["./cmd/..."] }],
    ["a program that stands before the compiler", {}, { env: { GOFLAGS: "-toolexec=env" } }],
  ])("not wholly, for %s", async (_, files, recipe) => {
    expect((await sourcesOf({ ...WORKSPACE, ...files }, recipe)).sources.isWhole).toBe(false);
  });
});

describe("the first place in what go says", () => {
  test.each([
    ["# books\nhandlers/a.go:12:5: undefined: x\nhandlers/b.go:1:1: y", "/r/handlers/a.go", 12, 5],
    ["/r/go.mod:3: unknown directive: nonsense", "/r/go.mod", 3, 1],
    ["go: errors parsing go.mod:\n/r/go.mod:2:2: unknown", "/r/go.mod", 2, 2],
    ["../kit/log/log.go:3:13: syntax error", "/kit/log/log.go", 3, 13],
    ["asm.s:7: unrecognized instruction", "/r/asm.s", 7, 1],
  ])("%j", async (output, file, line, column) => {
    expect(await firstPlace("go", output, "/r")).toEqual({ file, line, column });
  });

  test.each(["", "go: cannot find main module", "note: module requires Go 1.99"])("none in %j", async (output) => {
    expect(await firstPlace("go", output, "/r")).toBeUndefined();
  });
});
