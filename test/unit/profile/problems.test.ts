// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Compose's variables are what is tested
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Failure } from "../../../src/model/failure.ts";
import { FILE, failureOf, load, loadService, problemsOf } from "./loading.ts";

/** Problems of a text; the first line of a template is empty, so line 2 is its first. */
const problems = (text: string, environment = {}) => problemsOf(load(text, environment));
/** Problems of a service with this line: line 4, from column 5. */
const lineProblems = (line: string) => problemsOf(loadService(line));

test("a problem names the file, the line, the column and the line itself", async () => {
  const failure = await failureOf(load("services:\n  a:\n    image: x\n    imagee: y\r\n"));
  expect(failure).toMatchObject({ class: "user", exitCode: 2, message: "shop.yaml has a problem" });
  const where = { file: FILE, line: 4, column: 5, text: "    imagee: y" };
  expect(failure.where).toEqual(where);
  expect(failure.problems).toMatchObject([
    {
      message: "unknown key imagee under services.a",
      where,
      hint: "did you mean image?",
    },
  ]);
});

test("all problems of a file come at once, from its top to its end", async () => {
  const failure = await failureOf(
    load(`
name: Shop
servces: {}
x-devenv: { provider: dockr, watch: { quiet: 2s, max_wait: 1s } }
services:
  a:
    imagee: x
    depends_on: [bb]
    stop_grace_period: 10
    x-devenv: { build: { go: ./cmd/a } }
  b: { image: "\${NOT_SET?}", ports: ["80:80", "x"] }
`),
  );
  expect(failure.message).toBe("shop.yaml has 10 problems");
  expect(failure.problems.map(({ where }) => `${where?.line}:${where?.column}`)).toEqual([
    "2:7",
    "3:1",
    "4:23",
    "4:30",
    "7:5",
    "8:18",
    "9:24",
    "10:17",
    "11:16",
    "11:47",
  ]);
});

describe("YAML that cannot be read", () => {
  test.each([
    ["a: [1, 2\nb: 3", "2:1 YAML: Flow sequence in block collection must be sufficiently indented and end with a ]"],
    ["services:\n\ta: 1", "2:1 YAML: Tabs are not allowed as indentation"],
    ["services: !mine {}", "1:11 YAML: Unresolved tag: !mine"],
    ["services:\n  a: *none", "2:6 *none stands for nothing (no &none comes before it)"],
    ["services: &s\n  a: *s", "2:6 *s is inside of what it stands for"],
    ["services:\n  <<: [1]", "2:3 << merges a mapping, and here is something else"],
    ["[".repeat(20_000), "1:1 the YAML is nested too deeply"],
  ])("%.40j", async (text, expected) => {
    expect((await problems(text))[0]).toContain(expected);
  });

  test("a key that is there twice is told with everything else", async () => {
    expect(await problems("services:\n  a:\n    image: x\n    image: y\n    init: maybe\n")).toEqual([
      "4:5 image is there twice in the same mapping",
      "5:11 init: maybe is neither true nor false",
    ]);
  });
});

describe("a file that is no profile", () => {
  test.each([
    ["", "1:1 the file must be a mapping, and is empty"],
    ["just words", "1:1 the file must be a mapping, and is the text just words"],
    ["- a\n- b", "1:1 the file must be a mapping, and is a list"],
    ["name: shop", "1:1 services is missing (it must be a mapping)"],
    ["services: {}", "1:1 there is no service in this profile"],
    ["services:", "1:1 services must be a mapping, and is empty"],
    ["services:\n  a:\n", "2:3 a must be a mapping, and is empty"],
  ])("%j", async (text, expected) => {
    expect(await problems(text)).toEqual([expected]);
  });

  test("that is not there is told by its path", async () => {
    const missing = await failureOf(
      load("", {}, {}).catch(async () => {
        const { loadProfile } = await import("../../../src/profile/load-profile.ts");
        return loadProfile("/nowhere/at/all.yaml", { workspace: "/nowhere", environment: {}, home: "/" });
      }),
    );
    expect(missing.message).toBe("the profile /nowhere/at/all.yaml: there is no such file");
  });
});

describe("a wrong line of a service", () => {
  test.each([
    ["working_dir: [x]", "4:18 working_dir must be a text, and is a list"],
    [
      "command: a && b",
      '4:14 command: && in the command a && b needs a shell (no shell runs this command; write [sh, -c, "…"])',
    ],
    ["command: [sleep, 10]", '4:22 command[1] must be a text, and is the number 10 (write "10" in quotes)'],
    ["command: { a: 1 }", "4:14 command must be a text or a list or empty, and is a mapping"],
    ["environment: x", "4:18 environment must be a mapping or a list, and is the text x"],
    ["environment: { A: [1] }", "4:23 A must be a text or a number or true or false or empty, and is a list"],
    ["environment: ['=1']", "4:18 environment: a key is missing before ="],
    [
      "environment: { A: 2020-01-01 }",
      '4:23 2020-01-01 is a date to Compose, which it refuses (write "2020-01-01" in quotes)',
    ],
    ["env_file: none.env", "4:15 the env_file /nowhere/shop/profiles/none.env is not there"],
    ["env_file: [none.env]", "4:16 the env_file /nowhere/shop/profiles/none.env is not there"],
    ["ports: ['80:80', x]", expect.stringMatching(/^4:22 ports\[1\]: x is not a port \(write "8081:8080"/)],
    ["ports: 80", "4:12 ports must be a list, and is the number 80"],
    ["expose: [80/foo]", "4:14 expose[0]: foo is no protocol of a port (tcp, udp or sctp)"],
    ["volumes: ['dat:/x']", "4:15 the volume dat is not declared; a folder is written ./dat (did you mean data?)"],
    [
      "volumes: ['x:/x']",
      "4:15 the volume x is not declared; a folder is written ./x (declare it at the top, volumes: { x: {} })",
    ],
    ["volumes: [x]", expect.stringContaining("4:15 volumes[0]: the target x is not an absolute path")],
    ["tmpfs: run", "4:12 tmpfs: run is not an absolute path (write /run or /run:size=64m)"],
    ["depends_on: [b]", "4:18 a depends on b, which is no service of this profile (the services are only this one)"],
    ["depends_on: { a: { condition: service_started } }", "4:19 a waits for itself"],
    ["depends_on: { b: {} }", expect.stringContaining("4:22 condition is missing under services.a.depends_on.b")],
    ["healthcheck: { test: [ls] }", "4:26 test: must begin with CMD, CMD-SHELL, NONE"],
    ["healthcheck: { test: a, retries: x }", "4:38 retries: x is not a whole number"],
    ["healthcheck: { test: a, interval: 5 }", "4:39 interval: the duration 5 has no unit (write 5s or 5ms)"],
    ["healthcheck: { tst: a }", "4:20 unknown key tst under services.a.healthcheck (did you mean test?)"],
    ["user: 1000", '4:11 user must be a text, and is the number 1000 (write "1000" in quotes)'],
    ["restart: sometimes", "4:14 restart: must be no, always, unless-stopped, on-failure or on-failure:3"],
    ["stop_signal: '@'", "4:18 stop_signal: must be a signal's name, SIGHUP for example"],
    ["networks: [a]", "4:16 the network a is not declared (declare it at the top, networks: { a: {} })"],
    [
      "deploy: { placement: { max_replicas_per_node: 1 } }",
      "4:15 placement under services.a.deploy is not supported: only Docker Swarm has nodes to choose from (take it away)",
    ],
    [
      "volumes: [{ type: volume, target: /d, volume: { labels: [a] } }]",
      "4:53 labels under services.a.volumes[0].volume is not supported: labels are of a volume at the top (declare the volume at the top, with labels)",
    ],
    [
      "nothing_like_it: 1",
      "4:5 unknown key nothing_like_it under services.a (docs/compose.md lists what is supported)",
    ],
    ["x-devnv: {}", "4:5 unknown key x-devnv under services.a (did you mean x-devenv?)"],
    ["x-devenv: { build: { go: a } }", "4:17 a has x-devenv.build but no x-devenv.repo (repo: the folder to build in)"],
    [
      "x-devenv: { repo: r }",
      "4:23 r is neither among x-devenv.repos nor a folder of the workspace (looked for /nowhere/shop/r)",
    ],
    ["x-devenv: { build: {} }", expect.stringContaining("build: needs go, cargo, node or command")],
    [
      "x-devenv: { build: { crago: a } }",
      "4:26 unknown key crago under services.a.x-devenv.build (did you mean cargo?)",
    ],
    ["x-devenv: { build: { go: ., cargo: a } }", expect.stringContaining("build: has go and cargo; one is meant")],
    ["x-devenv: { build: { go: -x } }", "4:30 go: must be a Go package, ./cmd/books for example"],
    ["x-devenv: { build: { go: [] } }", "4:30 go: needs one at least"],
    ["x-devenv: { build: { cargo: a b } }", "4:33 cargo: must be the name of a binary, as cargo build --bin takes it"],
    [
      "x-devenv: { build: { cargo: a, tags: [x] }, repo: repos/a }",
      "4:42 tags: is a key of go, and this builds with cargo",
    ],
    [
      "x-devenv: { build: { node: b, output: ../x }, repo: repos/a }",
      "4:43 output: must be a path inside of the repository",
    ],
    [
      "x-devenv: { build: { command: b, output: x }, repo: repos/a }",
      "4:46 output: is a key of node, and this builds with command",
    ],
    [
      "x-devenv: { build: { go: ., env: { CGO_ENABLED: 1 } }, repo: repos/a }",
      "4:38 env: CGO_ENABLED is devenv's to set (write cgo: true beside go)",
    ],
    [
      "x-devenv: { build: { go: [a, b] }, artifact: file, repo: repos/a }",
      "4:50 a builds several programs, and they make no file (write artifact: tree, or leave it out)",
    ],
    ["x-devenv: { ready: { http: /, tcp: true, port: 1 } }", "4:24 ready: has http and tcp; one is meant"],
    ["x-devenv: { ready: { http: healthz, port: 1 } }", "4:32 http: must be a path that begins with /"],
    ["x-devenv: { ready: { exec: [], within: 1s } }", "4:32 exec: must not be empty"],
    ["x-devenv: { ready: { exec: [a], port: 80 } }", "4:43 port: goes with http and tcp; exec asks no port"],
    [
      "x-devenv: { ready: { log: '(' } }",
      expect.stringMatching(/^4:31 log: is no regular expression: .*Unterminated group/),
    ],
    ["x-devenv: { ready: {} }", "4:24 ready: needs http, tcp, exec or log"],
    ["x-devenv: { restart: signal hup }", "4:26 signal: must be a signal's name, SIGHUP for example"],
    ["x-devenv: { restart: { signal: HUP, exec: [a] } }", "4:26 restart: has signal and exec; one is meant"],
    ["x-devenv: { ready: { tcp: true } }", "4:17 the ready probe of a names no port (port: 8080)"],
    ["x-devenv: { ready: { tcp: true, port: 0 } }", "4:43 port: the port 0 is not between 1 and 65535"],
    [
      "x-devenv: { restart: proces }",
      "4:26 restart must be one of process, container, none, and is proces (did you mean process?)",
    ],
    [
      "x-devenv: { restart: { signl: HUP } }",
      "4:28 unknown key signl under services.a.x-devenv.restart (did you mean signal?)",
    ],
    [
      "x-devenv: { restart: process }",
      "4:26 a restarts its process but has no command (write the program under command: devenv's supervisor starts it)",
    ],
    [
      "command: [a]\n    stop_signal: SIGHUP\n    x-devenv: { repo: repos/a, build: { go: . } }",
      expect.stringContaining("5:18 a would restart instead of stop (HUP tells devenv's supervisor"),
    ],
    ["x-devenv: { artifact: tre }", "4:27 artifact must be file or tree, and is tre (did you mean tree?)"],
  ])("%s", async (line, expected) => {
    expect((await lineProblems(line))[0]).toEqual(expected);
  });
});

describe("a wrong line at the top", () => {
  const service = "services: { a: { image: x } }";
  test.each([
    ["name: My Shop", "1:7 name: must be small letters, digits, _ and -, the first a letter or a digit"],
    [
      "models: {}",
      "1:1 models at the top is not supported: devenv runs no language models (run the model's server as a service)",
    ],
    ["volumes: { d: { diver: local } }", "1:17 unknown key diver under volumes.d (did you mean driver?)"],
    [
      "x-devenv: { provider: podman }",
      "1:23 provider must be one of auto, docker, engine, minikube, vm, ssh, and is podman",
    ],
    ["x-devenv: { artifacts: { source: files:./ci } }", expect.stringContaining("(did you mean file?)")],
    ["x-devenv: { repos: [{ url: x }] }", "1:21 path is missing under x-devenv.repos[0] (it must be a text)"],
    ["x-devenv: { watch: { quiet: 25 } }", "1:29 quiet: the duration 25 has no unit (write 25s or 25ms)"],
    ["x-devenv: { secrets: ~ }", "1:22 secrets must be a text or a mapping, and is empty"],
  ])("%s", async (line, expected) => {
    expect(await problems(`${line}\n${service}`)).toEqual([expected]);
  });

  test("a service's name must be a host name", async () => {
    expect(await problems("services:\n  'a b': { image: x }")).toEqual([
      "2:3 a b is no name of a service: letters, digits, . _ -",
    ]);
  });
});

describe("services that do not fit together", () => {
  test("a dependency on a service that is not there names the nearest", async () => {
    expect(
      await problems(
        "services:\n  web: { image: x, depends_on: { boks: { condition: service_started } } }\n  books: { image: y }",
      ),
    ).toEqual(["2:34 web depends on boks, which is no service of this profile (did you mean books?)"]);
  });

  test("a circle of dependencies is spelled out", async () => {
    expect(
      await problems(`
services:
  a: { image: x, depends_on: [b] }
  b: { image: x, depends_on: { c: { condition: service_started } } }
  c: { image: x, depends_on: [d, a] }
  d: { image: x }
`),
    ).toEqual(["5:34 services wait for each other: a -> b -> c -> a"]);
  });

  test("waiting for the health of a service that tells none", async () => {
    expect(
      await problems(`
services:
  a: { image: x, depends_on: { b: { condition: service_healthy } } }
  b: { image: x, healthcheck: { disable: true } }
`),
    ).toEqual([
      "3:32 a waits for b to be healthy, which nothing would tell (give b a healthcheck or x-devenv.ready, or wait for service_started)",
    ]);
  });

  test.each([
    ["8080:80", "8080:81", true],
    ["8080:80", "0.0.0.0:8080:80", true],
    ["8079-8081:79-81", "8080:80", true],
    ["127.0.0.1:8080:80", "127.0.0.2:8080:80", false],
    ["8080:80", "8080:80/udp", false],
    ["80", "80", false],
  ])("the host's ports of %s and %s clash: %s", async (one, two, clash) => {
    const loading = load(`services:\n  a: { image: x, ports: ["${one}"] }\n  b: { image: x, ports: ["${two}"] }`);
    const expected =
      "3:26 port 8080 of this machine is wanted by b and, in line 2, by a (give one of them another port on the left side of the colon)";
    expect(clash ? await problemsOf(loading) : (await loading).services.length).toEqual(clash ? [expected] : 2);
  });

  test("a port of another file's service", async () => {
    const text = "include: [other.yaml]\nservices:\n  a: { image: x, ports: ['80:80'] }";
    const other = "services:\n  b: { image: x, ports: ['80:80', '443:443'] }";
    const files = { "/nowhere/shop/profiles/other.yaml": other };
    expect(await problemsOf(load(text, {}, files))).toEqual([
      expect.stringMatching(/^\d:26 port 80 of this machine is wanted by [ab] and, in (other|shop)\.yaml:\d, by [ab]/),
    ]);
  });

  test("ten thousand ports of two services are one mistake an entry, and take no time", async () => {
    const text = (name: string) =>
      `  ${name}: { image: x, ports: ["10000-20000:10000-20000/udp", "10000-20000:10000-20000"] }`;
    expect(await problems(`services:\n${text("a")}\n${text("b")}`)).toHaveLength(2);
  });

  test("a probe on a port that the service does not name", async () => {
    const text = "services:\n  a: { image: x, expose: ['80'], x-devenv: { ready: { tcp: true, port: 81 } } }";
    expect(await problems(text)).toEqual([
      '2:72 a is probed on port 81, which it neither publishes nor exposes (the container\'s ports are 80; add expose: ["81"] when it listens there, too)',
    ]);
  });

  test("a service without an image and without a build", async () => {
    expect(await problems("services:\n  a: { command: x }")).toEqual([
      "2:3 a has neither an image nor a build (image: scratch is the empty image)",
    ]);
  });

  test("what only seems to be missing, because it is misspelt or wrong, is not told a second time", async () => {
    expect(await problems("services:\n  a: { imagee: x }\n  b: { image: 1 }")).toHaveLength(2);
    expect(await problems("services:\n  a: { image: x, depends_on: [b] }\n  b: 1")).toHaveLength(1);
  });
});

describe("variables", () => {
  test("that must be set or are malformed are told where they stand, in any style of text", async () => {
    const text = `
services:
  a:
    image: "x:\${TAG?}"
    command: |
      sh -c
      \${WHAT:?say what}
    hostname: \${A?} \${A?}
    user: a\${}
`;
    expect((await problems(text)).map((line) => line.replace(/ \(.*/, ""))).toEqual([
      "4:15 ${TAG?}: TAG is not set",
      "7:7 ${WHAT:?say what}: WHAT is not set: say what",
      "8:15 ${A?}: A is not set",
      "8:21 ${A?}: A is not set",
      "9:12 ${} is not a variable",
    ]);
  });

  test("that are not set are empty, and warnings that say how to set them", async () => {
    const { services, warnings } = await load("services: { a: { image: 'x$TAG', hostname: '${HOST}y' } }");
    expect(services[0]).toMatchObject({ image: "x", hostname: "y" });
    expect(warnings).toMatchObject([
      {
        message: "$TAG: TAG is not set, and is taken as empty",
        where: { file: FILE, line: 1, column: 27 },
        hint: "set TAG in the environment or in .env beside the profile, or write ${TAG:-} where nothing is meant, $$TAG for the container's own",
      },
      { message: "${HOST}: HOST is not set, and is taken as empty", where: { line: 1, column: 45 } },
    ]);
  });

  test("that are not set are the cause that is told where an empty text is wrong", async () => {
    expect(await problems("services: { a: { image: $TAG } }")).toEqual([
      "1:25 image: must not be empty ($TAG: TAG is not set, and is taken as empty)",
    ]);
  });
});

test("what stands behind an anchor is told once, where it is written", async () => {
  expect(
    await problems(`
x-base: &base
  image: x
  init: maybe
services:
  a: { <<: *base }
  b: { <<: *base }
`),
  ).toEqual(["4:9 init: maybe is neither true nor false"]);
});

test("a name that is taken from the file must be a name, too", async () => {
  const { loadProfile } = await import("../../../src/profile/load-profile.ts");
  const readFile = async (path: string) => {
    if (path.endsWith(".env")) throw Object.assign(new Error(path), { code: "ENOENT" });
    return "services: { a: { image: x } }";
  };
  const loading = loadProfile("/w/___.yaml", { workspace: "/w", environment: {}, home: "/", readFile });
  expect(await problemsOf(loading)).toEqual([
    "1:1 ___, the file's name, is no name for a cluster (write name: at the top of the profile)",
  ]);
});

test("whatever is in a file, it is a profile or a Failure", async () => {
  const words = [
    "services",
    "a",
    "b",
    "image",
    "x",
    ":",
    ": ",
    "\n",
    "  ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    ",",
    '"',
    "'",
    "&a ",
    "*a",
    "<<",
  ];
  const more = [
    "#",
    "|",
    ">",
    "!",
    "? ",
    "$",
    "${",
    "x-devenv",
    "ready",
    "ports",
    "80",
    "~",
    "1.5",
    "true",
    "depends_on",
    "\t",
    "---",
    "%",
    "\\",
  ];
  const anything = fc.string({ unit: fc.constantFrom(...words, ...more), maxLength: 60 });
  const shaped = anything.map((text) => `services:\n  a:\n    image: x\n    ${text}\n`);
  await fc.assert(
    fc.asyncProperty(fc.oneof(anything, shaped, fc.string()), async (text) => {
      const thrown = await load(text).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (thrown === undefined) return;
      expect(thrown).toBeInstanceOf(Failure);
      expect((thrown as Failure).class).toBe("user");
      for (const { where } of (thrown as Failure).problems) expect(where?.line).toBeGreaterThan(0);
    }),
    { numRuns: 400 },
  );
});
