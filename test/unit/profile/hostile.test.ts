import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadProfile } from "../../../src/profile/load-profile.ts";
import { failureOf, folderWith, load, problemsOf } from "./loading.ts";

const first = async (text: string) => (await problemsOf(load(text)))[0] ?? "";
const all = async (text: string) => (await problemsOf(load(text))).join("\n");

describe("texts that would use up the memory, the stack or the time", () => {
  const lines = (count: number, line: (index: number) => string) =>
    Array.from({ length: count }, (_, i) => line(i)).join("\n");

  test("aliases of aliases are counted, and not written out", async () => {
    const bomb = `a0: &a0 [x, x]\n${lines(40, (i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`)}\nservices: {}`;
    expect(await first(bomb)).toMatch(/^17:\d+ there are more than 300000 values, with the aliases written out$/);
  });

  test("mappings that are merged a thousandfold, too", async () => {
    const bomb = `a0: &a0 { x: 1, y: 2 }\n${lines(40, (i) => `a${i + 1}: &a${i + 1} { k: [*a${i}, *a${i}], <<: *a${i} }`)}\nservices: {}`;
    expect(await first(bomb)).toContain("with the aliases written out");
  });

  test("a hundred services may share a fragment", async () => {
    const text = `x-a: &a { image: x, environment: &e { A: 1 } }\nservices:\n${lines(300, (i) => `  s${i}: { <<: *a, environment: { <<: *e, B: 2 } }`)}`;
    expect((await load(text)).services).toHaveLength(300);
  });

  test.each([
    ["brackets", "[".repeat(50_000)],
    ["braces", "{a: ".repeat(50_000)],
    ["dashes", "- ".repeat(50_000)],
    ["question marks", "? ".repeat(50_000)],
    ["indentation", lines(500, (i) => `${" ".repeat(i)}a:`)],
    ["aliases", `a0: &a0 x\n${lines(500, (i) => `a${i + 1}: &a${i + 1} [*a${i}]`)}`],
  ])("%s without end are nested too deeply", async (_what, text) => {
    expect(await first(text)).toContain("the YAML is nested too deeply");
  });

  test("tens of thousands of keys in one mapping are no matter", async () => {
    const text = `x-many:\n${lines(20_000, (i) => `  k${i}: v`)}\nservices: { a: { image: x } }`;
    expect((await load(text)).services).toHaveLength(1);
  }, 30_000);

  test("an enormous text is not parsed", async () => {
    expect(await first(`# ${"x".repeat(6_000_000)}\nservices: {}`)).toBe("1:1 the file is too large for a profile");
  });

  test("a line without end is not shown", async () => {
    const failure = await failureOf(load(`services: { a: { imag: "${"x".repeat(10_000)}" } }`));
    expect(failure.problems[0]?.where).toEqual({ file: expect.any(String), line: 1, column: 18 });
  });
});

describe("texts that are none", () => {
  test.each([
    ["services:\n  a\0: {}", "2:4 a character that YAML does not allow (U+0000) (is it a binary file"],
    ["\u007fELF\u0001", "1:1 a character that YAML does not allow (U+007F)"],
    ["__proto__: { a: 1 }\nservices: { a: { image: x } }", "1:1 __proto__ cannot be a key (take another name)"],
    ["services: { __proto__: { image: x } }", "1:13 __proto__ cannot be a key"],
    ["? [a, b]\n: c\nservices: {}", "1:3 a key must be a text, and here is a list or a mapping"],
    ["# nothing but a comment", "1:1 the file must be a mapping, and is empty"],
    ["services: {}\n---\n- a", "3:1 the file must be a mapping, and is a list"],
    ["services:\n  a: { <<: *none, image: x }", "2:12 *none stands for nothing"],
    ["services: { a: { <<: { image: x }, <<: { init: true } } }", "1:36 << is there twice in the same mapping"],
  ])("%j", async (text, expected) => {
    expect(await all(text)).toContain(expected);
  });

  test("of several aliases that stand for nothing each is told, once", async () => {
    expect(await problemsOf(load("a: *none\nb: { <<: *nothing }\nc: [1, &d { <<: [*d] }]"))).toEqual([
      "1:4 *none stands for nothing (no &none comes before it)",
      "2:10 *nothing stands for nothing (no &nothing comes before it)",
      "3:18 *d is inside of what it stands for",
    ]);
  });

  test("names of objects' methods are names like others", async () => {
    const text = "services: { constructor: { image: x, labels: { toString: a } }, hasOwnProperty: { image: x } }";
    expect((await load(text)).services.map(({ name }) => name)).toEqual(["constructor", "hasOwnProperty"]);
  });

  test("a mark of the byte order is not part of the text", async () => {
    expect(await first("\uFEFFservces: {}")).toContain("1:1 unknown key servces");
    expect((await load("\uFEFFservices: { a: { image: x } }")).services).toHaveLength(1);
  });
});

describe("files that cannot be read", () => {
  const loadFrom = (folder: string, file = "shop.yaml") =>
    loadProfile(join(folder, file), { workspace: folder, environment: {}, home: folder });

  test("a folder in the place of a file", async () => {
    const folder = await folderWith({ "shop.yaml": "include: [sub]\nservices: {}", "sub/x": "" });
    expect((await failureOf(loadFrom(folder, "sub"))).message).toBe(`the profile ${folder}/sub: it is a folder`);
    expect((await problemsOf(loadFrom(folder)))[0]).toBe(`1:11 the included file ${folder}/sub: it is a folder`);
  });

  test("a folder called .env is none", async () => {
    const folder = await folderWith({ "shop.yaml": "services: { a: { image: x } }", ".env/bin/activate": "" });
    expect((await loadFrom(folder)).services).toHaveLength(1);
  });

  test("links that lead in a circle, names that are too long, a file in the place of a folder", async () => {
    const folder = await folderWith({ "shop.yaml": "services: {}" });
    await symlink("ring.yaml", join(folder, "ring.yaml"));
    expect((await failureOf(loadFrom(folder, "ring.yaml"))).message).toContain("its links lead in a circle");
    expect((await failureOf(loadFrom(folder, `${"x".repeat(300)}.yaml`))).message).toContain("its name is too long");
    expect((await failureOf(loadFrom(folder, "shop.yaml/x.yaml"))).message).toContain("there is no such file");
  });

  test("a device without end", async () => {
    expect((await failureOf(loadFrom("/dev", "zero"))).message).toBe(
      "the profile /dev/zero: it is too large for a profile",
    );
  });

  test.skipIf(process.getuid?.() === 0)("a file of somebody else", async () => {
    const folder = await folderWith({ "shop.yaml": "services: {}" });
    await chmod(join(folder, "shop.yaml"), 0);
    expect((await failureOf(loadFrom(folder))).message).toContain("you may not read it");
  });

  test("every file that was read is named, in the order of the reading", async () => {
    const folder = await folderWith({
      "profiles/shop.yaml":
        "x-devenv: { extends: base.yaml }\ninclude: [../inc/c.yaml]\nservices: { a: { extends: { file: ../e.yaml, service: e } } }",
      "profiles/base.yaml": "services: { a: { image: x, env_file: a.env } }",
      "profiles/.env": "",
      "profiles/a.env": "",
      "inc/c.yaml": "services: { c: { image: x } }",
      "e.yaml": "services: { e: { image: y } }",
    });
    await mkdir(join(folder, "unused"));
    await writeFile(join(folder, "more.yaml"), "services: {}");
    const { files, file } = await loadProfile([join(folder, "profiles/shop.yaml"), join(folder, "more.yaml")], {
      workspace: folder,
      environment: {},
      home: folder,
    });
    expect(file).toBe(join(folder, "profiles/shop.yaml"));
    expect(files.map((each) => each.slice(folder.length + 1)).toSorted()).toEqual([
      "e.yaml",
      "inc/c.yaml",
      "more.yaml",
      "profiles/.env",
      "profiles/a.env",
      "profiles/base.yaml",
      "profiles/shop.yaml",
    ]);
  });
});
