// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Compose's variables are what is tested
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { loadProfile } from "../../../src/profile/load-profile.ts";
import { service } from "../plan/samples.ts";
import { FILE, failureOf, load, loadService, WORKSPACE } from "./loading.ts";

const MINIMAL = "services: { a: { image: x } }";

describe("a profile that says little", () => {
  test("gets every default", async () => {
    expect(await load(MINIMAL)).toEqual({
      name: "shop",
      file: FILE,
      files: [FILE],
      workspace: WORKSPACE,
      provider: "auto",
      environment: "local",
      artifacts: undefined,
      repos: [],
      watch: { quietMs: 25, maxWaitMs: 1000, pauseAt: 1000 },
      services: [service("a", { image: "x", environment: { CLUSTER_ENV: "local" } })],
      disabled: [],
      networks: [
        {
          key: "default",
          name: "shop_default",
          external: false,
          driverOptions: {},
          labels: {},
          internal: false,
          attachable: false,
          enableIpv6: false,
        },
      ],
      volumes: [],
      secretSource: undefined,
      warnings: [],
      secrets: [],
    });
  });

  test("keeps its services in the order of the file", async () => {
    const { services } = await load("services: { c: { image: x }, a: { image: x }, b: { image: x } }");
    expect(services.map(({ name }) => name)).toEqual(["c", "a", "b"]);
  });
});

test("x-devenv at the top is resolved against the workspace", async () => {
  const profile = await load(`
name: books
x-devenv:
  provider: engine
  environment: staging
  artifacts: { source: "file:./ci" }
  repos:
    - { path: repos/books, url: ../origin/books.git }
    - { path: ~/kit, url: "ssh://git@example.org/kit.git" }
    - { path: repos/web }
  watch: { quiet: 50ms, max_wait: 2s, pause_at: 300 }
${MINIMAL}
`);
  expect(profile).toMatchObject({
    name: "books",
    provider: "engine",
    environment: "staging",
    artifacts: { source: { kind: "file", folder: "/nowhere/shop/ci" } },
    repos: [
      { path: "/nowhere/shop/repos/books", url: "/nowhere/origin/books.git" },
      { path: "/home/ada/kit", url: "ssh://git@example.org/kit.git" },
      { path: "/nowhere/shop/repos/web", url: undefined },
    ],
    watch: { quietMs: 50, maxWaitMs: 2000, pauseAt: 300 },
  });
  expect(profile.services[0]?.environment).toEqual({ CLUSTER_ENV: "staging" });
});

describe("a line of a service", () => {
  const local = (more: object) => ({ environment: { CLUSTER_ENV: "local", ...more } });
  test.each<[string, object]>([
    ["command: a 'b c'", { command: ["a", "b c"], swapRestart: { kind: "process" } }],
    ["command: [a, b c]", { command: ["a", "b c"] }],
    ["command: []", { command: [] }],
    ["command:", { command: undefined }],
    ["entrypoint: a b", { entrypoint: ["a", "b"] }],
    ["environment: { A: 1, B: true, C: x, D: '', E: 1.5 }", local({ A: "1", B: "true", C: "x", D: "", E: "1.5" })],
    ["environment: [A=1, B=x=y, C=]", local({ A: "1", B: "x=y", C: "" })],
    ["environment: [SET, UNSET]", local({ SET: "here" })],
    ["environment: { SET: , UNSET: }", local({ SET: "here" })],
    ["environment: { CLUSTER_ENV: other }", { environment: { CLUSTER_ENV: "other" } }],
    ["environment: { A: '${SET}-$$SET' }", local({ A: "here-$SET" })],
    ["ports: [8080]", { ports: [{ hostPort: 0, containerPort: 8080 }] }],
    ["ports: ['80-81:80-81']", { ports: [{ hostPort: 80 }, { hostPort: 81 }] }],
    ["expose: [80, '90-91']", { expose: [80, 90, 91].map((port) => ({ port, protocol: "tcp" })) }],
    ["volumes: ['data:/var']", { volumes: [{ kind: "volume", source: "data", target: "/var", readOnly: false }] }],
    ["volumes: ['./x:/y:ro']", { volumes: [{ source: "/nowhere/shop/profiles/x", target: "/y", readOnly: true }] }],
    ["volumes: ['~/x:/y']", { volumes: [{ kind: "bind", source: "/home/ada/x" }] }],
    ["tmpfs: /run", { tmpfs: { "/run": "" } }],
    ["tmpfs: [/run, '/tmp:size=1m']", { tmpfs: { "/run": "", "/tmp": "size=1m" } }],
    ["healthcheck: { test: a | b }", { healthcheck: { test: ["CMD-SHELL", "a | b"], intervalMs: undefined } }],
    ["healthcheck: { test: [CMD, a], interval: 1m30s }", { healthcheck: { test: ["CMD", "a"], intervalMs: 90_000 } }],
    [
      "healthcheck: { test: a, timeout: 500ms, start_period: 2s, retries: '${N:-3}' }",
      { healthcheck: { timeoutMs: 500, startPeriodMs: 2000, retries: 3 } },
    ],
    ["healthcheck: { disable: true }", { healthcheck: { test: ["NONE"] } }],
    ["working_dir: /srv", { workingDir: "/srv" }],
    ["user: '1000'", { user: "1000" }],
    ["hostname: h", { hostname: "h" }],
    ["labels: { a: 1, b: }", { labels: { a: "1", b: "" } }],
    ["labels: [a=1, b]", { labels: { a: "1", b: "" } }],
    ["restart: always", { restart: { kind: "always" } }],
    ["restart: on-failure:3", { restart: { kind: "on-failure", maxRetries: 3 } }],
    ["restart: on-failure", { restart: { kind: "on-failure", maxRetries: 0 } }],
    ["init: true", { init: true }],
    ["init: '${UNSET:-true}'", { init: true }],
    ["stop_signal: SIGINT", { stopSignal: "SIGINT" }],
    ["stop_grace_period: 1m30s", { stopGraceMs: 90_000 }],
    ["x-other: { anything: [1] }", { name: "a" }],
    ["build: ./ctx", { image: "x", imageBuild: { context: "/nowhere/shop/profiles/ctx", dockerfile: "Dockerfile" } }],
    [
      "build: { dockerfile: D, target: t, args: { A: 1, SET: , UNSET: }, network: host }",
      {
        imageBuild: {
          context: "/nowhere/shop/profiles",
          dockerfile: "D",
          target: "t",
          args: { A: "1", SET: "here" },
          network: "host",
        },
      },
    ],
    [
      "x-devenv: { ready: { tcp: true, port: 5432, within: 2s } }",
      { ready: { kind: "tcp", port: 5432, withinMs: 2000 } },
    ],
    [
      "x-devenv: { ready: { exec: [pg_isready, -q], within: 1m } }",
      { ready: { kind: "exec", command: ["pg_isready", "-q"], withinMs: 60_000 } },
    ],
    [
      "x-devenv: { ready: { exec: 'test -e /tmp/up' } }",
      { ready: { kind: "exec", command: "test -e /tmp/up", withinMs: 10_000 } },
    ],
    [
      "x-devenv: { ready: { log: 'listening on .*:\\d+' } }",
      { ready: { kind: "log", pattern: "listening on .*:\\d+", withinMs: 10_000 } },
    ],
    ["x-devenv: { restart: signal HUP }", { swapRestart: { kind: "signal", signal: "HUP" } }],
    [
      "x-devenv: { restart: { exec: [supervisorctl, restart, books] } }",
      { swapRestart: { kind: "exec", command: ["supervisorctl", "restart", "books"] } },
    ],
    ["x-devenv: { restart: { exec: kill -USR2 7 } }", { swapRestart: { kind: "exec", command: "kill -USR2 7" } }],
    ["x-devenv: { restart: { signal: SIGHUP } }", { swapRestart: { kind: "signal", signal: "SIGHUP" } }],
    ["x-devenv: { restart: none, artifact: tree }", { swapRestart: { kind: "none" }, artifact: "tree" }],
  ])("%s", async (line, expected) => {
    expect(await loadService(line, { SET: "here" })).toMatchObject(expected);
  });
});

test("a service that is edited knows its repository, its build and its probe", async () => {
  const { services } = await load(`
x-devenv: { repos: [{ path: repos/books }] }
services:
  books:
    image: scratch
    command: /devenv/bin/books
    expose: ["8080"]
    x-devenv: { repo: repos/books, build: { go: ./cmd/books }, ready: { http: /healthz } }
  web:
    build: ./web
    x-devenv: { repo: repos/books/web, build: { command: npm run build }, artifact: tree }
`);
  expect(services).toMatchObject([
    {
      repo: "/nowhere/shop/repos/books",
      build: { kind: "go", packages: ["./cmd/books"], tags: [], cgo: false, env: {} },
      ready: { kind: "http", path: "/healthz", port: 8080, withinMs: 10_000 },
      swapRestart: { kind: "process" },
    },
    { image: "shop-web", build: { kind: "command", command: "npm run build" }, swapRestart: { kind: "container" } },
  ]);
});

describe("a service is built", () => {
  test.each([
    [
      "build: { go: [./cmd/a], tags: [x], cgo: yes, env: [A=1, PATH] }",
      { artifact: "tree", build: { kind: "go", packages: ["./cmd/a"], tags: ["x"], cgo: true, env: { A: "1" } } },
    ],
    ["build: { go: ./... }", { artifact: "tree", build: { packages: ["./..."] } }],
    [
      "build: { cargo: books }",
      { artifact: "file", build: { kind: "cargo", binaries: ["books"], profile: "dev", features: [], env: {} } },
    ],
    ["build: { node: build }", { artifact: "tree", build: { kind: "node", script: "build", output: "dist" } }],
    [
      "build: { node: build, output: out/app.js }, artifact: file",
      { artifact: "file", build: { output: "out/app.js" } },
    ],
  ])("by %s", async (line, expected) => {
    const text = `services: { a: { image: x, x-devenv: { repo: repos/a, ${line} } } }`;
    const { services } = await load(`x-devenv: { repos: [{ path: repos/a }] }\n${text}\n`);
    expect(services[0]).toMatchObject(expected);
  });
});

describe("dependencies", () => {
  test("as a list wait for the start", async () => {
    const { services } = await load("services: { a: { image: x, depends_on: [b] }, b: { image: y } }");
    expect(services[0]?.dependsOn).toEqual([{ service: "b", condition: "service_started", required: true }]);
  });

  test("as a mapping say what they wait for", async () => {
    const { services } = await load(`
services:
  a: { image: x, depends_on: { b: { condition: service_healthy }, c: { condition: service_completed_successfully, required: false } } }
  b: { image: y, healthcheck: { test: [CMD, ok] } }
  c: { image: z }
`);
    expect(services[0]?.dependsOn).toEqual([
      { service: "b", condition: "service_healthy", required: true },
      { service: "c", condition: "service_completed_successfully", required: false },
    ]);
  });
});

describe("where values come from", () => {
  const ENV = `${WORKSPACE}/profiles/.env`;

  test("the environment goes before .env beside the profile", async () => {
    const text = "services: { a: { image: '${FROM_ENV}:${FROM_BOTH}' } }";
    const files = { [ENV]: "FROM_ENV='quoted'\nFROM_BOTH=file\n# a comment\n" };
    const { services } = await load(text, { FROM_BOTH: "environment" }, files);
    expect(services[0]?.image).toBe("quoted:environment");
  });

  test("env_file is read in its order, and environment goes before it", async () => {
    const files = {
      [`${WORKSPACE}/profiles/one.env`]: 'A=1\nB=1\nC="1 1"\n',
      [`${WORKSPACE}/two.env`]: "B=2\nCLUSTER_ENV=two\n",
    };
    const text = "services: { a: { image: x, env_file: [one.env, ../two.env], environment: { A: 3 } } }";
    const { services } = await load(text, {}, files);
    expect(services[0]?.environment).toEqual({ A: "3", B: "2", C: "1 1", CLUSTER_ENV: "two" });
  });

  test("a variable named like a method of objects is not set", async () => {
    const text = "services: { a: { image: 'x${constructor:-}${__proto__:-}' } }";
    expect((await load(text)).services[0]?.image).toBe("x");
  });

  test("anchors and merge keys work", async () => {
    const { services } = await load(
      `
x-base: &base { image: "\${IMAGE}", environment: &env { A: 1 } }
services:
  a: { <<: *base }
  b:
    <<: [*base]
    environment: { <<: *env, B: 2 }
`,
      { IMAGE: "x:1" },
    );
    expect(services).toMatchObject([
      { image: "x:1", environment: { A: "1" } },
      { image: "x:1", environment: { A: "1", B: "2" } },
    ]);
  });
});

test("every profile of this repository loads", async () => {
  const folder = resolve(import.meta.dirname, "../../../profiles");
  const files = (await readdir(folder)).filter((name) => name.endsWith(".yaml"));
  expect(files).toContain("books.yaml");
  for (const file of files) {
    const options = { workspace: resolve(folder, ".."), environment: {}, home: "/home/ada" };
    const profile = await loadProfile(join(folder, file), options);
    expect(profile.services.length).toBeGreaterThan(0);
  }
});

describe("how often repositories are pulled", () => {
  const every = (text: string) => load(`x-devenv: { repos_every: ${text} }\n${MINIMAL}`);

  test("is what the profile says, and never where it says nothing or 0", async () => {
    expect((await every("10m")).reposEveryMs).toBe(600_000);
    for (const never of ["0", '"0"', "0s"]) expect((await every(never)).reposEveryMs).toBeUndefined();
    expect((await load(MINIMAL)).reposEveryMs).toBeUndefined();
  });

  test("is no more often than servers bear, and no longer than a timer counts", async () => {
    const problemOf = async (text: string) => {
      const [problem] = (await failureOf(every(text))).problems;
      return { message: problem?.message, at: problem?.where };
    };
    const at = { line: 1, column: 26 };
    expect(await problemOf("1s")).toMatchObject({ message: "repos_every: the shortest is 30s", at });
    expect(await problemOf("30d")).toMatchObject({ message: "repos_every: the longest is 7d", at });
    expect(await problemOf("10")).toMatchObject({ message: "repos_every: the duration 10 has no unit", at });
  });
});
