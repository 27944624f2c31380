import { describe, expect, test } from "vitest";
import { load, problemsOf } from "./loading.ts";

const problems = (text: string, environment = {}) => problemsOf(load(text, environment));

describe("networks", () => {
  test("are those that a service is on, the default one too, and others stay out", async () => {
    const { networks, services } = await load(`
name: shop
services:
  a: { image: x, networks: [back, default] }
  b: { image: x, networks: { back: { aliases: [bee], ipv4_address: 10.1.0.5, priority: 1 }, front: { priority: 9 } } }
networks:
  back:
    driver: bridge
    driver_opts: { mtu: 1400 }
    internal: true
    attachable: "true"
    enable_ipv6: true
    labels: [a=b]
    ipam: { config: [{ subnet: 10.1.0.0/16, gateway: 10.1.0.1, aux_addresses: { h: 10.1.0.9 } }], options: { o: p } }
  front: { external: true, name: elsewhere }
  unused: {}
`);
    expect(networks).toMatchObject([
      {
        ...{ key: "back", name: "shop_back", external: false, driver: "bridge", driverOptions: { mtu: "1400" } },
        ...{ internal: true, attachable: true, enableIpv6: true, labels: { a: "b" } },
        ipam: {
          options: { o: "p" },
          pools: [{ subnet: "10.1.0.0/16", gateway: "10.1.0.1", auxAddresses: { h: "10.1.0.9" } }],
        },
      },
      { key: "front", name: "elsewhere", external: true },
      { key: "default", name: "shop_default" },
    ]);
    expect(services.map(({ attachments }) => attachments)).toMatchObject([
      { networks: [{ network: "back" }, { network: "default" }] },
      { networks: [{ network: "front" }, { network: "back", aliases: ["bee"], ipv4: "10.1.0.5" }] },
    ]);
  });

  test("take all that Docker knows of a service on one of them, and of their addresses", async () => {
    const { networks, services } = await load(`
services:
  a:
    image: x
    networks:
      back:
        ipv6_address: "2001:db8::5"
        link_local_ips: [169.254.8.8]
        driver_opts: { mtu: 1400 }
        interface_name: eth7
        mac_address: 02:42:ac:11:65:43
        gw_priority: 5
        use_service_name_alias: false
networks:
  back:
    enable_ipv4: false
    ipam: { driver: own, config: [{ ip_range: 10.1.2.0/24 }] }
`);
    expect(networks[0]).toMatchObject({
      enableIpv4: false,
      ipam: { driver: "own", pools: [{ ipRange: "10.1.2.0/24" }] },
    });
    expect(services[0]?.attachments).toEqual({
      kind: "networks",
      networks: [
        {
          network: "back",
          aliases: [],
          ipv6: "2001:db8::5",
          linkLocalIps: ["169.254.8.8"],
          driverOptions: { mtu: "1400", "com.docker.network.endpoint.ifname": "eth7" },
          macAddress: "02:42:ac:11:65:43",
          gatewayPriority: 5,
          serviceAlias: false,
        },
      ],
    });
  });

  test("may be named by network_mode as somebody else's", async () => {
    const { networks, services } = await load("services: { a: { image: x, network_mode: theirs } }");
    expect(networks).toMatchObject([{ key: "theirs", name: "theirs", external: true }]);
    expect(services[0]?.attachments).toMatchObject({ kind: "networks", networks: [{ network: "theirs" }] });
  });

  test("know a service by its links' aliases, and a link is a dependency", async () => {
    const { services } = await load(`
services:
  a: { image: x, links: [b, "b:database"] }
  b: { image: x }
`);
    expect(services[0]?.dependsOn).toEqual([
      { service: "b", condition: "service_started", required: true, restart: true },
    ]);
    expect(services[1]?.attachments).toMatchObject({ networks: [{ network: "default", aliases: ["database"] }] });
  });
});

describe("volumes", () => {
  test("are those that a service mounts", async () => {
    const { volumes } = await load(`
name: shop
services: { a: { image: x, volumes: ["data:/d", "old:/o", "own:/n"] } }
volumes:
  data: { driver: local, driver_opts: { type: nfs, n: 1 }, labels: { a: b } }
  old: { external: { name: legacy } }
  own: { external: true }
  unused:
`);
    expect(volumes).toEqual([
      {
        ...{ key: "data", name: "shop_data", external: false, driver: "local" },
        ...{ driverOptions: { type: "nfs", n: "1" }, labels: { a: "b" } },
      },
      { key: "old", name: "legacy", external: true, driver: undefined, driverOptions: {}, labels: {} },
      { key: "own", name: "own", external: true, driver: undefined, driverOptions: {}, labels: {} },
    ]);
  });
});

test("ports on the network of the host are published by nobody, and that is a warning", async () => {
  const { services, warnings } = await load("services: { a: { image: x, network_mode: host, ports: ['80:80'] } }");
  expect(services[0]?.ports).toEqual([]);
  expect(warnings).toMatchObject([
    { message: "a is on the host's network and publishes no ports", where: { line: 1, column: 48 } },
  ]);
});

test("a health that only an image can tell is waited for, with a warning", async () => {
  const text = "services: { a: { image: x, depends_on: { b: { condition: service_healthy } } }, b: { image: y } }";
  const { services, warnings } = await load(text);
  expect(services[0]?.dependsOn).toMatchObject([{ service: "b", condition: "service_healthy" }]);
  expect(warnings).toMatchObject([
    { message: "a waits for b to be healthy, which only a HEALTHCHECK of its image could tell", where: { column: 42 } },
  ]);
});

test("secrets and configs are files of the services that name them", async () => {
  const { services } = await load(`
services:
  a:
    image: x
    secrets: [key, { source: token, target: api, uid: "103", gid: 103, mode: 0440 }, { source: other, target: /etc/o, mode: "0400" }]
    configs: [site, { source: inline, target: /etc/site.conf }]
secrets:
  key: { file: ./key.pem }
  token: { environment: TOKEN }
  other: { external: true, name: vault-key }
configs:
  site: { file: site.conf }
  inline: { content: "hello" }
`);
  const root = { uid: 0, gid: 0, mode: 0o444 };
  expect(services[0]?.provided).toMatchObject([
    {
      ...{ kind: "secret", name: "key", target: "/run/secrets/key", ...root },
      source: { kind: "file", file: "/nowhere/shop/profiles/key.pem", where: { line: 8 } },
    },
    { target: "/run/secrets/api", uid: 103, gid: 103, mode: 0o440, source: { kind: "variable", variable: "TOKEN" } },
    { target: "/etc/o", mode: 0o400, source: { kind: "key", key: "vault-key" } },
    { kind: "config", target: "/site", source: { kind: "file", file: "/nowhere/shop/profiles/site.conf" } },
    { kind: "config", target: "/etc/site.conf", source: { kind: "content", content: "hello" } },
  ]);
});

describe("Compose's profiles", () => {
  const TEXT = `
services:
  a: { image: x, depends_on: { b: { condition: service_started, required: false } } }
  b: { image: x, profiles: [debug], volumes: ["data:/d"] }
  c: { image: x, profiles: [debug, extra] }
volumes: { data: }
`;

  test("leave services out, with the volumes that only they mount", async () => {
    const { services, disabled, volumes } = await load(TEXT);
    expect(services).toMatchObject([{ name: "a", dependsOn: [] }]);
    expect(disabled).toEqual(["b", "c"]);
    expect(volumes).toEqual([]);
  });

  test.each([
    ["extra", ["a", "c"]],
    ["none, debug", ["a", "b", "c"]],
    ["*", ["a", "b", "c"]],
  ])("are on where COMPOSE_PROFILES is %j", async (COMPOSE_PROFILES, names) => {
    const { services } = await load(TEXT, { COMPOSE_PROFILES });
    expect(services.map(({ name }) => name)).toEqual(names);
  });

  test("are on where x-devenv.profiles names them", async () => {
    const { services } = await load(`x-devenv: { profiles: [extra] }${TEXT}`);
    expect(services.map(({ name }) => name)).toEqual(["a", "c"]);
  });

  test("cannot leave out what another service needs", async () => {
    expect(
      await problems("services:\n  a: { image: x, depends_on: [b] }\n  b: { image: x, profiles: [debug] }"),
    ).toEqual([
      "2:31 a depends on b, which its profiles leave out (turn it on with x-devenv.profiles or COMPOSE_PROFILES (debug), or say required: false)",
    ]);
  });
});

describe("what is not declared is told with what was meant", () => {
  test.each([
    ["networks: [bak]", "networks: { back: }", "3:29 the network bak is not declared (did you mean back?)"],
    ["networks: { bak: {} }", "networks: { back: }", "3:30 the network bak is not declared (did you mean back?)"],
    [
      "secrets: [toke]",
      "secrets: { token: { file: x } }",
      "3:28 the secret toke is not declared (did you mean token?)",
    ],
    [
      "configs: [{ source: x }]",
      "configs: {}",
      "3:28 the config x is not declared (declare it at the top, configs: { x: { file: ./x } })",
    ],
    [
      "links: [bb]",
      "x-a: 1",
      "3:26 a depends on bb, which is no service of this profile (the services are only this one)",
    ],
    [
      "volumes_from: [b]",
      "x-a: 1",
      "3:33 a depends on b, which is no service of this profile (the services are only this one)",
    ],
    [
      "network_mode: 'service:b'",
      "x-a: 1",
      "3:18 a depends on b, which is no service of this profile (the services are only this one)",
    ],
  ])("%s", async (line, top, expected) => {
    expect(await problems(`${top}\nservices:\n  a: { image: x, ${line} }`)).toEqual([expected]);
  });
});

describe("what does not fit together", () => {
  test.each([
    [
      "container_name: ab, scale: 2",
      "a runs 2 times (scale), and only one of them can be called ab (take container_name away)",
    ],
    [
      "ports: ['80:80'], deploy: { replicas: 2 }",
      'a runs 2 times, and only one of them can have port 80 of this machine (write "80-81:80", or "80" for free ones)',
    ],
    ["scale: 2, deploy: { replicas: 3 }", "a has scale and deploy.replicas, and they differ (one of them is enough)"],
    [
      "cpus: 1, deploy: { resources: { limits: { cpus: 2 } } }",
      "a has cpus and deploy.resources.limits.cpus, and they differ (one of them is enough)",
    ],
    ["network_mode: host, networks: [default]", "a has network_mode and networks; one is meant"],
    [
      "network_mode: none, ports: ['80']",
      "a publishes ports, but has no network of its own (none) (take network_mode away)",
    ],
    ["network_mode: 'service:a'", "a waits for itself"],
    ["network_mode: hots", "hots is no network mode (did you mean host?)"],
    ["volumes: [{ type: image, source: x, target: /d }]", "type: must be bind, volume or tmpfs, and is image"],
    ["volumes: [{ source: x, target: /d }]", "volumes[0]: needs a type: bind, volume or tmpfs"],
    ["volumes: [{ type: bind, target: /d }]", "source is missing under services.a.volumes[0] (it must be a text)"],
    ["tmpfs: /d, volumes: ['/d/']", "a mounts two things at /d (only one of them would be seen)"],
    [
      "build: { context: 'https://example.org/x.git' }",
      "a is built from an address, which is not supported (clone it beside the others and name its folder)",
    ],
    [
      "build: { platforms: [linux/arm64] }, platform: linux/amd64",
      "a is built for linux/arm64 but runs on linux/amd64",
    ],
    ["build: { platforms: [a, b] }", "platforms: names several platforms; the daemon builds for one"],
    [
      "build: { cache_from: ['type=registry,ref=x'] }",
      "the cache type=registry,ref=x needs BuildKit, which devenv does not use (write an image's name)",
    ],
    [
      "build: { dockerfile: D, dockerfile_inline: FROM x }",
      "build: has dockerfile and dockerfile_inline; one is meant",
    ],
    ["gpus: [{ count: 1, device_ids: ['0'] }]", "gpus[0]: has count and device_ids; one is meant"],
  ])("%s", async (line, expected) => {
    const found = await problems(`services:\n  a: { image: x, ${line} }`);
    expect(found.map((problem) => problem.replace(/^\S+ /, ""))).toEqual([expected]);
  });

  test("a network mode that is a network of the profile", async () => {
    expect(await problems("services: { a: { image: x, network_mode: own } }\nnetworks: { own: {} }")).toEqual([
      "1:42 network_mode means a network's name on the daemon, and own is one of this profile (write networks: [own])",
    ]);
  });

  test("two containers of one name", async () => {
    const text = "services:\n  a: { image: x, container_name: ab }\n  b: { image: x, container_name: ab }";
    expect(await problems(text)).toEqual(["3:34 the containers of a and b have the same name"]);
  });

  test("an alias of a link that is another service", async () => {
    const text = "services:\n  a: { image: x, links: ['b:c'] }\n  b: { image: x }\n  c: { image: x }";
    expect(await problems(text)).toEqual([
      "2:26 a links to b as c, which is another service (take another alias: it is seen by every service)",
    ]);
  });

  test.each([
    ["secrets: { s: {} }", "1:12 the secret s comes from nowhere (give it file, environment or external: true)"],
    ["secrets: { s: { file: a, environment: B } }", "1:15 s: has file and environment; one is meant"],
    ["configs: { c: { file: a, content: b } }", "1:15 c: has file and content; one is meant"],
    [
      "volumes: { v: { external: true, driver: local } }",
      "1:33 volumes.v is external, so its driver is not devenv's to say",
    ],
    [
      "networks: { n: { external: { name: a }, name: b } }",
      "1:47 networks.n has two names, a and b (only name is needed)",
    ],
    [
      "secrets: { s: { driver: x } }",
      "1:17 driver under secrets.s is not supported: only Docker Swarm has secrets as objects of their own (take it away)",
    ],
  ])("%s", async (top, expected) => {
    expect(await problems(`${top}\nservices: { a: { image: x } }`)).toEqual([expected]);
  });

  test("circles through links and shared networks", async () => {
    const text = "services:\n  a: { image: x, links: [b] }\n  b: { image: x, network_mode: 'service:a' }";
    expect(await problems(text)).toEqual(["3:18 services wait for each other: a -> b -> a"]);
  });
});

test("names that JavaScript knows are names like any other, and __proto__ is none", async () => {
  const { services } = await load("services: { constructor: { image: x, environment: { toString: a } } }");
  expect(services).toMatchObject([{ name: "constructor", environment: { toString: "a" } }]);
  expect(await problems("services: { a: { image: x, environment: { __proto__: a } } }")).toEqual([
    "1:43 __proto__ cannot be a key (take another name)",
  ]);
});
