import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { NodeBuilder } from "../../../src/model/builder.ts";
import type { Service } from "../../../src/model/profile.ts";
import { builtService } from "./service.ts";
import { withoutPrograms, workshop } from "./workshop.ts";

const manifest = (scripts: Record<string, string>, more = {}) => JSON.stringify({ name: "web", scripts, ...more });
/** Needs no package: the script is a Node program of the repository. */
const PAGES = {
  "package.json": manifest({ build: "node make.mjs" }),
  "package-lock.json": JSON.stringify({ name: "web", lockfileVersion: 3, packages: {} }),
  "make.mjs": `import { mkdirSync, writeFileSync } from "node:fs";
mkdirSync("dist/css", { recursive: true });
writeFileSync("dist/index.html", "<h1>" + process.env.WORD + " " + process.env.DEVENV_TARGET_OS + "</h1>");
writeFileSync("dist/css/a.css", "a {}");
`,
};

async function nodeWorkshop(files: Record<string, string>) {
  const made = await workshop(files);
  const usual = { kind: "node", script: "build", output: "dist", env: { WORD: "hello" } } as const;
  const service = (builder: Partial<NodeBuilder> = {}, more: Partial<Service> = {}) =>
    builtService(made.repo, { ...usual, ...builder }, { image: "nginx", artifact: "tree", ...more });
  return { ...made, service };
}

describe("a node build", { timeout: 60_000 }, () => {
  test("runs the script, and takes the folder that it makes", async () => {
    const { build, service, store } = await nodeWorkshop(PAGES);
    const { artifact } = await build(service());
    expect(artifact.kind).toBe("tree");
    const page = await readFile(join(store.pathOf(artifact.digest), "index.html"), "utf8");
    expect(page).toBe("<h1>hello linux</h1>");
    expect(await build(service())).toMatchObject({ artifact });
  });

  test("takes a file where the artifact is one", async () => {
    const { build, service, store } = await nodeWorkshop(PAGES);
    const { artifact } = await build(service({ output: "dist/css/a.css" }, { artifact: "file" }));
    expect(await readFile(store.pathOf(artifact.digest), "utf8")).toBe("a {}");
  });

  test("that fails has what the script said, and the place that it names", async () => {
    const script = "echo \"src/app.ts(2,7): error TS2304: Cannot find name 'x'.\"; exit 2";
    const { failureOf, service, repo } = await nodeWorkshop({
      "package.json": manifest({ build: script }),
      "src/app.ts": "const a = 1;\nconst b = x;\n",
    });
    const failure = await failureOf(service());
    expect(failure.message).toBe("books: the build failed");
    expect(failure.output).toBe("src/app.ts(2,7): error TS2304: Cannot find name 'x'.\n");
    expect(failure.where).toEqual({ file: join(repo, "src/app.ts"), line: 2, column: 7, text: "const b = x;" });
  });

  test.each([
    ["biuld", { build: "true" }, "did you mean build?"],
    ["start", { build: "true", test: "true" }, "it has build, test"],
    ["build", {}, "it has no scripts"],
  ])("of the script %s where there are %j says so", async (script, scripts, hint) => {
    const { failureOf, service, repo } = await nodeWorkshop({ "package.json": manifest(scripts) });
    const failure = await failureOf(service({ script }));
    expect(failure.message).toBe(`books: ${join(repo, "package.json")} has no script ${script}`);
    expect(failure.hint).toBe(hint);
  });

  test("of a script that makes nothing names what was expected", async () => {
    const { failureOf, service } = await nodeWorkshop({ "package.json": manifest({ build: "true" }) });
    expect((await failureOf(service({ output: "out" }))).message).toBe("books: the script build put nothing at out");
  });

  test("without a package.json says where it is to be", async () => {
    const { failureOf, service, repo } = await nodeWorkshop({ "README.md": "" });
    expect((await failureOf(service())).message).toBe(`books: there is no ${join(repo, "package.json")}`);
  });

  test.each([
    ["package-lock.json", "npm ci"],
    ["pnpm-lock.yaml", "pnpm install --frozen-lockfile"],
    ["yarn.lock", "yarn install"],
  ])("whose packages are not installed says how, by the lock file %s", async (lock, command) => {
    const needs = { dependencies: { left: "1" } };
    const { failureOf, service, repo } = await nodeWorkshop({
      "package.json": manifest({ build: "true" }, needs),
      [lock]: "",
    });
    const failure = await failureOf(service());
    expect(failure.message).toBe("books: the packages that it is built with are not installed");
    expect(failure).toMatchObject({ class: "environment", hint: `(cd ${repo} && ${command})` });
  });

  test("of one package of several finds their lock file and their packages above it", async () => {
    const made = await nodeWorkshop({
      "packages/web/package.json": manifest({ build: "true" }, { dependencies: { left: "1" } }),
      "pnpm-lock.yaml": "",
      "node_modules/left/index.js": "",
    });
    await mkdir(join(made.repo, ".git"));
    const web = { ...made.service(), repo: join(made.repo, "packages/web") };
    const failure = await made.failureOf(web, { processes: withoutPrograms });
    expect(failure.message).toBe("books: it is built with pnpm, which is not installed");
    expect(failure.hint).toContain("corepack enable pnpm");
  });
});
