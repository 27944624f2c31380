// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Compose's variables are what is tested
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadProfileCached } from "../../../src/profile/profile-cache.ts";
import { failureOf, folderWith } from "./loading.ts";

const TEXT = `x-devenv: { environment: "\${WHICH:-local}" }
services:
  a: { image: "x:\${TAG}", env_file: a.env, x-devenv: { repo: repos/a } }
`;

/** A workspace that is in the cache after its first reading, and how to read it again. */
async function cachedWorkspace(text = TEXT) {
  const folder = await folderWith({ "shop.yaml": text, ".env": "TAG=1", "a.env": "A=1", "repos/a/x": "" });
  const cache = join(folder, "cache");
  const load = (environment: Record<string, string> = {}, version: string | undefined = "1") =>
    loadProfileCached(join(folder, "shop.yaml"), { workspace: folder, environment, home: folder }, cache, version);
  const entries = () => readdir(join(cache, "profiles")).catch(() => []);
  return { folder, load, entries, entry: async () => join(cache, "profiles", (await entries())[0] ?? "none") };
}

/** Changes the profile inside of the entry, so that a reading from the cache shows. */
async function mark(entry: string) {
  const { createHash } = await import("node:crypto");
  const text = await readFile(entry, "utf8");
  const body = text.slice(text.indexOf("\n") + 1).replace('"image":"x:1"', '"image":"from the cache"');
  await writeFile(entry, `${createHash("sha256").update(body).digest("hex")}\n${body}`);
}

const MARKED = "from the cache";

test("a second reading comes from the cache, and is the same", async () => {
  const { load, entry } = await cachedWorkspace();
  const first = await load();
  expect(await load()).toEqual(first);
  expect(first.services[0]?.image).toBe("x:1");
  await mark(await entry());
  expect((await load()).services[0]?.image).toBe(MARKED);
});

describe("of several files", () => {
  async function variant() {
    const folder = await folderWith({
      "v.yaml":
        "x-devenv: { extends: base.yaml }\ninclude: [inc/c.yaml]\nservices: { a: { extends: { file: e.yaml, service: e } } }",
      "base.yaml": 'services: { a: { image: "x:1" } }',
      "inc/c.yaml": 'services: { c: { image: "c:${TAG:-1}" } }',
      "e.yaml": "services: { e: { hostname: h } }",
      "more.yaml": "services: { a: { user: u } }",
    });
    const cache = join(folder, "cache");
    const load = (environment: Record<string, string> = {}, files = ["v.yaml", "more.yaml"]) =>
      loadProfileCached(
        files.map((file) => join(folder, file)),
        { workspace: folder, environment, home: folder },
        cache,
        "1",
      );
    const entries = await readdir(join(cache, "profiles")).catch(() => []);
    expect(entries).toEqual([]);
    const first = await load();
    const [entry = "none"] = await readdir(join(cache, "profiles"));
    await mark(join(cache, "profiles", entry));
    return { folder, load, first };
  }

  test("a second reading comes from the cache; other files are another profile", async () => {
    const { load, first } = await variant();
    expect(first.services[0]).toMatchObject({ image: "x:1", hostname: "h", user: "u" });
    expect((await load()).services[0]).toMatchObject({ image: MARKED, hostname: "h", user: "u" });
    expect((await load({}, ["v.yaml"])).services[0]).toMatchObject({ image: "x:1", user: undefined });
  });

  test.each(["v.yaml", "more.yaml", "base.yaml", "inc/c.yaml", "e.yaml"])("a change of %s is seen", async (name) => {
    const { folder, load } = await variant();
    const text = await readFile(join(folder, name), "utf8");
    await writeFile(join(folder, name), `${text}\n# more`);
    expect((await load()).services[0]?.image).toBe("x:1");
  });

  test("so are a .env that is there now, beside the profile or what it includes, and a variable of an included file", async () => {
    for (const name of [".env", "inc/.env"]) {
      const { folder, load } = await variant();
      await writeFile(join(folder, name), "TAG=2");
      expect((await load()).services.map(({ image }) => image)).toEqual(["x:1", "c:2"]);
    }
    const { load } = await variant();
    expect((await load({ TAG: "3" })).services.map(({ image }) => image)).toEqual(["x:1", "c:3"]);
  });
});

describe("the cache is not used once", () => {
  type Change = (folder: string) => Promise<unknown>;
  const write =
    (name: string, text: string): Change =>
    (folder) =>
      writeFile(join(folder, name), text);
  test.each<[string, Change, string]>([
    ["the profile is another", write("shop.yaml", `${TEXT}# more\n`), "x:1"],
    [".env is another", write(".env", "TAG=2"), "x:2"],
    ["an env_file is another", write("a.env", "A=2"), "x:1"],
  ])("%s", async (_what, change, image) => {
    const { folder, load, entry } = await cachedWorkspace();
    await load();
    await mark(await entry());
    await change(folder);
    expect((await load()).services[0]?.image).toBe(image);
  });

  test("a variable that was asked for has another value, or has one now", async () => {
    const { load, entry } = await cachedWorkspace();
    await load();
    await mark(await entry());
    expect((await load({ UNRELATED: "x" })).services[0]?.image).toBe(MARKED);
    expect((await load({ WHICH: "staging" })).environment).toBe("staging");
    expect((await load({ TAG: "3" })).services[0]?.image).toBe("x:3");
  });

  test("a folder that had to be there is gone", async () => {
    const { folder, load } = await cachedWorkspace();
    await load();
    await rm(join(folder, "repos"), { recursive: true });
    expect((await failureOf(load())).problems[0]?.message).toContain("repos/a is neither among");
  });

  test("a file that it was read from is gone", async () => {
    const { folder, load } = await cachedWorkspace();
    await load();
    await rm(join(folder, "a.env"));
    expect((await failureOf(load())).problems[0]?.message).toContain("a.env is not there");
  });

  test("devenv is another", async () => {
    const { load, entry } = await cachedWorkspace();
    await load();
    await mark(await entry());
    expect((await load({}, "2")).services[0]?.image).toBe("x:1");
  });

  test.each([
    ["is cut short", (text: string) => text.slice(0, 200)],
    ["has another letter", (text: string) => text.replace('"x:1"', '"y:1"')],
    ["is no JSON", () => "{"],
    ["is empty", () => ""],
  ])("the entry %s", async (_what, damage) => {
    const { load, entry } = await cachedWorkspace();
    const first = await load();
    const file = await entry();
    await writeFile(file, damage(await readFile(file, "utf8")));
    expect(await load()).toEqual(first);
  });
});

describe("nothing is cached", () => {
  test("of a profile with secrets", async () => {
    const text = 'x-devenv: { secrets: s/secrets }\nservices: { a: { image: "x:${TAG}" } }';
    const { folder, load, entries } = await cachedWorkspace(text);
    await mkdir(join(folder, "s"));
    await writeFile(join(folder, "s/secrets"), "");
    await chmod(join(folder, "s/secrets"), 0o600);
    expect((await load()).services[0]?.image).toBe("x:1");
    expect(await entries()).toEqual([]);
  });

  test("of a profile with problems", async () => {
    const { load, entries } = await cachedWorkspace("services: {}");
    await failureOf(load());
    expect(await entries()).toEqual([]);
  });

  test("where the reader has no version, as outside of a bundle", async () => {
    const { folder, entries } = await cachedWorkspace();
    const options = { workspace: folder, environment: {}, home: folder };
    await loadProfileCached(join(folder, "shop.yaml"), options, join(folder, "cache"));
    expect(await entries()).toEqual([]);
  });

  test("where the cache folder cannot be written, and that is no failure", async () => {
    const { folder, load } = await cachedWorkspace();
    await writeFile(join(folder, "cache"), "a file in its place");
    expect((await load()).services[0]?.image).toBe("x:1");
  });
});

test("what is cached can be read by its owner only, and no draft stays", async () => {
  const { load, entries, entry } = await cachedWorkspace();
  await Promise.all([load(), load(), load()]);
  expect(await entries()).toHaveLength(1);
  expect((await stat(await entry())).mode & 0o777).toBe(0o600);
});
