// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Compose's variables are what is tested
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import type { FoundProgram } from "../../../src/profile/discover/found.ts";
import type { Draft } from "../../../src/profile/draft/draft.ts";
import { draftFromCompose } from "../../../src/profile/draft/from-compose.ts";
import { draftFromPrograms, nameServices } from "../../../src/profile/draft/from-programs.ts";
import { repairDraft } from "../../../src/profile/draft/repair.ts";
import { unsetVariables } from "../../../src/profile/draft/unset-variables.ts";
import { loadProfile } from "../../../src/profile/load-profile.ts";
import { failureOf, folderWith } from "./loading.ts";

const WORKSPACE = "/nowhere/shop";
const PROFILE = `${WORKSPACE}/profiles/shop.yaml`;

/** The text of the profile that is made of a Compose file at the workspace's top. */
const converted = (text: string, file = "docker-compose.yml"): string => {
  const sources = [{ file: join(WORKSPACE, file), text }];
  const draft = draftFromCompose({ profile: PROFILE, workspace: WORKSPACE, sources, variables: undefined });
  return draft.files.get(PROFILE) ?? "";
};

const HEAD = `# yaml-language-server: $schema=../.devenv/schema.json
# Made by devenv init from docker-compose.yml.
`;

describe("a profile of a Compose file", () => {
  test("keeps comments, order, anchors, quotes and the style of lists", () => {
    const text = `# The shop.

services:
  # The database
  db:
    image: 'postgres:15' # not newer
    <<: &common
      restart: always
    ports:
    - "5432:5432"
  web: { image: nginx, depends_on: [db] }
`;
    const extension = "x-devenv:\n  provider: auto\n  environment: local\n\n";
    expect(converted(text)).toBe(
      `${HEAD}\n# The shop.\n\n${extension}${text.slice(text.indexOf("services:"))}`.replace(
        "{ image: nginx, depends_on: [db] }",
        "{image: nginx, depends_on: [db]}",
      ),
    );
  });

  test("has the relative paths that its place needs, also behind anchors", () => {
    const text = `x-common: &common
  env_file: [.env.common, { path: ./b.env, required: false }]
services:
  a:
    <<: *common
    build: ./a
    volumes: [./data:/data:ro, /abs:/abs, ~/x:/x, named:/n, { type: bind, source: c, target: /c }]
  b:
    build: { context: ., dockerfile: Dockerfile.b }
    extends: { file: ../other/compose.yml, service: b }
  c:
    build: https://github.com/x/y.git
    label_file: labels
    env_file: "\${FILE}"
secrets: { s: { file: ./s.txt }, e: { environment: E } }
configs: { c: { file: c.conf } }
include: [more.yaml, { path: [./x/y.yaml], project_directory: ./x }]
`;
    const profile = converted(text);
    for (const part of [
      "env_file: [../.env.common, {path: ../b.env, required: false}]",
      "build: ../a",
      "[../data:/data:ro, /abs:/abs, ~/x:/x, named:/n, {type: bind, source: ../c, target: /c}]",
      "{context: .., dockerfile: Dockerfile.b}",
      "file: ../../other/compose.yml",
      "build: https://github.com/x/y.git",
      "label_file: ../labels",
      `env_file: "\${FILE}"`,
      "file: ../s.txt",
      "file: ../c.conf",
      "include: [../more.yaml, {path: [../x/y.yaml], project_directory: ../x}]",
    ]) {
      expect(profile.replaceAll("{ ", "{").replaceAll(" }", "}")).toContain(part);
    }
  });

  test("has no version, and its x-devenv behind its name; what it has of x-devenv stays", () => {
    const profile = converted("version: '3'\nname: shop\nservices: {}\n");
    expect(profile).toBe(`${HEAD}\nname: shop\n\nx-devenv:\n  provider: auto\n  environment: local\n\nservices: {}\n`);
    expect(converted("services: {}\nx-devenv: { provider: docker }\n")).toContain(
      "provider: docker, environment: local",
    );
  });

  test("of several files builds on the others, which lie beside it", () => {
    const sources = [
      { file: join(WORKSPACE, "compose.yaml"), text: "services: { a: { build: ./a } }\n" },
      { file: join(WORKSPACE, "compose.override.yaml"), text: "services: { a: { ports: ['80:80'] } } # mine\n" },
    ];
    const draft = draftFromCompose({ profile: PROFILE, workspace: WORKSPACE, sources, variables: undefined });
    expect([...draft.files.keys()]).toEqual([join(WORKSPACE, "profiles/shop/compose.yaml"), PROFILE]);
    expect(draft.files.get(PROFILE)).toContain("extends: shop/compose.yaml");
    expect(draft.files.get(PROFILE)).toContain("# mine");
    expect(draft.files.get(join(WORKSPACE, "profiles/shop/compose.yaml"))).toContain("build: ../../a");
  });
});

describe("a draft that does not load", () => {
  const repaired = async (text: string, variables: Record<string, string> = {}) => {
    const workspace = await folderWith({ "compose.yaml": text });
    const profile = join(workspace, "profiles/shop.yaml");
    const sources = [{ file: join(workspace, "compose.yaml"), text }];
    const draft = draftFromCompose({ profile, workspace, sources, variables: undefined });
    const options = { workspace, environment: variables, home: "/home/ada" };
    const mended = await repairDraft(draft, options);
    const written = mended.files.get(profile) ?? "";
    const readFile = async (path: string) => {
      if (path === profile) return written;
      throw Object.assign(new Error(`no ${path}`), { code: "ENOENT" });
    };
    await loadProfile(profile, { ...options, readFile });
    return { text: written, notes: mended.notes };
  };

  test("is made to load: what is not supported stands as a comment where it was, and is told with its place", async () => {
    const { text, notes } = await repaired(
      "services:\n  a:\n    image: x\n    no_such_key:\n      - 1\n    labels: [a=b]\n  b: { image: x, nope: 1 }\n",
    );
    expect(text).toContain(
      "    # left out: unknown key no_such_key under services.a\n    #   no_such_key:\n    #     - 1\n    labels:",
    );
    expect(text).toMatch(/ {2}# left out: unknown key nope under services\.b\n {2}# {3}nope: 1\n {2}b: /);
    expect(notes).toHaveLength(2);
    for (const { message, where } of notes) {
      expect(text.split("\n")[(where?.line ?? 0) - 1]?.trim()).toBe(`# ${message}`);
    }
  });

  test("loses what depends on something that was left out, too", async () => {
    const { text } = await repaired(
      "services:\n  a: { image: x, depends_on: [b, c] }\n  b: {hostname: b}\n  c: { image: x }\n",
    );
    expect(text).toMatch(/depends_on: \[ ?c ?\]/);
    expect(text).toContain("#   b: {hostname: b}");
  });

  test("cannot be mended when it is no YAML, or nothing is left", async () => {
    expect((await failureOf(repaired("services: [\n"))).problems.length).toBeGreaterThan(0);
    expect((await failureOf(repaired("hello\n"))).problems.length).toBeGreaterThan(0);
  });
});

describe("a profile of programs", () => {
  const program = (changes: Partial<FoundProgram>): FoundProgram => ({
    name: "api",
    folder: `${WORKSPACE}/repos/books`,
    what: "Go",
    make: { kind: "go", package: "./cmd/api" },
    port: 8080,
    health: "/healthz",
    ...changes,
  });
  const drafted = (programs: readonly FoundProgram[], artifacts?: string): Draft =>
    draftFromPrograms({
      profile: PROFILE,
      workspace: WORKSPACE,
      services: nameServices(programs),
      repositories: [{ path: `${WORKSPACE}/repos/books`, url: "git@example.org:books.git" }],
      artifacts,
    });

  test("is what a person would write", () => {
    expect(
      drafted([program({})], "file:./ci").files.get(PROFILE),
    ).toBe(`# yaml-language-server: $schema=../.devenv/schema.json
# Made by devenv init. Ports and probes are what the sources say, as far as they do.

x-devenv:
  provider: auto
  environment: local
  artifacts: { source: file:./ci }
  repos:
    - { path: repos/books, url: git@example.org:books.git }

services:
  api:
    image: scratch
    command:
      - /devenv/bin/api
    ports:
      - "8080:8080"
    x-devenv:
      repo: repos/books
      build: { go: ./cmd/api }
      ready: { http: /healthz, port: 8080 }
`);
  });

  test("builds here what no CI has built, and says what it does not know", () => {
    const draft = drafted([program({ port: undefined })]);
    expect(draft.files.get(PROFILE)).toContain("mode: local");
    expect(draft.files.get(PROFILE)).not.toContain("ready");
    expect(draft.notes.map(({ message }) => message)).toEqual([
      "no port was found for api: write ports: and x-devenv.ready where there is one",
    ]);
  });

  test("gives each service a name and a port of its own", () => {
    const films = `${WORKSPACE}/repos/films`;
    const programs = [program({ port: 80 }), program({ folder: films, port: 80 }), program({ folder: films })];
    expect(nameServices(programs).map(({ name, hostPort }) => [name, hostPort])).toEqual([
      ["api", 8080],
      ["films-api", 8081],
      ["api-2", 8082],
    ]);
    expect(nameServices([program({ name: "@My/App_1" })])[0]?.name).toBe("my-app-1");
  });

  test("loads, whatever a program's commands hold", async () => {
    const draft = drafted([
      program({}),
      program({
        name: "web",
        make: {
          kind: "command",
          command: 'npm ci && cp -R . "$DEVENV_OUT"',
          artifact: "tree",
          image: "node:22-slim",
          run: ["npm", "start"],
        },
      }),
      program({ name: "rust", make: { kind: "cargo", binary: "rust-server", image: "debian:trixie-slim" } }),
      program({ name: "img", make: { kind: "image", dockerfile: "Dockerfile" } }),
    ]);
    const readFile = async (path: string) => {
      const text = draft.files.get(path);
      if (text !== undefined) return text;
      throw Object.assign(new Error(`no ${path}`), { code: "ENOENT" });
    };
    const profile = await loadProfile(PROFILE, { workspace: WORKSPACE, environment: {}, home: "/", readFile });
    expect(profile.services.map(({ build }) => build)).toEqual([
      { kind: "go", packages: ["./cmd/api"], tags: [], cgo: false, env: {} },
      { kind: "command", command: 'npm ci && cp -R . "$DEVENV_OUT"', env: {} },
      { kind: "cargo", binaries: ["rust-server"], profile: "dev", features: [], target: undefined, env: {} },
      undefined,
    ]);
    expect(profile.services[3]?.imageBuild?.context).toBe(join(dirname(PROFILE), "../repos/books"));
  });
});

test("variables of a Compose file without a value and without a default are told", () => {
  const text = "a: $A ${B} ${C:-c} ${D-} ${E:?no} ${F?no} ${G:+g} $$H $${I} ${SET} ${A}  # ${COMMENT}\n# $OTHER\n";
  expect(unsetVariables([text, "b: $J"], (name) => name === "SET")).toEqual(["A", "B", "E", "F", "J"]);
});
