// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Compose's variables are what is tested
import { readdirSync } from "node:fs";
import { readFile as readText } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Profile } from "../../../src/model/profile.ts";
import { canonicalProfile } from "../../../src/profile/canonical.ts";
import { durationText } from "../../../src/profile/canonical-parts.ts";
import { canonicalYaml } from "../../../src/profile/canonical-yaml.ts";
import { definitionHash, dependenciesFirst } from "../../../src/profile/definition.ts";
import { parseDuration } from "../../../src/profile/duration.ts";
import { loadProfile } from "../../../src/profile/load-profile.ts";
import { fixtures, HOME } from "../../harness/compose/fixture.ts";
import { FILE, load } from "./loading.ts";

const PROFILES = join(import.meta.dirname, "../../../profiles");

const printed = (profile: Profile): string => canonicalYaml(canonicalProfile(profile));

/** What a profile means: without the names of its files, the places in them, and what was left out or odd there. */
function meaning(profile: Profile): unknown {
  const { file, files, warnings, disabled, naming, ...rest } = profile;
  return JSON.parse(JSON.stringify(rest, (key, value: unknown) => (key === "where" ? undefined : value)));
}

describe("a printed profile", () => {
  test.each(readdirSync(PROFILES).filter((name) => name.endsWith(".yaml")))("of %s means the same", async (name) => {
    const workspace = join(PROFILES, "..");
    const options = { workspace, environment: {}, home: "/home/ada" };
    const profile = await loadProfile(join(PROFILES, name), options);
    const text = printed(profile);
    const again = await loadProfile(join(PROFILES, name), { ...options, readFile: reading(text) });
    expect(meaning(again)).toEqual(meaning(profile));
    expect(printed(again)).toBe(text);
  });

  test.each(fixtures().filter(({ expected }) => expected.problems === undefined))(
    "of the fixture $name means the same",
    async ({ files, folder: workspace, environment }) => {
      const profile = await loadProfile(files, { workspace, environment, home: HOME });
      const text = printed(profile);
      const readFile = async (path: string) => (path === files[0] ? text : readText(path, "utf8"));
      const again = await loadProfile(files[0] ?? "", { workspace, environment: {}, home: HOME, readFile });
      expect(meaning(again)).toEqual(meaning(profile));
      expect(again.warnings).toEqual([]);
      expect(printed(again)).toBe(text);
    },
  );

  test("of everything that a service can have means the same", async () => {
    const profile = await load(EVERYTHING);
    const unset = ["isolation", "cpuCount", "cpuPercent", "memorySwappiness", "oomKillDisable"];
    const settings = Object.keys(profile.services[0]?.settings ?? {}).concat(unset);
    expect(settings.length).toBeGreaterThan(35);
    const text = printed(profile);
    expect(meaning(await load(text))).toEqual(meaning(profile));
  });

  test.each([
    `{ source: "file:./ci", jobs: 2, every: 0 }`,
    `{ source: "https://ci.example.org/builds", credentials: { token: T }, ca: ./ca.pem }`,
    `{ source: "jenkins:https://ci/job/{service}", path: "a#b/{service}", config: c, setup: d, policy: exists, build: 7,
       credentials: { user: U, token: T } }`,
    `{ source: "github:a/b", path: c, policy: checksum }`,
    `{ source: "github:a/b", path: c, workflow: w.yml, branch: main, api: "https://git.example.org/api/v3" }`,
    `{ source: "oci:a/b:{build}", path: /c }`,
    `{ source: "oci:a/b:{build}", path: /c, from: daemon }`,
  ])("with artifacts: %s means the same, with a service of another source, too", async (artifacts) => {
    const ci = ["{ jobs: 3 }", '{ source: "file:./other" }', '{ source: "jenkins:http://other/job/x", path: y }'];
    const services = ci.map((own, index) => `  s${index}: { image: x, x-devenv: { ci: ${own} } }\n`).join("");
    const profile = await load(`x-devenv:\n  artifacts: ${artifacts}\nservices:\n${services}`);
    const again = await load(printed(profile));
    expect(meaning(again)).toEqual(meaning(profile));
  });

  test.each([
    "{ go: . }",
    "{ go: [./cmd/a, ./cmd/b], tags: [x, y], cgo: true, env: { A: 1, B: 'a $$ b' } }",
    "{ go: [./cmd/a] }",
    "{ go: ./cmd/..., env: [C=d, E] }",
    "{ cargo: a }",
    "{ cargo: [a, b], profile: release, features: [x], target: x86_64-unknown-linux-musl, env: { A: b } }",
    "{ node: build }",
    "{ node: build, output: build/client/ }",
    "{ command: make }",
  ])("with build: %s means the same", async (build) => {
    const services = `services:\n  a: { image: x, x-devenv: { repo: repos/a, build: ${build} } }\n`;
    const profile = await load(`x-devenv: { repos: [{ path: repos/a }] }\n${services}`);
    const again = await load(printed(profile));
    expect(meaning(again)).toEqual(meaning(profile));
    expect(again.services[0]?.build).toBeDefined();
  });

  test("has no variables any more, and keeps every dollar", async () => {
    const text = "services:\n  a:\n    image: x:$TAG\n    environment: { A: $$5, B: '$${C}' }\n";
    const profile = await load(text, { TAG: "1" });
    expect(profile.services[0]?.environment).toMatchObject({ A: "$5", B: "${C}" });
    expect(printed(profile)).toContain("image: x:1\n");
    const again = await load(printed(profile));
    expect(meaning(again)).toEqual(meaning(profile));
  });

  test("quotes what other readers of YAML take for something else than a text", async () => {
    const words = [
      "yes",
      "no",
      "on",
      "0777",
      "1_000",
      "22:22",
      "1e3",
      "null",
      "~",
      "2026-01-01",
      "0x1f",
      "",
      " a",
      "#",
    ];
    const environment = Object.fromEntries(words.map((word, index) => [`V${index}`, word]));
    const profile = await load(JSON.stringify({ services: { a: { image: "x", environment } } }));
    const text = printed(profile);
    expect(text).toContain('"yes"');
    expect(text).toContain('"22:22"');
    expect((await load(text)).services[0]?.environment).toMatchObject(environment);
  });
});

/** This text in place of the profile; nothing else is there. */
const reading = (text: string) => async (path: string) => {
  if (path.endsWith(".yaml")) return text;
  throw Object.assign(new Error(`no ${path}`), { code: "ENOENT" });
};

test.each([0, 1, 25, 1000, 90_000, 3_600_000, 86_400_000, 3_723_004])("%d ms is written as it is read", (ms) => {
  expect(parseDuration(durationText(ms))).toEqual({ value: ms });
});

test("services come after those they depend on, and otherwise as they are written", async () => {
  const profile = await load(
    "services:\n  a: { image: x, depends_on: [c] }\n  b: { image: x }\n  c: { image: x, depends_on: [b] }\n",
  );
  expect(dependenciesFirst(profile).map(({ name }) => name)).toEqual(["b", "c", "a"]);
});

test("a definition's hash changes with it, and with nothing else", async () => {
  const hash = async (service: string) => {
    const [first] = (await load(`# ${FILE}\nservices: { a: { ${service} } }\n`)).services;
    return first && definitionHash(first);
  };
  const usual = await hash("image: x, labels: { a: '1', b: '2' }");
  expect(usual).toMatch(/^[0-9a-f]{64}$/);
  expect(await hash("labels: [b=2, a=1], image: x, restart: no")).toBe(usual);
  expect(await hash("image: x, labels: { a: '1', b: '3' }")).not.toBe(usual);
});

const EVERYTHING = `
name: all
services:
  a:
    image: x
    build:
      context: .
      dockerfile: D
      target: t
      args: { A: 1 }
      labels: { l: v }
      network: host
      extra_hosts: ["h:1.2.3.4"]
      shm_size: 64m
      platforms: [linux/amd64]
      tags: ["x:1"]
      no_cache: true
      pull: true
      cache_from: [y]
      ulimits: { nofile: 10 }
    entrypoint: [sh]
    command: [-c, "echo $$HOME"]
    ports: ["80", "127.0.0.1:8080-8081:8080-8081", "9000-9010:90", "[::1]:53:53/udp"]
    expose: [1, "2/udp"]
    volumes: [/anon, "data:/d:ro", "./b:/b:z", { type: tmpfs, target: /t, tmpfs: { size: 1m, mode: 0o1777 } }]
    tmpfs: [/run, "/tmp:size=1m"]
    secrets: [one, { source: two, target: /etc/two, uid: "3", gid: "4", mode: 0400 }]
    configs: [three]
    networks:
      default: null
      back:
        aliases: [z]
        ipv4_address: 10.9.0.5
        priority: 3
        link_local_ips: [169.254.8.8]
        driver_opts: { a: b }
        interface_name: eth7
        mac_address: 02:42:ac:11:65:43
        gw_priority: 5
        use_service_name_alias: false
    container_name: cc
    pull_policy: always
    domainname: example.org
    extra_hosts: { h: 1.2.3.4, six: "::1" }
    dns: 1.1.1.1
    dns_search: [example.org]
    dns_opt: [use-vc]
    tty: true
    stdin_open: true
    cap_add: [NET_ADMIN]
    cap_drop: [ALL]
    privileged: true
    security_opt: [no-new-privileges]
    group_add: [27, audio]
    devices: ["/dev/null:/dev/n:r"]
    device_cgroup_rules: ["c 1:3 mr"]
    ulimits: { nofile: { soft: 10, hard: 20 }, nproc: 5 }
    sysctls: [net.core.somaxconn=1024]
    shm_size: 128m
    read_only: true
    ipc: shareable
    pid: host
    uts: host
    userns_mode: host
    cgroup: private
    cgroup_parent: parent
    runtime: runc
    storage_opt: { size: 1G }
    volumes_from: ["b:ro"]
    mem_limit: 1g
    mem_reservation: 512m
    memswap_limit: -1
    cpus: 1.5
    cpu_shares: 100
    cpu_rt_period: 1ms
    cpu_rt_runtime: 500us
    cpuset: 0-1
    pids_limit: 100
    oom_score_adj: 5
    blkio_config:
      weight: 300
      weight_device: [{ path: /dev/sda, weight: 400 }]
      device_read_bps: [{ path: /dev/sda, rate: 1mb }]
      device_write_bps: [{ path: /dev/sda, rate: 2mb }]
      device_read_iops: [{ path: /dev/sda, rate: 100 }]
      device_write_iops: [{ path: /dev/sda, rate: 200 }]
    annotations: { a: b }
    logging: { driver: json-file, options: { max-size: 1m } }
    platform: linux/amd64
    depends_on: { b: { condition: service_completed_successfully, required: false, restart: true } }
    healthcheck: { test: [CMD, ok], interval: 90s, timeout: 1.5s, retries: 2, start_period: 3s, start_interval: 250ms }
    hostname: h
    user: "1000"
    working_dir: /w
    labels: [l=v]
    restart: on-failure:3
    init: true
    stop_signal: SIGINT
    stop_grace_period: 1m30s
    gpus: all
    x-devenv: { mode: "host:9090", ready: { tcp: true, port: 80, within: 3s } }
  b:
    image: y
    network_mode: none
    deploy: { replicas: 3 }
    healthcheck: { disable: true }
    x-devenv: { mode: "remote:https://example.org/x", ready: { exec: "test $$UP = 1" }, restart: signal HUP }
  c:
    image: z
    x-devenv: { ready: { log: 'up: $$1.', within: 90s }, restart: { exec: [supervisorctl, restart, c] } }
networks:
  back:
    driver: bridge
    driver_opts: { a: b }
    internal: true
    attachable: true
    enable_ipv6: true
    enable_ipv4: true
    labels: [l=v]
    ipam: { driver: default, config: [{ subnet: 10.9.0.0/24, ip_range: 10.9.0.0/28, gateway: 10.9.0.1, aux_addresses: { h: 10.9.0.9 } }] }
volumes:
  data: { name: d, driver: local, driver_opts: { type: tmpfs, device: tmpfs }, labels: { l: v } }
secrets:
  one: { environment: ONE }
  two: { file: ./two }
configs:
  three: { content: "a: $$b" }
x-devenv:
  provider: docker
  environment: test
  secrets: { command: cat secrets }
  artifacts: { source: "file:./ci" }
  repos: [{ path: repos/a, url: ./origin/a.git }]
  repos_every: 90s
  watch: { quiet: 30ms, max_wait: 2s, pause_at: 50 }
`;
