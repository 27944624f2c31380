// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Compose's variables are what is tested
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

let workspace: TestWorkspace;
let usual: string;

beforeAll(async () => {
  workspace = await makeWorkspace([{ name: "gateway" }, { name: "books" }], `unix://${inject("dockerSocket")}`);
  usual = await readFile(workspace.profile, "utf8");
});
afterAll(() => workspace.remove());
afterEach(() => writeFile(workspace.profile, usual));

/** What a command that ends well prints. */
async function printed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await workspace.run(...args);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout;
}

const write = (name: string, text: string) => writeFile(join(workspace.folder, name), text);

describe("config", () => {
  it("prints a profile that, given back, prints itself again", async () => {
    const text = await printed("config");
    expect(text).toContain(`name: ${workspace.cluster}\n`);
    expect(text).toContain(`repo: ${join(workspace.folder, "repos/books")}\n`);
    await write("printed.yaml", text);
    expect(await printed("config", "-f", "printed.yaml")).toBe(text);
    expect(JSON.parse(await printed("config", "--json")).services.books.image).toBe("scratch");
  });

  it("prints names, dependencies first, and hashes that tell what changed", async () => {
    await write("more.yaml", "services: { gateway: { depends_on: [books], environment: { A: b } } }\n");
    expect(await printed("config", "--services")).toBe("gateway\nbooks\n");
    const both = ["-f", "profiles/test.yaml", "-f", "more.yaml"];
    expect(await printed("config", "--services", ...both)).toBe("books\ngateway\n");
    expect(await printed("config", "--images")).toBe("scratch\n");
    const [gateway, books] = (await printed("config", "--hash")).trim().split("\n");
    expect([gateway, books]).toEqual([
      expect.stringMatching(/^gateway [0-9a-f]{64}$/),
      expect.stringMatching(/^books [0-9a-f]{64}$/),
    ]);
    expect((await printed("config", ...both, "--hash", "gateway")).trim()).not.toBe(gateway);
    expect((await printed("config", ...both, "--hash", "books")).trim()).toBe(books);
    const { code, stderr } = await workspace.run("config", "--hash", "boks");
    expect([code, stderr]).toEqual([2, expect.stringContaining("Did you mean books?")]);
  });

  it("shows no value of the secrets file, however it is written", async () => {
    const value = 'hunter2"x$y: #z';
    const file = join(workspace.folder, "secrets.env");
    await writeFile(file, `PASSWORD='${value}'\n`, { mode: 0o600 });
    const service = "{ image: x, environment: { P: 'user:${PASSWORD}' } }";
    await write("with.yaml", `x-devenv: { secrets: ${file} }\nservices: { a: ${service} }\n`);
    for (const more of [[], ["--json"]]) {
      const text = await printed("config", "-f", "with.yaml", ...more);
      expect(text).toContain("user:[secret]");
      expect(text).not.toContain("hunter2");
    }
  });

  it("-q says nothing of a profile that is right, and all that is wrong with another", async () => {
    expect(await printed("config", "-q")).toBe("");
    await write("wrong.yaml", "services:\n  a: { imag: x }\n  b: { image: x, depends_on: [nope] }\n");
    const { code, stdout, stderr } = await workspace.run("config", "-q", "-f", "wrong.yaml");
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("wrong.yaml:2:8");
    expect(stderr).toContain("wrong.yaml:3:31");
  });
});

describe("a profile with a warning", () => {
  it("is told by those commands that act on its text, beside their result", async () => {
    await writeFile(workspace.profile, `${usual}    labels: { a: "$DEVENV_TEST_UNSET" }\n`);
    for (const command of [
      ["config", "--services"],
      ["up", "--dry-run"],
    ]) {
      const { code, stderr, stdout } = await workspace.run(...command);
      expect(code).toBe(0);
      expect(stderr).toMatch(/^! profiles\/test\.yaml:\d+:\d+ .*DEVENV_TEST_UNSET is not set.*\n {2}→ .*\n$/);
      expect(stdout).not.toContain("DEVENV_TEST_UNSET");
    }
    const [event] = (await workspace.run("up", "--dry-run", "--json")).stdout.split("\n");
    expect(JSON.parse(event ?? "")).toMatchObject({ type: "warning", where: { file: workspace.profile } });
    expect(await printed("status")).toContain("books");
  });
});

describe("profiles", () => {
  it("are listed a line each, one that is wrong with a word about it", async () => {
    await write("profiles/front.yaml", "# The front.\nx-devenv: { extends: test.yaml }\nservices: {}\n");
    await write("profiles/wrong.yaml", "services: [\n");
    try {
      const lines = (await printed("profiles")).split("\n");
      expect(lines[0]).toMatch(/PROFILE +SERVICES +BUILDS ON +DESCRIPTION/);
      expect(lines[1]).toMatch(/^ +front +2 +test\.yaml +The front\.$/);
      expect(lines[2]).toMatch(/^\* +test +2 +- +\(default\)/);
      expect(lines[3]).toMatch(/^✖ +wrong +- +-/);
      expect(lines[4]).toMatch(/wrong has .*; `devenv config wrong` tells\./);
      const listed = JSON.parse(await printed("profiles", "--json"));
      expect(listed.map(({ name }: { name: string }) => name)).toEqual(["front", "test", "wrong"]);
    } finally {
      for (const name of ["front", "wrong"]) await rm(join(workspace.folder, `profiles/${name}.yaml`));
    }
  });

  it("have a JSON Schema, printed or written to where their first line points", async () => {
    const schema = JSON.parse(await printed("schema"));
    expect(Object.keys(schema.properties)).toContain("services");
    expect(await printed("schema", "--out")).toBe("Written: .devenv/schema.json\n");
    const written = await readFile(join(workspace.folder, ".devenv/schema.json"), "utf8");
    expect(JSON.parse(written)).toEqual(schema);
    await printed("schema", "--out", "other/place.json");
    expect(await readFile(join(workspace.folder, "other/place.json"), "utf8")).toBe(written);
  });
});

describe("files in place of a profile", () => {
  it("are merged, and a hint names them", async () => {
    await write("more.yaml", "services: { books: { environment: { SHELF: upper } } }\n");
    const both = ["-f", "profiles/test.yaml", "--file", "more.yaml"];
    const { stderr } = await workspace.run(...both, "exec", "books", "true");
    const folder = workspace.folder;
    expect(stderr).toContain(`\`devenv up -f ${folder}/profiles/test.yaml -f ${folder}/more.yaml\``);
    const plan = await printed("-f", "profiles/test.yaml", "up", "-f", "more.yaml", "--dry-run", "--json");
    expect(plan).toContain('"SHELF":"upper"');
  });

  it("are refused beside a name, and when they are not there", async () => {
    const twice = await workspace.run("status", "test", "-f", "more.yaml");
    expect([twice.code, twice.stderr]).toEqual([2, expect.stringContaining("two profiles are named")]);
    const missing = await workspace.run("status", "-f", "nope.yaml");
    expect([missing.code, missing.stderr]).toEqual([
      2,
      expect.stringContaining(`there is no file ${workspace.folder}/nope.yaml`),
    ]);
  });

  it("leave `logs -f` what it is", async () => {
    const { stderr } = await workspace.run("-f", "nope.yaml", "logs", "-f");
    expect(stderr).toContain("there is no file");
  });
});

describe("a folder with nothing but a Compose file", () => {
  it("is a workspace: its cluster comes up with the override, and goes", async () => {
    const own = join(workspace.folder, "alone");
    await mkdir(own);
    const compose = usual.replace("name: ", "name: c").replace("./ci", join(workspace.folder, "ci"));
    await writeFile(join(own, "compose.yaml"), compose.replaceAll("repo: ", `repo: ${workspace.folder}/`));
    await writeFile(join(own, "compose.override.yaml"), "services: { books: { labels: { shelf: upper } } }\n");
    const hidden = ["profiles", "devenv.yaml"].map((name) => join(workspace.folder, name));
    for (const path of hidden) await rename(path, `${path}.away`);
    try {
      const inside = (...args: string[]) => workspace.run("-f", "alone/compose.yaml", ...args);
      expect((await inside("config", "--services")).stdout).toBe("gateway\nbooks\n");
      const alone = await workspace.runIn(own, "up");
      expect([alone.code, alone.stdout]).toEqual([0, expect.stringContaining("is up on")]);
      const status = JSON.parse((await workspace.runIn(join(own), "status", "--json")).stdout);
      expect(status.services.map(({ state }: { state: string }) => state)).toEqual(["ready", "ready"]);
      expect((await workspace.runIn(own, "config")).stdout).toContain("shelf: upper");
      expect((await workspace.runIn(own, "reset")).code).toBe(0);
    } finally {
      for (const path of hidden) await rename(`${path}.away`, path);
    }
  });
});
