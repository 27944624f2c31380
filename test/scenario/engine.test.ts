import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connect } from "../../src/docker/connect.ts";
import type { Daemon } from "../../src/docker/daemon.ts";
import { type Clock, systemClock } from "../../src/host/clock.ts";
import { isAlive } from "../../src/host/liveness.ts";
import { systemProcesses } from "../../src/host/process.ts";
import type { Endpoint } from "../../src/model/endpoint.ts";
import { type ClusterName, type ContainerId, clusterName, serviceName } from "../../src/model/names.ts";
import { stopEngine } from "../../src/provider/engine/stop.ts";
import { engineProvider, engineStatus } from "../../src/provider/engine.ts";
import { type Surroundings, systemSurroundings } from "../../src/provider/surroundings.ts";
import { get as ask } from "../harness/cluster-view.ts";
import { containerSpec } from "../harness/container-spec.ts";
import { createContainer, testDaemon } from "../harness/docker.ts";
import { eventually } from "../harness/eventually.ts";

/** Static on every machine that runs these tests: the product needs it too. */
const BUSYBOX = "/usr/bin/busybox";
const CLUSTER = clusterName("engine-test");

const other = await testDaemon();
let home: string;
let surroundings: Surroundings;
let engineFolder: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "dve-"));
  surroundings = systemSurroundings({ PATH: process.env.PATH, HOME: home, XDG_STATE_HOME: home });
  engineFolder = join(home, "devenv/engine");
  mkdirSync(join(home, "www"));
  writeFileSync(join(home, "www/index.html"), "here I am\n");
});
afterEach(async () => {
  await stopEngine(surroundings, () => {});
  rmSync(home, { recursive: true, force: true });
});

const start = (signal?: AbortSignal) => engineProvider(surroundings).up(() => {}, signal);
const stop = () => stopEngine(surroundings, () => {});
const pid = async () => (await engineStatus(surroundings)).pid ?? 0;

/** What of an engine is in the machine at this moment: its mounts, bridges, packet rules, and containers' processes. */
async function traces(): Promise<{ mounts: string[]; bridges: string[]; rules: string[]; processes: string[] }> {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  const bridges = readdirSync("/sys/class/net").filter(
    (name) => readText(`/sys/class/net/${name}/ifalias`).trim() === engineFolder,
  );
  const { stdout } = await systemProcesses.run("iptables-save", []);
  const names = bridges.length > 0 ? bridges : freedBridges;
  const rules = stdout.split("\n").filter((line) => names.some((name) => line.includes(name.toUpperCase())));
  const processes = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readText(`/proc/${name}/cmdline`).replaceAll("\0", " "))
    .filter((command) => command.includes(engineFolder));
  if (bridges.length > 0) freedBridges = bridges;
  return { mounts: mounts.filter((line) => line.includes(home)), bridges, rules, processes };
}
/** The bridges that `traces` saw last, so that rules which outlived them are seen too. */
let freedBridges: string[] = [];
const NO_TRACES = { mounts: [], bridges: [], rules: [], processes: [] };

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** A web server `web` with a published port, which answers; gives the container and the port. */
async function serveWeb(daemon: Daemon, cluster: ClusterName): Promise<{ id: ContainerId; port: number }> {
  const id = await createContainer(
    daemon,
    containerSpec(cluster, {
      command: ["/busybox", "httpd", "-f", "-p", "8080", "-h", "/www"],
      mounts: [
        { kind: "bind", source: BUSYBOX, target: "/busybox", readOnly: true },
        { kind: "bind", source: join(home, "www"), target: "/www", readOnly: true },
      ],
      ports: [{ hostAddress: "127.0.0.1", hostPort: 0, containerPort: 8080, protocol: "tcp" }],
    }),
  );
  await daemon.start(id);
  const { containers } = await daemon.observe(cluster);
  const port = containers.find((container) => container.id === id)?.ports[0]?.hostPort;
  if (port === undefined) throw new Error("no port was published");
  await expect.poll(() => get(port)).toBe("here I am\n");
  return { id, port };
}

const get = (port: number) => ask("127.0.0.1", port);

/** What a program in a new container of the cluster prints. */
async function runIn(daemon: Daemon, cluster: ClusterName, command: string[]): Promise<string> {
  const spec = containerSpec(cluster, {
    service: serviceName("client"),
    command: ["/busybox", "sleep", "60"],
    mounts: [{ kind: "bind", source: BUSYBOX, target: "/busybox", readOnly: true }],
  });
  const client = await createContainer(daemon, spec);
  await daemon.start(client);
  let output = "";
  const stdout = new Writable({
    write(chunk, _, done) {
      output += chunk;
      done();
    },
  });
  await daemon.exec(client, {
    command: ["/busybox", ...command],
    tty: false,
    stdin: undefined,
    stdout,
    stderr: stdout,
  });
  await daemon.remove(client);
  return output;
}

async function withEngine<T>(endpoint: Endpoint, body: (daemon: Daemon) => Promise<T>): Promise<T> {
  const daemon = connect(endpoint.address);
  try {
    return await body(daemon);
  } finally {
    daemon.close();
  }
}

describe("the engine", () => {
  it("outlives the program that started it, in a session of its own", async () => {
    const program = join(import.meta.dirname, "engine-start.ts");
    const { code, stdout } = await systemProcesses.run(process.execPath, ["--import", "tsx", program, home]);
    expect(code).toBe(0);
    const found = await engineProvider(surroundings).find();
    expect(found).toEqual(JSON.parse(stdout));
    expect(found).toMatchObject({
      provider: "engine",
      address: { kind: "unix", path: join(engineFolder, "docker.sock") },
      mountsHostFolders: true,
      reachesContainers: true,
      sharesSockets: true,
      publishedOn: "127.0.0.1",
    });
    const session = readText(`/proc/${await pid()}/stat`).split(" ")[5];
    expect(session).toBe(String(await pid()));
  });

  it("is one person's: nobody else reaches its socket or its folder", async () => {
    await start();
    expect(statSync(join(engineFolder, "docker.sock")).mode & 0o777).toBe(0o600);
    expect(statSync(engineFolder).mode & 0o777).toBe(0o700);
  });

  it("runs containers beside another daemon: ports and names work in both, before and after", async () => {
    const theirs = other.newCluster("beside");
    const { port: theirPort } = await serveWeb(other.daemon, theirs);
    expect(await get(theirPort)).toBe("here I am\n");
    await withEngine(await start(), async (daemon) => {
      const { id, port } = await serveWeb(daemon, CLUSTER);
      expect(await get(port)).toBe("here I am\n");
      expect(await get(theirPort)).toBe("here I am\n");
      const byName = ["wget", "-q", "-O", "-", "http://web:8080/"];
      expect(await runIn(daemon, CLUSTER, byName)).toBe("here I am\n");
      expect(await runIn(other.daemon, theirs, byName)).toBe("here I am\n");
      const { address } = await daemon.inspect(id);
      expect(await ask(address ?? "", 8080)).toBe("here I am\n");
    });
    await stop();
    expect(await get(theirPort)).toBe("here I am\n");
    expect(await runIn(other.daemon, theirs, ["nslookup", "web"])).toContain("web");
  });

  it("takes no rule of another daemon away when it starts and stops", async () => {
    // A mark in each chain that every dockerd with packet rules of its own shares, at an address of nobody (RFC 5737).
    const mark = ["-s", "203.0.113.77", "-j", "RETURN"];
    const chains = [
      ["filter", "DOCKER"],
      ["filter", "DOCKER-ISOLATION-STAGE-1"],
      ["nat", "DOCKER"],
    ] as const;
    const iptables = (...args: string[]) => systemProcesses.run("iptables", ["-w", ...args]);
    const marks = async () =>
      Promise.all(chains.map(async ([table, chain]) => (await iptables("-t", table, "-C", chain, ...mark)).code));
    const made: (readonly [string, string])[] = [];
    try {
      for (const [table, chain] of chains) {
        if ((await iptables("-t", table, "-N", chain)).code === 0) made.push([table, chain]);
        await iptables("-t", table, "-I", chain, ...mark);
      }
      expect(await marks()).toEqual([0, 0, 0]);
      await start();
      expect(await marks()).toEqual([0, 0, 0]);
      await stop();
      expect(await marks()).toEqual([0, 0, 0]);
    } finally {
      for (const [table, chain] of chains) await iptables("-t", table, "-D", chain, ...mark);
      for (const [table, chain] of made) await iptables("-t", table, "-X", chain);
    }
  });

  it("leaves docker0 alone, which dockerd deletes at its second start with pools of its own", async () => {
    const made = (await systemProcesses.run("ip", ["link", "add", "name", "docker0", "type", "bridge"])).code === 0;
    try {
      const index = () => readText("/sys/class/net/docker0/ifindex");
      const before = index();
      expect(before).not.toBe("");
      for (const round of [1, 2]) {
        await start();
        await stop();
        expect({ round, index: index() }).toEqual({ round, index: before });
      }
    } finally {
      if (made) await systemProcesses.run("ip", ["link", "delete", "docker0"]);
    }
  });

  it("is started once, however many start it at the same time", async () => {
    const notes: string[] = [];
    const up = () => engineProvider(surroundings).up((note) => notes.push(note));
    const [one, two, three] = await Promise.all([up(), up(), up()]);
    expect([two, three]).toEqual([one, one]);
    const first = await pid();
    expect(notes.filter((note) => note.startsWith("starting"))).toHaveLength(1);
    expect(notes).toContainEqual(expect.stringMatching(/^waiting for devenv engine start \(pid \d+, since /));
    await start();
    expect(await pid()).toBe(first);
    expect((await traces()).processes.filter((command) => command.includes("dockerd --config-file"))).toHaveLength(1);
  });

  it("has its packet rules back when a reloaded firewall threw them away", async () => {
    await start();
    const { rules } = await traces();
    for (const [table, jump] of [
      ["filter", "FORWARD"],
      ["nat", "POSTROUTING"],
    ] as const) {
      const chain =
        rules
          .find((rule) => rule.startsWith(`-A ${jump} `))
          ?.split(" ")
          .at(-1) ?? "";
      expect((await systemProcesses.run("iptables", ["-w", "-t", table, "-D", jump, "-j", chain])).code).toBe(0);
      expect((await systemProcesses.run("iptables", ["-w", "-t", table, "-F", chain])).code).toBe(0);
    }
    expect(await traces()).not.toMatchObject({ rules });
    await start();
    expect((await traces()).rules.sort()).toEqual(rules.sort());
  });

  it("says what it is and what it takes", async () => {
    expect(await engineStatus(surroundings)).toMatchObject({ running: false, pid: undefined });
    const before = Date.now();
    await start();
    const status = await engineStatus(surroundings, { size: true });
    expect(status).toMatchObject({ running: true, rootless: false, socket: join(engineFolder, "docker.sock") });
    expect(Date.parse(status.since ?? "")).toBeGreaterThan(before - 1000);
    expect(status.sizeBytes).toBeGreaterThan(0);
    expect(isAlive(status.pid ?? 0)).toBe(true);
  });
});

describe("stopping the engine", () => {
  it("ends its containers and leaves nothing in the machine but its data", async () => {
    await withEngine(await start(), (daemon) => serveWeb(daemon, CLUSTER));
    const running = await traces();
    expect(running.mounts.length * running.bridges.length * running.rules.length).toBeGreaterThan(0);
    expect(await stop()).toBe(true);
    expect(await traces()).toEqual(NO_TRACES);
    expect(existsSync(join(engineFolder, "docker.sock"))).toBe(false);
    expect(await stop()).toBe(false);
  });

  it("keeps images and networks for the next start, at the same addresses", async () => {
    await withEngine(await start(), (daemon) => serveWeb(daemon, CLUSTER));
    await stop();
    await withEngine(await start(), async (daemon) => {
      const { containers, networks } = await daemon.observe(CLUSTER);
      expect(networks.map(({ name }) => name)).toEqual([CLUSTER]);
      const id = containers[0]?.id;
      if (id === undefined) throw new Error("the container is gone");
      await daemon.start(id);
      const { ports } = (await daemon.observe(CLUSTER)).containers[0] ?? {};
      await expect.poll(() => get(ports?.[0]?.hostPort ?? 0)).toBe("here I am\n");
    });
  });

  it("ends the containers of an engine that was killed, too", async () => {
    await withEngine(await start(), (daemon) => serveWeb(daemon, CLUSTER));
    await kill(await pid());
    expect((await traces()).processes).not.toEqual([]);
    expect(await stop()).toBe(true);
    expect(await traces()).toEqual(NO_TRACES);
  });
});

/** Ends a dockerd as a power cut would, and waits until it is gone. */
async function kill(dockerd: number): Promise<void> {
  process.kill(dockerd, "SIGKILL");
  await eventually(
    () => isAlive(dockerd),
    (alive) => !alive,
    { paceMs: 0 },
  );
}

describe("an engine that died", () => {
  it("is taken over with its images, its pid file and socket notwithstanding", async () => {
    await withEngine(await start(), (daemon) => serveWeb(daemon, CLUSTER));
    const dead = await pid();
    await kill(dead);
    expect(existsSync(join(engineFolder, "docker.sock"))).toBe(true);
    expect(await engineStatus(surroundings)).toMatchObject({ running: false, pid: undefined });
    await withEngine(await start(), async (daemon) => {
      expect(await pid()).not.toBe(dead);
      expect((await daemon.observe(CLUSTER)).containers).toHaveLength(1);
    });
  });

  it("is taken over when its number, and its containerd's, belong to other processes by now", async () => {
    await start();
    await stop();
    for (const path of ["pid", "exec/containerd/containerd.pid"]) {
      writeFileSync(join(engineFolder, path), String(process.pid));
    }
    await start();
    expect(await pid()).not.toBe(process.pid);
  });
});

describe("a start that fails", () => {
  it("shows dockerd's last words and leaves nothing behind", async () => {
    mkdirSync(engineFolder, { recursive: true });
    writeFileSync(join(engineFolder, "data"), "not a folder");
    await expect(start()).rejects.toMatchObject({
      class: "environment",
      message: "the engine ended at its start",
      output: expect.stringContaining(join(engineFolder, "data")),
      hint: expect.stringContaining(join(engineFolder, "log")),
    });
    expect(await traces()).toEqual(NO_TRACES);
  });

  it("is undone when it is interrupted", async () => {
    const abort = new AbortController();
    const sleep: Clock["sleep"] = (ms, signal) => {
      // It has been started, and does not answer yet: this is between the first look and the second.
      abort.abort();
      return systemClock.sleep(ms, signal);
    };
    const up = engineProvider({ ...surroundings, clock: { ...systemClock, sleep } }).up(() => {}, abort.signal);
    await expect(up).rejects.toMatchObject({ exitCode: 130 });
    expect(await traces()).toEqual(NO_TRACES);
  });
});

describe("a machine", () => {
  it("can have two engines of different people beside each other", async () => {
    const second = mkdtempSync(join(tmpdir(), "dvf-"));
    const theirs = systemSurroundings({ PATH: process.env.PATH, HOME: second, XDG_STATE_HOME: second });
    try {
      const endpoints = await Promise.all([start(), engineProvider(theirs).up(() => {})]);
      const answers = endpoints.map((endpoint) =>
        withEngine(endpoint, async (daemon) => get((await serveWeb(daemon, CLUSTER)).port)),
      );
      expect(await Promise.all(answers)).toEqual(["here I am\n", "here I am\n"]);
    } finally {
      await stopEngine(theirs, () => {});
      rmSync(second, { recursive: true, force: true });
    }
  });
});
