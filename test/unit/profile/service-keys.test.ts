// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is what the files say
import { describe, expect, test } from "vitest";
import { load, loadService } from "./loading.ts";

const port = (more: object) => ({ hostAddress: "127.0.0.1", hostPort: 0, containerPort: 80, protocol: "tcp", ...more });

describe("a key of the Compose specification", () => {
  test.each<[string, object]>([
    ["ports: [{ target: 80 }]", { ports: [port({})] }],
    ["ports: [{ target: 80, published: 8080, mode: host }]", { ports: [port({ hostPort: 8080 })] }],
    [
      "ports: [{ target: '80', published: '8000-8010', host_ip: 0.0.0.0, protocol: udp, name: web, app_protocol: http }]",
      { ports: [port({ hostAddress: "0.0.0.0", hostPort: 8000, hostPortEnd: 8010, protocol: "udp" })] },
    ],
    ["ports: ['8000-8010:80']", { ports: [port({ hostPort: 8000, hostPortEnd: 8010 })] }],
    ["ports: ['[::1]:8080:80']", { ports: [port({ hostAddress: "::1", hostPort: 8080 })] }],
    [
      "expose: ['53/udp', 80]",
      {
        expose: [
          { port: 53, protocol: "udp" },
          { port: 80, protocol: "tcp" },
        ],
      },
    ],
    ["volumes: [/cache]", { volumes: [{ kind: "volume", source: undefined, target: "/cache", readOnly: false }] }],
    [
      "volumes: [{ type: bind, source: ./x, target: /y, read_only: true, bind: { create_host_path: false, propagation: rslave } }]",
      {
        volumes: [
          {
            ...{ kind: "bind", source: "/nowhere/shop/profiles/x", target: "/y", readOnly: true },
            ...{ createHostPath: false, propagation: "rslave" },
          },
        ],
      },
    ],
    [
      "volumes: [{ type: volume, source: data, target: /y, volume: { nocopy: true, subpath: a/b }, consistency: cached }]",
      { volumes: [{ kind: "volume", source: "data", target: "/y", readOnly: false, noCopy: true, subpath: "a/b" }] },
    ],
    [
      "volumes: [{ type: tmpfs, target: /y, tmpfs: { size: 10m, mode: 01777 } }]",
      { volumes: [{ kind: "tmpfs", target: "/y", readOnly: false, sizeBytes: 10_485_760, mode: 0o1777 }] },
    ],
    ["tmpfs: ''", { tmpfs: {} }],
    [
      "healthcheck: { interval: 5s, start_interval: 1s }",
      { healthcheck: { test: [], intervalMs: 5000, startIntervalMs: 1000 } },
    ],
    ["healthcheck: { disable: false }", { healthcheck: undefined }],
    ["container_name: shop-a", { containerName: "shop-a" }],
    ["scale: 3", { replicas: 3 }],
    ["deploy: { replicas: '0', mode: replicated, labels: { a: b } }", { replicas: 0 }],
    ["deploy:", { replicas: 1 }],
    ["pull_policy: if_not_present", { pullPolicy: "missing" }],
    ["pull_policy: always", { pullPolicy: "always" }],
    ["stop_signal: sigint", { stopSignal: "sigint" }],
    [
      "deploy: { restart_policy: { condition: on-failure, max_attempts: 3 } }",
      { restart: { kind: "on-failure", maxRetries: 3 } },
    ],
    ["deploy: { restart_policy: {} }", { restart: { kind: "always" } }],
    ["network_mode: none", { attachments: { kind: "none" } }],
    ["network_mode: default", { attachments: { kind: "bridge" } }],
    ["network_mode: 'container:other'", { attachments: { kind: "container", container: "other" } }],
    ["user: ''", { user: undefined }],
    ["x-devenv: { mode: local }", { mode: { kind: "local" } }],
    ["x-devenv: { mode: 'host:9090' }", { mode: { kind: "host", port: 9090 } }],
    ["x-devenv: { mode: { host: 9090 } }", { mode: { kind: "host", port: 9090 } }],
    [
      "x-devenv: { mode: { remote: 'db.example.org:5432' } }",
      { mode: { kind: "remote", url: "tcp://db.example.org:5432" } },
    ],
  ])("%s", async (line, expected) => {
    expect(await loadService(line)).toMatchObject(expected);
  });

  test.each<[string, object]>([
    ["privileged: 'yes'", { privileged: true }],
    ["read_only: true", { readOnly: true }],
    ["tty: on", { tty: true }],
    ["stdin_open: true", { stdinOpen: true }],
    ["cap_add: [NET_ADMIN]", { capAdd: ["NET_ADMIN"] }],
    ["cap_drop: [ALL]", { capDrop: ["ALL"] }],
    ["security_opt: ['seccomp:unconfined']", { securityOpt: ["seccomp:unconfined"] }],
    ["group_add: [5, audio]", { groupAdd: ["5", "audio"] }],
    ["extra_hosts: { a: 192.0.2.1, b: ['::1', '[::2]'] }", { extraHosts: ["a:192.0.2.1", "b:::1", "b:::2"] }],
    ["extra_hosts: ['a=192.0.2.1', 'h:host-gateway']", { extraHosts: ["a:192.0.2.1", "h:host-gateway"] }],
    ["dns: 192.0.2.1", { dns: ["192.0.2.1"] }],
    ["dns_opt: [use-vc]", { dnsOptions: ["use-vc"] }],
    ["dns_search: [example.org]", { dnsSearch: ["example.org"] }],
    ["domainname: example.org", { domainname: "example.org" }],
    ["mac_address: '02:42:ac:11:65:43'", { macAddress: "02:42:ac:11:65:43" }],
    ["devices: ['/dev/a:/dev/b:r']", { devices: [{ source: "/dev/a", target: "/dev/b", permissions: "r" }] }],
    [
      "devices: [{ source: /dev/a, target: /dev/a }]",
      { devices: [{ source: "/dev/a", target: "/dev/a", permissions: "rwm" }] },
    ],
    ["device_cgroup_rules: ['c 1:3 mr']", { deviceCgroupRules: ["c 1:3 mr"] }],
    [
      "ulimits: { nofile: { soft: 1, hard: '2' }, nproc: -1 }",
      {
        ulimits: [
          { name: "nofile", soft: 1, hard: 2 },
          { name: "nproc", soft: -1, hard: -1 },
        ],
      },
    ],
    ["sysctls: [net.core.somaxconn=1024]", { sysctls: { "net.core.somaxconn": "1024" } }],
    ["sysctls: { net.core.somaxconn: 1024 }", { sysctls: { "net.core.somaxconn": "1024" } }],
    ["shm_size: 64m", { shmSizeBytes: 67_108_864 }],
    ["ipc: 'service:a'", {}],
    ["pid: host", { pid: "host" }],
    ["uts: host", { uts: "host" }],
    ["userns_mode: host", { usernsMode: "host" }],
    ["cgroup: private", { cgroup: "private" }],
    ["cgroup_parent: m", { cgroupParent: "m" }],
    ["runtime: runsc", { runtime: "runsc" }],
    ["isolation: default", { isolation: "default" }],
    ["storage_opt: { size: 1G }", { storageOptions: { size: "1G" } }],
    ["volumes_from: ['container:other:ro']", { volumesFrom: ["container:other:ro"] }],
    ["platform: linux/arm64", { platform: "linux/arm64" }],
    ["annotations: [a=b]", { annotations: { a: "b" } }],
    ["attach: false", {}],
    ["mem_limit: 1g", { memoryBytes: 1_073_741_824 }],
    ["mem_reservation: 1024", { memoryReservationBytes: 1024 }],
    ["memswap_limit: -1", { memorySwapBytes: -1 }],
    ["mem_swappiness: 10", { memorySwappiness: 10 }],
    ["cpus: 1.5", { nanoCpus: 1_500_000_000 }],
    ["cpus: '.5'", { nanoCpus: 500_000_000 }],
    ["cpu_shares: '50'", { cpuShares: 50 }],
    ["cpu_period: 50000", { cpuPeriodMicros: 50_000 }],
    ["cpu_quota: 25000", { cpuQuotaMicros: 25_000 }],
    ["cpu_rt_period: 1ms", { cpuRealtimePeriodMicros: 1000 }],
    ["cpu_rt_runtime: 950", { cpuRealtimeRuntimeMicros: 950 }],
    ["cpu_count: 2", { cpuCount: 2 }],
    ["cpu_percent: 50", { cpuPercent: 50 }],
    ["cpuset: 0-3", { cpuset: "0-3" }],
    ["pids_limit: -1", { pidsLimit: -1 }],
    ["oom_kill_disable: true", { oomKillDisable: true }],
    ["oom_score_adj: -500", { oomScoreAdjustment: -500 }],
    [
      "logging: { driver: json-file, options: { max-size: 10m, max-file: 3 } }",
      { logging: { driver: "json-file", options: { "max-size": "10m", "max-file": "3" } } },
    ],
    [
      "deploy: { resources: { limits: { cpus: '0.5', memory: 10M, pids: 5 }, reservations: { memory: 5M } } }",
      { nanoCpus: 500_000_000, memoryBytes: 10_485_760, pidsLimit: 5, memoryReservationBytes: 5_242_880 },
    ],
    [
      "gpus: all",
      { deviceRequests: [{ driver: undefined, count: -1, deviceIds: [], capabilities: ["gpu"], options: {} }] },
    ],
    [
      "deploy: { resources: { reservations: { devices: [{ driver: nvidia, device_ids: ['0'], capabilities: [gpu, video] }] } } }",
      {
        deviceRequests: [
          { driver: "nvidia", count: undefined, deviceIds: ["0"], capabilities: ["gpu", "video"], options: {} },
        ],
      },
    ],
    [
      "blkio_config: { weight: 300, device_read_bps: [{ path: /dev/a, rate: 12mb }] }",
      {
        blockIo: {
          ...{ weight: 300, weightDevice: [], deviceReadBps: [{ path: "/dev/a", rate: 12_582_912 }] },
          ...{ deviceWriteBps: [], deviceReadIops: [], deviceWriteIops: [] },
        },
      },
    ],
    [
      "blkio_config: { weight_device: [{ path: /dev/a, weight: 400 }], device_write_bps: [{ path: /dev/a, rate: 1kb }], device_read_iops: [{ path: /dev/a, rate: 100 }], device_write_iops: [{ path: /dev/b, rate: 200 }] }",
      {
        blockIo: {
          ...{ weight: undefined, weightDevice: [{ path: "/dev/a", weight: 400 }], deviceReadBps: [] },
          deviceWriteBps: [{ path: "/dev/a", rate: 1024 }],
          deviceReadIops: [{ path: "/dev/a", rate: 100 }],
          deviceWriteIops: [{ path: "/dev/b", rate: 200 }],
        },
      },
    ],
  ])("%s goes to Docker as it is", async (line, expected) => {
    // A service that shares its own memory is a circle, and told as one elsewhere.
    const { settings } = await loadService(line.replace("'service:a'", "''"));
    expect(settings).toEqual(expected);
  });

  test("build in its long form", async () => {
    const { imageBuild } = await loadService(
      "build: { context: c, dockerfile_inline: FROM x, labels: [a=b], extra_hosts: ['h=::1'], shm_size: 1k, platforms: [linux/arm64], tags: [t:1], no_cache: true, pull: true, cache_from: [x:1], ulimits: { nofile: 5 } }",
    );
    expect(imageBuild).toEqual({
      context: "/nowhere/shop/profiles/c",
      dockerfile: "Dockerfile",
      dockerfileInline: "FROM x",
      target: undefined,
      args: {},
      labels: { a: "b" },
      network: undefined,
      extraHosts: ["h:::1"],
      shmSizeBytes: 1024,
      platform: "linux/arm64",
      tags: ["t:1"],
      noCache: true,
      pull: true,
      cacheFrom: ["x:1"],
      ulimits: [{ name: "nofile", soft: 5, hard: 5 }],
    });
  });

  test("x-* may stand wherever the specification lets it", async () => {
    const { healthcheck, labels } = await loadService(
      "healthcheck: { test: a, x-y: 1 }\n    labels: { x-kept: 1 }\n    deploy: { x-y: 1, resources: { x-y: 1 } }",
    );
    expect(healthcheck).toMatchObject({ test: ["CMD-SHELL", "a"] });
    expect(labels).toEqual({ "x-kept": "1" });
  });
});

test("env_file and label_file may be missing when they are not required, and raw values stay as they are", async () => {
  const files = {
    "/nowhere/shop/profiles/a.env": "A=1 # one\nB=${A}2\n",
    "/nowhere/shop/profiles/raw.env": "C=1 # ${A}\n",
    "/nowhere/shop/profiles/labels": "l=1\nm=1\n",
  };
  const { services } = await load(
    `
services:
  a:
    image: x
    env_file: [a.env, { path: raw.env, format: raw }, { path: none.env, required: false }]
    label_file: labels
    labels: { m: 2 }
`,
    {},
    files,
  );
  expect(services[0]?.environment).toEqual({ CLUSTER_ENV: "local", A: "1", B: "12", C: "1 # ${A}" });
  expect(services[0]?.labels).toEqual({ l: "1", m: "2" });
});
