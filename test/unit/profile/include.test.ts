// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Compose's variables are what is tested
import { describe, expect, test } from "vitest";
import { merged, warningsOf, wrongWith } from "./assembling.ts";

const MAIN = ["compose.yaml"];

describe("what is included", () => {
  test("is there with its own folder and its own .env", async () => {
    const files = {
      "compose.yaml": "include: [sub/compose.yaml]\nservices: { a: { image: 'a:${TAG-none}' } }",
      "sub/compose.yaml": `
name: other
services: { b: { image: "b:\${TAG}", build: ., volumes: ["./d:/d"] } }
volumes: { v: }
networks: { n: }
secrets: { s: { file: s.txt } }
configs: { c: { file: c.txt } }
`,
      "sub/.env": "TAG=1",
    };
    expect(await merged(files, MAIN)).toEqual({
      name: "shop",
      services: {
        a: { image: "a:none" },
        b: { image: "b:1", build: "/nowhere/shop/sub", volumes: ["/nowhere/shop/sub/d:/d"] },
      },
      volumes: { v: null },
      networks: { n: null },
      secrets: { s: { file: "/nowhere/shop/sub/s.txt" } },
      configs: { c: { file: "/nowhere/shop/sub/c.txt" } },
    });
  });

  test("may be several files, of which the later go over the first, in a folder of one's choice", async () => {
    const files = {
      "compose.yaml": "include: [{ path: [one.yaml, two.yaml], project_directory: elsewhere }]",
      "one.yaml": "services: { b: { image: x, ports: [80], volumes: ['./d:/d'] } }",
      "two.yaml": "services: { b: { image: y, ports: [81] } }",
    };
    expect((await merged(files, MAIN)).services).toEqual({
      b: { image: "y", ports: [80, 81], volumes: ["/nowhere/shop/elsewhere/d:/d"] },
    });
  });

  test("has the including project's variables, then those of its env_file, the later file over the earlier", async () => {
    const files = {
      "compose.yaml":
        "include: [{ path: sub/b.yaml, env_file: [one.env, two.env] }]\nservices: { a: { image: '${ONE-no}' } }",
      ".env": "WHO=main",
      "one.env": "WHO=one\nONE=1\nBOTH=1",
      "two.env": "BOTH=2\nWHOLE=${WHO}${ONE}${BOTH}",
      "sub/.env": "ONE=none of it",
      "sub/b.yaml":
        "services: { b: { image: '${WHO} ${ONE} ${BOTH} ${WHOLE} ${SET}', environment: [BOTH, SET, NOT] } }",
    };
    expect((await merged(files, MAIN, { SET: "here" })).services).toEqual({
      a: { image: "no" },
      b: { image: "main 1 2 main12 here", environment: ["BOTH=2", "SET", "NOT"] },
    });
  });

  test("may include more, each from its own folder", async () => {
    const files = {
      "compose.yaml": "include: [one/b.yaml]",
      "one/b.yaml": "include: [two/c.yaml]\nservices: { b: { image: b } }",
      "one/two/c.yaml": "services: { c: { image: '${T}', volumes: ['./c:/c'] } }",
      "one/.env": "T=one",
      "one/two/.env": "T=two",
    };
    expect((await merged(files, MAIN)).services).toEqual({
      b: { image: "b" },
      c: { image: "one", volumes: ["/nowhere/shop/one/two/c:/c"] },
    });
  });

  test("is one thing when it is reached by two ways", async () => {
    const files = {
      "compose.yaml": "include: [left.yaml, right.yaml]",
      "left.yaml": "include: [base.yaml]",
      "right.yaml": "include: [base.yaml]",
      "base.yaml": "services: { d: { image: d, cap_add: [A], dns_search: [x] } }",
    };
    expect((await merged(files, MAIN)).services).toEqual({ d: { image: "d", cap_add: ["A"], dns_search: ["x"] } });
    expect(await warningsOf(files, MAIN)).toEqual([]);
  });

  test("can be extended, and a further file goes over it", async () => {
    const files = {
      "compose.yaml": "include: [b.yaml]\nservices: { a: { extends: b, hostname: h } }",
      "more.yaml": "services: { b: { image: y } }",
      "b.yaml": "services: { b: { image: x } }",
    };
    expect((await merged(files, ["compose.yaml", "more.yaml"])).services).toEqual({
      a: { image: "x", hostname: "h" },
      b: { image: "y" },
    });
  });

  test("lies under what has the same name, as in compose-go, and that is told with both places", async () => {
    const files = {
      "compose.yaml": "include: [b.yaml]\nservices:\n  a: { image: x, ports: !override [80] }",
      "b.yaml": "services:\n  a: { image: y, ports: [81], hostname: h }\nnetworks: { n: }",
    };
    expect((await merged(files, MAIN)).services.a).toEqual({ image: "x", ports: [80], hostname: "h" });
    expect(await warningsOf(files, MAIN)).toEqual([
      "compose.yaml 3:3 services.a is in the included b.yaml:2, too; what stands here goes over it",
    ]);
  });

  test("brings no x-devenv of its own, and that is told", async () => {
    const files = {
      "compose.yaml": "include: [b.yaml]",
      "b.yaml": "services: { a: { image: x } }\nx-devenv: { repos: [{ path: a }] }",
    };
    expect(await merged(files, MAIN)).toMatchObject({ services: { a: { image: "x" } } });
    expect(await warningsOf(files, MAIN)).toEqual(["b.yaml 2:1 x-devenv of an included file has no effect"]);
  });
});

describe("what cannot be included", () => {
  test.each<[string, string, string]>([
    ["include: b.yaml", "1:10 include must be a list", "write include: [other/compose.yaml]"],
    ["include: [1]", "1:11 include: a path must be a text", "write include: [other.yaml]"],
    [
      "include: [[b.yaml]]",
      "1:11 include: an entry must be a path or a mapping",
      "supported: path, project_directory, env_file",
    ],
    ["include: [{ env_file: x }]", "1:11 an include needs a path", "write path: other/compose.yaml"],
    [
      "include: [{ pth: b.yaml, path: b.yaml }]",
      "1:13 unknown key pth under include",
      "did you mean path? supported: path,",
    ],
    ["include: [{ path: { a: 1 } }]", "1:19 path of an include must be a path, or a list of them", ""],
    ["include: [none.yaml]", "1:11 the included file /nowhere/shop/none.yaml: there is no such file", ""],
    ["include: [compose.yaml]", "1:11 files include each other: compose.yaml -> compose.yaml", ""],
    ["include: [{ path: b.yaml, env_file: n.env }]", "1:37 the env_file /nowhere/shop/n.env is not there", ""],
    ["include: ['https://example.org/c.yaml']", "1:11 https://example.org/c.yaml is not a file of this", "clone"],
    ["include: ['git@github.com:a/b.git']", "1:11 git@github.com:a/b.git is not a file of this", "clone"],
    ["include: ['oci://docker.io/a:b']", "1:11 oci://docker.io/a:b is not a file of this", "clone"],
  ])("%s", async (line, problem, hint) => {
    const files = { "compose.yaml": `${line}\nservices: {}`, "b.yaml": "services: { b: { image: x } }" };
    const [first = "", ...others] = await wrongWith(files, MAIN);
    expect(first).toContain(`compose.yaml ${problem}`);
    expect(first).toContain(hint);
    expect(others).toEqual([]);
  });

  test("a circle is spelled out where it closes", async () => {
    const files = {
      "compose.yaml": "include: [b.yaml]",
      "b.yaml": "include: [c.yaml]",
      "c.yaml": "services: {}\ninclude:\n  - { path: [b.yaml] }",
    };
    expect(await wrongWith(files, MAIN)).toEqual(["c.yaml 3:5 files include each other: b.yaml -> c.yaml -> b.yaml"]);
  });

  test("problems are told in the files where they are, in the order of the files", async () => {
    const files = {
      "compose.yaml": "include: [b.yaml, c.yaml]\nservices: { a: { image: '${A?}', init: x, init: y } }",
      "b.yaml": "services: { b: { image: '${B?}' } }",
      "c.yaml": "services: [",
      ".env": "1 2",
    };
    const problems = await wrongWith(files, MAIN);
    expect(problems.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      ".env 1:1",
      "compose.yaml 2:26",
      "compose.yaml 2:43",
      "b.yaml 1:26",
      "c.yaml 1:12",
    ]);
  });

  test("an endless number of files is told", async () => {
    const entries = Array.from({ length: 1100 }, (_, index) => `f${index}.yaml`);
    const files = Object.fromEntries(entries.map((name) => [name, "services: {}"]));
    const [first] = await wrongWith({ "compose.yaml": `include: [${entries.join(", ")}]`, ...files }, MAIN);
    expect(first).toContain("the profile asks for more than 1000 files");
  });
});
