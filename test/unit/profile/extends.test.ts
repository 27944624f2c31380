// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Compose's variables are what is tested
import { describe, expect, test } from "vitest";
import { merged, warningsOf, wrongWith } from "./assembling.ts";
import { load, problemsOf } from "./loading.ts";

const MAIN = ["compose.yaml"];

describe("a service that extends another", () => {
  test("goes over it, through chains and other files, with each file's own paths", async () => {
    const files = {
      "compose.yaml": `
services:
  a: { extends: b, environment: [A=1], command: [z] }
  b: { extends: { service: c, file: sub/c.yaml }, environment: { B: 2 } }
`,
      "sub/c.yaml": `
services:
  c: { extends: { file: ../d.yaml, service: d }, image: "c:\${TAG}", build: ./ctx, env_file: e.env }
  unused: { extends: nowhere }
`,
      "d.yaml": "services: { d: { image: d, environment: [A=0, D=4], volumes: ['./y:/y'], command: [q] } }",
    };
    const b = {
      image: "c:1",
      build: "/nowhere/shop/sub/ctx",
      env_file: "/nowhere/shop/sub/e.env",
      volumes: ["/nowhere/shop/y:/y"],
      environment: { A: "0", B: 2, D: "4" },
      command: ["q"],
    };
    expect((await merged(files, MAIN, { TAG: "1" })).services).toEqual({
      a: { ...b, environment: { A: "1", B: 2, D: "4" }, command: ["z"] },
      b,
    });
  });

  test("may take away what it would inherit, which the other keeps", async () => {
    const text = `
services:
  a: { extends: b, ports: !reset [], command: !override [z], environment: { A: !reset null } }
  b: { image: x, ports: [80], command: [q], environment: { A: 1, B: 2 } }
`;
    expect((await merged({ "compose.yaml": text })).services).toEqual({
      a: { image: "x", command: ["z"], environment: { B: 2 } },
      b: { image: "x", ports: [80], command: ["q"], environment: { A: 1, B: 2 } },
    });
  });

  test("is complete before another file goes over it", async () => {
    const files = {
      "compose.yaml": "services: { a: { extends: b, ports: [80] }, b: { image: x, ports: [81] } }",
      "more.yaml": "services: { a: { labels: [q=1], ports: !reset [] }, b: { image: y } }",
    };
    expect((await merged(files)).services).toEqual({
      a: { image: "x", labels: ["q=1"] },
      b: { image: "y", ports: [81] },
    });
  });

  test("extends one that has another service's name in another file", async () => {
    const files = {
      "compose.yaml": "services: { web: { extends: { file: base.yaml, service: web }, hostname: h } }",
      "base.yaml": "services: { web: { image: x } }",
    };
    expect((await merged(files, MAIN)).services).toEqual({ web: { image: "x", hostname: "h" } });
  });
});

describe("what cannot be extended", () => {
  const others = { "base.yaml": "services: { web: { image: x } }", "empty.yaml": "volumes: {}" };
  test.each([
    ["nope", "2:17 a extends nope, which is no service of compose.yaml"],
    ["bb", "2:17 a extends bb, which is no service of compose.yaml (did you mean b?)"],
    ["a", "2:17 a extends itself"],
    ["[b]", "2:17 extends must be a service's name or a mapping (supported: service, file)"],
    ["{ file: base.yaml }", "2:17 extends needs the service's name (write service: NAME)"],
    ["{ service: b, fil: x }", "2:31 unknown key fil under extends (did you mean file? supported: service, file)"],
    ["{ service: b, file: [x] }", "2:37 file of extends must be a path"],
    ["{ service: b, file: x.yaml }", "2:37 the extended file /nowhere/shop/x.yaml: there is no such file"],
    ["{ service: b, file: empty.yaml }", "2:37 the extended file /nowhere/shop/empty.yaml has no services"],
    ["{ service: we, file: base.yaml }", "2:28 a extends we, which is no service of base.yaml (did you mean web?)"],
    ["{ service: b, file: 'https://example.org/x.yaml' }", expect.stringContaining("is not a file of this machine")],
  ])("extends: %s", async (written, problem) => {
    const text = `services:\n  a: { extends: ${written} }\n  b: { image: x }\n`;
    const problems = await wrongWith({ "compose.yaml": text, ...others }, MAIN);
    expect(problems).toEqual([typeof problem === "string" ? `compose.yaml ${problem}` : problem]);
  });

  test("what a service then lacks is not told", async () => {
    const text = "services:\n  a: { extends: b }\n  b: { extends: nope }\n  c: { extends: d }\n  d: { extends: c }\n";
    expect(await problemsOf(load(text))).toEqual([
      "3:17 b extends nope, which is no service of shop.yaml",
      "4:17 services extend each other: c -> d -> c",
    ]);
  });

  test("services that extend each other are spelled out, with their files where there are several", async () => {
    const circle = "services:\n  a: { extends: b }\n  b: { extends: c }\n  c: { extends: a }";
    expect(await wrongWith({ "compose.yaml": circle })).toEqual([
      "compose.yaml 2:17 services extend each other: a -> b -> c -> a",
    ]);
    const files = {
      "compose.yaml": "services:\n  a: { extends: { file: b.yaml, service: a } }",
      "b.yaml": "services: { a: { extends: { file: compose.yaml, service: a } } }",
    };
    expect(await wrongWith(files, MAIN)).toEqual([
      "compose.yaml 2:42 services extend each other: a of compose.yaml -> a of b.yaml -> a of compose.yaml",
    ]);
  });
});

describe("a profile that builds on another", () => {
  test("is it with this one over it, with each one's own folder and .env", async () => {
    const files = {
      "profiles/variant.yaml":
        "x-devenv: { extends: ../base/books.yaml, environment: dev }\nservices: { a: { image: 'y:${T}', volumes: ['./v:/v'] }, b: !reset null }",
      "base/books.yaml":
        "x-devenv: { provider: engine }\nservices: { a: { image: x, volumes: ['./w:/w'] }, b: { image: z }, c: { image: '${T}' } }",
      "base/.env": "T=base",
      "profiles/.env": "T=variant",
    };
    expect(await merged(files, ["profiles/variant.yaml"])).toEqual({
      name: "books",
      "x-devenv": { provider: "engine", environment: "dev" },
      services: {
        a: { image: "y:variant", volumes: ["/nowhere/shop/base/w:/w", "/nowhere/shop/profiles/v:/v"] },
        c: { image: "base" },
      },
    });
  });

  test("has its own name where it says one, else its base's", async () => {
    const base = { "base.yaml": "name: books\nservices: {}" };
    const named = { "v.yaml": "name: mine\nx-devenv: { extends: base.yaml }", ...base };
    expect((await merged(named, ["v.yaml"])).name).toBe("mine");
    const nameless = {
      "v.yaml": "x-devenv: { extends: base.yaml }\nservices: { a: { image: '${COMPOSE_PROJECT_NAME}' } }",
      ...base,
    };
    expect(await merged(nameless, ["v.yaml"])).toMatchObject({ name: "books", services: { a: { image: "books" } } });
  });

  test("may build on one that builds on another", async () => {
    const files = {
      "c.yaml": "x-devenv: { extends: b.yaml }\nservices: { s: { command: [c] } }",
      "b.yaml": "x-devenv: { extends: a.yaml }\nservices: { s: { command: [b], image: b } }",
      "a.yaml": "services: { s: { command: [a], image: a, hostname: a } }",
    };
    expect((await merged(files, ["c.yaml"])).services.s).toEqual({ command: ["c"], image: "b", hostname: "a" });
  });

  test("a circle, and a base that is not there, are told", async () => {
    const files = {
      "a.yaml": "x-devenv: { extends: b.yaml }",
      "b.yaml": "services: {}\nx-devenv: { extends: a.yaml }",
    };
    expect(await wrongWith(files, ["a.yaml"])).toEqual([
      "b.yaml 2:22 profiles build on each other: a.yaml -> b.yaml -> a.yaml",
    ]);
    expect(await wrongWith({ "a.yaml": "x-devenv: { extends: b.yaml }" })).toEqual([
      "a.yaml 1:22 the base profile /nowhere/shop/b.yaml: there is no such file",
    ]);
    expect(await wrongWith({ "a.yaml": "x-devenv: { extends: [b] }" })).toEqual([
      "a.yaml 1:22 x-devenv.extends must be the path of a profile (write extends: base.yaml)",
    ]);
  });
});

describe("the cluster's name", () => {
  const nameOf = async (file: string, environment = {}, files = {}) =>
    (await merged({ [file]: "services: {}", ...files }, [file], environment)).name;

  test("is that of the file, of which it keeps what a name can have; of a file by Compose's own name the folder's", async () => {
    expect(await nameOf("Books.yaml")).toBe("books");
    expect(await nameOf("My Books.dev.yaml")).toBe("mybooksdev");
    expect(await nameOf("compose.yaml")).toBe("shop");
    expect(await nameOf("My.Shop/docker-compose.prod.yml")).toBe("myshop");
  });

  test("is COMPOSE_PROJECT_NAME, of the environment or .env, where no file says one", async () => {
    expect(await nameOf("a.yaml", { COMPOSE_PROJECT_NAME: "given" })).toBe("given");
    expect(await nameOf("a.yaml", {}, { ".env": "COMPOSE_PROJECT_NAME=dotenv" })).toBe("dotenv");
    const named = { "a.yaml": "name: '${X}s'\nservices: { a: { image: '${COMPOSE_PROJECT_NAME}' } }" };
    const environment = { COMPOSE_PROJECT_NAME: "given", X: "word" };
    expect(await merged(named, ["a.yaml"], environment)).toMatchObject({
      name: "words",
      services: { a: { image: "words" } },
    });
    expect(await wrongWith({ "a.yaml": "services: {}" }, ["a.yaml"], { COMPOSE_PROJECT_NAME: "No Name" })).toEqual([
      expect.stringContaining("a.yaml 1:1 COMPOSE_PROJECT_NAME is No Name, which is no name for a cluster"),
    ]);
  });
});

test("version is obsolete, in each file that has it", async () => {
  const files = { "a.yaml": "version: '3'\nservices: {}", "b.yaml": "services: {}\nversion: '2.1'" };
  expect(await warningsOf(files)).toEqual([
    "a.yaml 1:1 version is obsolete, and without effect",
    "b.yaml 2:1 version is obsolete, and without effect",
  ]);
});
