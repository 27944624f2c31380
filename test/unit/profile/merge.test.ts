import { describe, expect, test } from "vitest";
import { merged, mergedService, wrongWith } from "./assembling.ts";

describe("a second file goes over the first", () => {
  test.each<[string, string, string, object]>([
    ["a text is replaced", "image: x", "image: y", { image: "y" }],
    ["what only one of them says stays", "image: x", "hostname: h", { image: "x", hostname: "h" }],
    ["an empty value changes nothing", "image: x\nports: [80]", "image:\nports:", { image: "x", ports: [80] }],
    [
      "mappings merge",
      "deploy: { a: 1, b: { c: 1 } }",
      "deploy: { b: { d: 2 } }",
      { deploy: { a: 1, b: { c: 1, d: 2 } } },
    ],
    ["lists append", "cap_add: [A, B]", "cap_add: [C, A]", { cap_add: ["A", "B", "C"] }],
    ["a command is replaced", "command: [a, b]", "command: c", { command: "c" }],
    ["a command that is empty now is so", "command: [a, b]", "command:", { command: null }],
    ["an entrypoint is replaced", "entrypoint: [a]", "entrypoint: [b]", { entrypoint: ["b"] }],
    [
      "a health check's test is replaced, the rest of it merged",
      "healthcheck: { test: [CMD, a], interval: 1s }",
      "healthcheck: { test: b, retries: 2 }",
      { healthcheck: { test: "b", interval: "1s", retries: 2 } },
    ],
    [
      "environments merge by key, whichever way they are written",
      "environment: [A=1, B=x=y, C]",
      "environment: { A: 2, D: }",
      { environment: { A: 2, B: "x=y", C: null, D: null } },
    ],
    ["two lists of an environment, too", "environment: [A=1]", "environment: [A=2]", { environment: { A: "2" } }],
    [
      "a key alone goes over its value",
      "environment: { A: 1, B: 1 }",
      "environment: { A: , B: }",
      {
        environment: { A: null, B: null },
      },
    ],
    ["in a list, too", "environment: [A=1]", "environment: [A]", { environment: { A: null } }],
    ["labels merge by key", "labels: { a: 1 }", "labels: [b=2, c]", { labels: { a: 1, b: "2", c: null } }],
    ["sysctls merge by key", "sysctls: [a=1]", "sysctls: { a: 2 }", { sysctls: { a: 2 } }],
    ["annotations merge by key", "annotations: [a=1]", "annotations: [b=1]", { annotations: { a: "1", b: "1" } }],
    [
      "arguments of a build merge by key, and a text is its folder",
      "build: /x",
      "build: { args: [A=1] }",
      { build: { context: "/x", args: ["A=1"] } },
    ],
    [
      "and those of two",
      "build: { context: /x, args: [A=1] }",
      "build: { args: { B: 2 } }",
      {
        build: { context: "/x", args: { A: "1", B: 2 } },
      },
    ],
    [
      "dependencies are a list or a mapping",
      "depends_on: [b, c]",
      "depends_on: { b: { condition: service_healthy } }",
      { depends_on: { b: { condition: "service_healthy" }, c: { condition: "service_started" } } },
    ],
    [
      "networks are a list or a mapping",
      "networks: [n, m]",
      "networks: { n: { aliases: [x] } }",
      { networks: { n: { aliases: ["x"] }, m: null } },
    ],
    ["DNS servers are one or many", "dns: 1.1.1.1", "dns: [2.2.2.2, 1.1.1.1]", { dns: ["1.1.1.1", "2.2.2.2"] }],
    ["files of variables are one or many", "env_file: /a", "env_file: [/b, /a]", { env_file: ["/a", "/b"] }],
    ["a tmpfs is replaced by its path", "tmpfs: /t:size=1m", "tmpfs: [/t, /u]", { tmpfs: ["/t", "/u"] }],
    [
      "hosts append",
      "extra_hosts: { h: 1.1.1.1 }",
      "extra_hosts: ['k:2.2.2.2']",
      { extra_hosts: ["h=1.1.1.1", "k:2.2.2.2"] },
    ],
    [
      "options of the same logging driver merge",
      "logging: { driver: d, options: { a: 1 } }",
      "logging: { options: { b: 2 } }",
      { logging: { driver: "d", options: { a: 1, b: 2 } } },
    ],
    [
      "options of another logging driver are gone",
      "logging: { driver: d, options: { a: 1 } }",
      "logging: { driver: e }",
      { logging: { driver: "e" } },
    ],
    [
      "limits are a number or a mapping",
      "ulimits: { nofile: 1, nproc: { soft: 1, hard: 2 } }",
      "ulimits: { nofile: { soft: 3, hard: 4 }, nproc: 5 }",
      { ulimits: { nofile: { soft: 3, hard: 4 }, nproc: 5 } },
    ],
  ])("%s", async (_what, base, over, expected) => {
    expect(await mergedService(base, over)).toEqual(expected);
  });

  test("subnets of a network are told apart by their address", async () => {
    const pools = (config: string) => `services: {}\nnetworks: { n: { ipam: { config: [${config}] } } }`;
    const files = {
      "a.yaml": pools("{ subnet: 10.0.0.0/8, gateway: 10.0.0.1 }"),
      "b.yaml": pools("{ subnet: 10.0.0.0/8, ip_range: r }, { subnet: 11.0.0.0/8 }"),
    };
    expect((await merged(files)).networks).toEqual({
      n: { ipam: { config: [{ subnet: "10.0.0.0/8", gateway: "10.0.0.1", ip_range: "r" }, { subnet: "11.0.0.0/8" }] } },
    });
  });
});

describe("a list says nothing twice", () => {
  test.each<[string, string, string, object]>([
    [
      "a port is the same by address, both ports and protocol",
      "ports: ['80:80', '127.0.0.1:80:80', '80:80/udp', '81']",
      "ports: [{ target: 80, published: 80 }, { target: 80, published: 80, protocol: udp }, 81]",
      {
        ports: [{ target: 80, published: 80 }, "127.0.0.1:80:80", { target: 80, published: 80, protocol: "udp" }, 81],
      },
    ],
    [
      "a port of a range is there already",
      "ports: ['8000-8002:8000-8002']",
      "ports: ['8001:8001', '9001:8001']",
      { ports: ["8000-8002:8000-8002", "9001:8001"] },
    ],
    [
      "a mount is the same by its target",
      "volumes: ['data:/x', 'data:/y/', '/z']",
      "volumes: [{ type: volume, source: other, target: /x }, '/host:/y:ro', '/z']",
      { volumes: [{ type: "volume", source: "other", target: "/x" }, "/host:/y:ro", "/z"] },
    ],
    [
      "a secret is the same by its path in the container",
      "secrets: [s]",
      "secrets: [{ source: t, target: s }, { source: t, target: /run/secrets/u }, u]",
      { secrets: [{ source: "t", target: "s" }, "u"] },
    ],
    [
      "a config, too",
      "configs: [c]",
      "configs: [{ source: d, target: /c }]",
      { configs: [{ source: "d", target: "/c" }] },
    ],
    ["a device is the same by its path", "devices: ['/dev/a:/dev/x']", "devices: [/dev/x]", { devices: ["/dev/x"] }],
    ["an exposed port is", "expose: [80]", "expose: ['80', 81]", { expose: ["80", 81] }],
  ])("%s", async (_what, base, over, expected) => {
    expect(await mergedService(base, over)).toEqual(expected);
  });

  test("within one file, too: the later of two holds, at the place of the first", async () => {
    const { services } = await merged({
      "a.yaml": "services: { a: { environment: [A=1, B=1, A=2], dns: [x, x], networks: { n: { aliases: [y, y] } } } }",
    });
    expect(services.a).toEqual({ environment: ["A=2", "B=1"], dns: ["x"], networks: { n: { aliases: ["y"] } } });
  });
});

describe("!reset and !override", () => {
  const BASE = "image: x\nports: ['80:80']\nenvironment: { A: 1, B: 2 }\nlabels: [a=1]\ncommand: [c]";

  test("!reset takes away what the other file says", async () => {
    const over = "ports: !reset []\nenvironment: { A: !reset null, C: 3 }\ncommand: !reset\nlabels: !reset { b: 2 }";
    expect(await mergedService(BASE, over)).toEqual({ image: "x", environment: { B: 2, C: 3 } });
  });

  test("!override puts its value in the place of the other", async () => {
    const over = "ports: !override ['81:81']\nenvironment: !override { C: 3 }\nlabels: !override [b=2]";
    const expected = { image: "x", command: ["c"], ports: ["81:81"], environment: { C: 3 }, labels: ["b=2"] };
    expect(await mergedService(BASE, over)).toEqual(expected);
  });

  test("whole services and sections", async () => {
    const base = "services: { a: { image: x }, b: { image: y } }\nvolumes: { v: {} }";
    const over = "services: { b: !reset null }\nvolumes: !override { w: }";
    expect(await merged({ "base.yaml": base, "over.yaml": over })).toMatchObject({
      services: { a: { image: "x" } },
      volumes: { w: null },
    });
    expect((await merged({ "base.yaml": base, "over.yaml": over })).services.b).toBe(undefined);
  });

  test("in a single file the first is nothing, and the second what it marks", async () => {
    const { services } = await merged({
      "a.yaml": "services: { a: { image: !override x, ports: !reset [80], init: !override true } }",
    });
    expect(services.a).toEqual({ image: "x", init: true });
  });

  test("behind an alias and a merge key", async () => {
    const over = "x-m: &m { ports: !override ['81:81'] }\nx-r: &r !reset null\nservices: { a: { <<: *m, labels: *r } }";
    const files = { "base.yaml": `services:\n  a:\n    ${BASE.replaceAll("\n", "\n    ")}`, "over.yaml": over };
    const { services } = await merged(files);
    expect(services.a).toMatchObject({ ports: ["81:81"] });
    expect(services.a).not.toHaveProperty("labels");
  });
});

test("documents of one file are merged like files", async () => {
  const text =
    "services: { a: { image: x, ports: [80] } }\n---\nservices: { a: { ports: [81] }, b: { image: y } }\n---\n";
  expect((await merged({ "a.yaml": text })).services).toEqual({
    a: { image: "x", ports: [80, 81] },
    b: { image: "y" },
  });
});

test("of x-devenv a later file changes what it says, and what is one choice is replaced", async () => {
  const base = `x-devenv: { provider: engine, secrets: s, repos: [{ path: a, url: u }, { path: b }] }
services:
  a: { x-devenv: { mode: { host: 80 }, build: { go: . }, restart: { signal: HUP }, ready: { http: /, port: 1 } } }`;
  const over = `x-devenv: { environment: dev, secrets: { command: c }, repos: [{ path: a }] }
services:
  a: { x-devenv: { mode: ci, build: { command: make }, restart: none, ready: { tcp: true } } }`;
  expect(await merged({ "base.yaml": base, "over.yaml": over })).toMatchObject({
    "x-devenv": {
      provider: "engine",
      environment: "dev",
      secrets: { command: "c" },
      repos: [{ path: "b" }, { path: "a" }],
    },
    services: {
      a: { "x-devenv": { mode: "ci", build: { command: "make" }, restart: "none", ready: { tcp: true, port: 1 } } },
    },
  });
});

test("a probe of another kind has nothing of the first but what both have", async () => {
  const service = await mergedService(
    "x-devenv: { ready: { http: /, port: 1 } }",
    "x-devenv: { ready: { tcp: true } }",
  );
  expect(service).toEqual({ "x-devenv": { ready: { port: 1, tcp: true } } });
  const told = "x-devenv: { ready: { exec: [test, -e, up] } }";
  expect(await mergedService("x-devenv: { ready: { tcp: true, port: 1, within: 5s } }", told)).toEqual({
    "x-devenv": { ready: { exec: ["test", "-e", "up"], within: "5s" } },
  });
  expect(await mergedService("x-devenv: { ready: { exec: [a, b] } }", told)).toEqual({
    "x-devenv": { ready: { exec: ["test", "-e", "up"] } },
  });
});

test("what cannot be merged is told with both places", async () => {
  const files = {
    "base.yaml": "services:\n  a:\n    ports: [80]\n    deploy: {}\n",
    "over.yaml": "services:\n  a:\n    ports: { b: 1 }\n    deploy: x\n",
  };
  const hint = "(write both the same way, or !override before the value to replace the other)";
  expect(await wrongWith(files)).toEqual([
    `over.yaml 3:12 ports is a mapping, and a list in base.yaml:3, which it is merged with ${hint}`,
    `over.yaml 4:13 deploy is a text, and a mapping in base.yaml:4, which it is merged with ${hint}`,
  ]);
});

describe("relative paths are those of the first file's folder", () => {
  test("wherever Compose has paths", async () => {
    const text = `
services:
  a:
    build: { context: ctx, additional_contexts: { x: ./y, z: "docker-image://q" } }
    env_file: [a.env, { path: b.env }]
    label_file: l
    volumes: [./v:/v, ~/h:/h, "n:/n", { type: bind, source: s, target: /t }, { type: volume, source: s, target: /u }]
    develop: { watch: [{ path: src, action: sync }] }
  b: { build: sub }
  c: { build: "https://example.org/c.git#main" }
  d: { build: { dockerfile: D } }
secrets: { s: { file: ./s.txt } }
configs: { c: { file: ~/c.txt } }
volumes:
  n: { driver: local, driver_opts: { o: bind, device: ./dev } }
  o: { driver_opts: { o: "ro,bind", device: ./dev } }
  m: { driver_opts: { device: ./dev } }
`;
    expect(await merged({ "x/a.yaml": "services: {}", "y/b.yaml": text })).toMatchObject({
      services: {
        a: {
          build: {
            context: "/nowhere/shop/x/ctx",
            additional_contexts: { x: "/nowhere/shop/x/y", z: "docker-image://q" },
          },
          env_file: ["/nowhere/shop/x/a.env", { path: "/nowhere/shop/x/b.env" }],
          label_file: "/nowhere/shop/x/l",
          volumes: [
            "/nowhere/shop/x/v:/v",
            "/home/ada/h:/h",
            "n:/n",
            { source: "/nowhere/shop/x/s" },
            { type: "volume", source: "s" },
          ],
          develop: { watch: [{ path: "/nowhere/shop/x/src" }] },
        },
        b: { build: "/nowhere/shop/x/sub" },
        c: { build: "https://example.org/c.git#main" },
        d: { build: { context: "/nowhere/shop/x", dockerfile: "D" } },
      },
      secrets: { s: { file: "/nowhere/shop/x/s.txt" } },
      configs: { c: { file: "/home/ada/c.txt" } },
      volumes: {
        n: { driver_opts: { device: "/nowhere/shop/x/dev" } },
        o: { driver_opts: { device: "/nowhere/shop/x/dev" } },
        m: { driver_opts: { device: "./dev" } },
      },
    });
  });
});
