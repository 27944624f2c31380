import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { contextDigest, contextEntries } from "../../../src/docker/build-context.ts";
import { stepOf } from "../../../src/docker/image-build.ts";
import type { ImageBuild } from "../../../src/model/profile.ts";

let context: string;
let build: ImageBuild;
beforeEach(async () => {
  context = await mkdtemp(join(tmpdir(), "devenv-context-"));
  build = { context, dockerfile: "Dockerfile", target: undefined, args: { A: "1", B: "2" }, network: undefined };
  await put("Dockerfile", "FROM scratch\n");
  await put("src/main.go", "package main\n");
});
afterEach(() => rm(context, { recursive: true }));

test("the digest stays while nothing that decides the image changes, times included", async () => {
  const before = await contextDigest(build);
  await utimes(join(context, "src/main.go"), 1, 1);
  expect(await contextDigest(build)).toBe(before);
  expect(await contextDigest({ ...build, args: { B: "2", A: "1" }, network: "host" })).toBe(before);
  expect(before).toMatch(/^[0-9a-f]{64}$/);
});

test("the digest changes with each thing that decides the image", async () => {
  const seen = new Set([await contextDigest(build)]);
  const changes = [
    () => put("src/main.go", "package main // changed\n"),
    () => put("src/new.go", ""),
    () => put("src/new.go", "x"),
    () => rm(join(context, "src/new.go")).then(() => put("src/renamed.go", "x")),
    () => chmod(join(context, "src/main.go"), 0o755),
    () => mkdir(join(context, "empty")),
    () => symlink("main.go", join(context, "src/link")),
    () => rm(join(context, "src/link")).then(() => symlink("renamed.go", join(context, "src/link"))),
    () => put("Dockerfile", "FROM scratch\nCOPY . /\n"),
    () => put("large", "x".repeat(2 * 1024 * 1024)),
    () => put("large", `${"x".repeat(2 * 1024 * 1024 - 1)}y`),
  ];
  for (const [n, change] of changes.entries()) {
    await change();
    const digest = await contextDigest(build);
    expect(seen.has(digest), `change ${n}`).toBe(false);
    seen.add(digest);
  }
  expect(seen.has(await contextDigest({ ...build, target: "made" }))).toBe(false);
  expect(seen.has(await contextDigest({ ...build, args: { A: "1", B: "3" } }))).toBe(false);
});

test("what .dockerignore leaves out neither goes to the builder nor changes the digest", async () => {
  await put(".dockerignore", "# comment\n**/*.log\nnode_modules\n!node_modules/kept/**\nDockerfile\n");
  await put("node_modules/gone/index.js", "");
  await put("node_modules/kept/index.js", "");
  await put("src/debug.log", "noise");
  const paths = (await contextEntries(build)).map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining([".dockerignore", "Dockerfile", "node_modules/kept/index.js", "src", "src/main.go"]),
  );
  for (const path of ["node_modules/gone/index.js", "src/debug.log"]) expect(paths).not.toContain(path);
  const before = await contextDigest(build);
  await put("src/debug.log", "more noise");
  expect(await contextDigest(build)).toBe(before);
});

test("an ignored folder is not entered, but for the Dockerfile inside of it", async () => {
  await put(".dockerignore", "container\nheavy\n");
  await put("container/Dockerfile", "FROM scratch\n");
  await put("container/other", "");
  await put("heavy/file", "");
  const paths = (await contextEntries({ ...build, dockerfile: "container/Dockerfile" })).map(({ path }) => path);
  expect(paths).toEqual([".dockerignore", "Dockerfile", "container/Dockerfile", "src", "src/main.go"]);
});

test("a Dockerfile outside of the context counts by its content", async () => {
  const outside = await mkdtemp(join(tmpdir(), "devenv-outside-"));
  try {
    const elsewhere = { ...build, dockerfile: join(outside, "Dockerfile") };
    await writeFile(elsewhere.dockerfile, "FROM scratch\n");
    const before = await contextDigest(elsewhere);
    await writeFile(elsewhere.dockerfile, "FROM scratch\nENV A=1\n");
    expect(await contextDigest(elsewhere)).not.toBe(before);
  } finally {
    await rm(outside, { recursive: true });
  }
});

test("a context or Dockerfile that is not there is said with its path", async () => {
  await expect(contextDigest({ ...build, dockerfile: "None" })).rejects.toThrow(`no Dockerfile at ${context}/None`);
  await expect(contextEntries({ ...build, context: "/nonexistent" })).rejects.toThrow("build context /nonexistent");
});

test("a step of the builder is progress with a number, any other line is a note", () => {
  expect(stepOf("Step 3/7 : RUN make")).toEqual({ note: "Step 3/7 : RUN make", done: 3, total: 7 });
  expect(stepOf(" ---> 5f70bf18a086")).toEqual({ note: " ---> 5f70bf18a086" });
});

async function put(path: string, content: string): Promise<void> {
  await mkdir(dirname(join(context, path)), { recursive: true });
  await writeFile(join(context, path), content);
}
