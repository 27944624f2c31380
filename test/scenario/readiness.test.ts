import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { KeptLine } from "../../src/delivery/inner-line.ts";
import { awaitReady, probeOnce, type ReadyResult } from "../../src/delivery/readiness.ts";
import type { ReadyTarget } from "../../src/delivery/ready-target.ts";
import { type RestartTarget, restartService } from "../../src/delivery/restart.ts";
import type { Daemon } from "../../src/docker/daemon.ts";
import { systemClock } from "../../src/host/clock.ts";
import type { ContainerSpec } from "../../src/model/container.ts";
import { type ContainerId, shortDigest } from "../../src/model/names.ts";
import type { Healthcheck, InnerCommand, ReadyProbe, Service, SwapRestart } from "../../src/model/profile.ts";
import { containerSpec } from "../harness/container-spec.ts";
import { createContainer, testDaemon } from "../harness/docker.ts";
import { eventually } from "../harness/eventually.ts";
import { answersSaying, type Programs, programs } from "../harness/programs.ts";
import { goBuilder } from "../unit/plan/samples.ts";
import {
  BUSYBOX,
  get,
  inside,
  script,
  supervise,
  testMount,
  untilAnswer,
  untilLine,
  WEB,
} from "./supervisor-harness.ts";

const host = await testDaemon();
const { daemon, endpoint } = host;
const live = new AbortController().signal;

let made: Programs;
let [one, two] = ["", ""];
beforeAll(async () => {
  made = await programs();
  [one, two] = [await answersSaying("one"), await answersSaying("two")];
});

/** For what has to come to an answer before its time is over: longer than a busy machine stands still. */
const SHORT_MS = 2500;

const http = (withinMs = 10_000, path = "/healthz"): ReadyProbe => ({ kind: "http", path, port: 8080, withinMs });
const tcp = (withinMs = 10_000): ReadyProbe => ({ kind: "tcp", port: 8080, withinMs });

const service = (differing: Partial<Service> = {}): Service =>
  ({
    name: WEB,
    command: ["/devenv/bin/web"],
    build: goBuilder("."),
    swapRestart: { kind: "process" },
    stopGraceMs: 2000,
    ready: http(),
    healthcheck: undefined,
    ...differing,
  }) as Service;

/** Starts one of the programs, without supervisor. */
async function plain(name: keyof Programs["path"], differing: Partial<ContainerSpec> = {}): Promise<ContainerId> {
  const cluster = host.newCluster();
  const mounts = [{ kind: "bind", source: made.folder, target: "/programs", readOnly: true }] as const;
  const spec = containerSpec(cluster, { command: [`/programs/${name}`], mounts, ...differing });
  const container = await createContainer(daemon, spec);
  await daemon.start(container);
  return container;
}

async function readinessOf(
  container: ContainerId,
  what: Partial<Service>,
  differing: object = {},
  signal = live,
): Promise<ReadyResult> {
  return awaitReady(service(what), { ...(await targetOf(container)), ...differing }, systemClock, signal);
}

const targetOf = async (container: ContainerId): Promise<ReadyTarget> => {
  const { address } = await daemon.inspect(container);
  return { daemon, endpoint, container, address };
};

describe("a service with a probe", () => {
  test("is ready when it answers", async () => {
    expect(await readinessOf(await plain("answers"), {})).toMatchObject({ ready: true });
  });

  test("that ends before is told at once, with its code and its last words", async () => {
    const container = await plain("crashes-at-start");
    const result = await readinessOf(container, { ready: http(60_000) });
    expect(result).toMatchObject({
      ready: false,
      reason: "ended with code 2",
      output: expect.stringContaining("nil pointer dereference"),
    });
  });

  test("that never listens is told when the time is up, with its last words", async () => {
    const container = await plain("never-listens");
    const hasSaid: Partial<Service> = { ready: { kind: "log", pattern: "lock", withinMs: 10_000 } };
    expect(await readinessOf(container, hasSaid)).toMatchObject({ ready: true });
    const result = await readinessOf(container, { ready: http(700) });
    expect(result).toEqual({
      ready: false,
      reason: "did not listen on port 8080 within 0.7 s",
      output: "waiting for a lock that nobody gives back",
    });
  });

  test("that answers badly is told what it answered", async () => {
    const result = await readinessOf(await plain("answers"), { ready: http(SHORT_MS, "/file?path=/nowhere") });
    expect(result).toMatchObject({ reason: "answered 404 on /file?path=/nowhere within 2.5 s" });
  });

  test("is not waited for any longer after an abort", async () => {
    const controller = new AbortController();
    const result = readinessOf(await plain("never-listens"), { ready: http(60_000) }, {}, controller.signal);
    setImmediate(() => controller.abort());
    expect(await result).toMatchObject({ ready: false, reason: "was not waited for to the end" });
  });
});

describe("a container whose own address cannot be reached", () => {
  const unreachable = { endpoint: { reachesContainers: false, publishedOn: "127.0.0.1" } };
  const published = async (name: keyof Programs["path"]) => {
    const ports = [{ hostAddress: "127.0.0.1", hostPort: 0, containerPort: 8080, protocol: "tcp" }] as const;
    const cluster = host.newCluster();
    const mounts = [{ kind: "bind", source: made.folder, target: "/programs", readOnly: true }] as const;
    const container = await createContainer(
      daemon,
      containerSpec(cluster, { command: [`/programs/${name}`], mounts, ports }),
    );
    await daemon.start(container);
    const { containers } = await daemon.observe(cluster);
    return { container, ports: containers[0]?.ports ?? [] };
  };
  const mounted = async (command: readonly string[]) => {
    const { mount, deliver } = await testMount(host);
    await deliver(one);
    return supervise(host, host.newCluster(), mount, command);
  };

  test("is asked through its published port", async () => {
    const { container, ports } = await published("answers");
    expect(await readinessOf(container, {}, { ...unreachable, ports })).toMatchObject({ ready: true });
    expect(await readinessOf(container, { ready: tcp() }, { ...unreachable, ports })).toMatchObject({ ready: true });
  });

  test("is not ready because Docker's proxy listens", async () => {
    const { container, ports } = await published("never-listens");
    const result = await readinessOf(container, { ready: tcp(700) }, { ...unreachable, ports });
    expect(result).toMatchObject({ ready: false, reason: expect.stringMatching(/8080|closed the connection at once/) });
  });

  test("is asked from inside where it publishes none", async () => {
    const { container } = await mounted(["/devenv/bin/web"]);
    expect(await readinessOf(container, {}, unreachable)).toMatchObject({ ready: true });
    expect(await readinessOf(container, { ready: tcp() }, unreachable)).toMatchObject({ ready: true });
    expect(await readinessOf(container, { ready: http(SHORT_MS, "/file?path=/nowhere") }, unreachable)).toMatchObject({
      reason: "answered 404 on /file?path=/nowhere within 2.5 s",
    });
  });

  test("is asked again on a line that stays open, and so is what was started in it since", async () => {
    const { mount, deliver } = await testMount(host);
    await deliver(one);
    const { container, console } = await supervise(host, host.newCluster(), mount, ["/devenv/bin/web"]);
    const [line, execs] = [new KeptLine(), [] as ContainerId[]];
    onTestFinished(() => line.close());
    const exec: Daemon["exec"] = (where, options) => {
      execs.push(where);
      return daemon.exec(where, options);
    };
    const asked = (ready: ReadyProbe) =>
      readinessOf(container, { ready }, { ...unreachable, line, daemon: { ...daemon, exec } });
    const swap = async (path: string) => {
      const { digest } = (await deliver(path)).artifact;
      await restartService(service(), { daemon, container, console, digest }, systemClock, live);
    };
    expect(await asked(http())).toMatchObject({ ready: true });
    expect(await asked(http(500, "/file?path=/nowhere"))).toMatchObject({ ready: false });
    expect(await asked(http())).toMatchObject({ ready: true });
    expect(execs).toHaveLength(3); // another question has another line
    await swap(made.path["never-listens"]);
    expect(await asked(http(1200))).toMatchObject({ reason: "did not listen on port 8080 within 1.2 s" });
    await swap(two);
    expect(await asked(http())).toMatchObject({ ready: true });
    expect(execs).toHaveLength(3);
    await daemon.restart(container, 2000); // the line ends with it
    expect(await asked(http())).toMatchObject({ ready: true });
    expect(execs).toHaveLength(4);
  });

  test("is told from inside that nobody listens", async () => {
    const { container } = await mounted([BUSYBOX, "sleep", "1000"]);
    for (const ready of [http(1200), tcp(1200)]) {
      expect(await readinessOf(container, { ready }, unreachable)).toMatchObject({
        reason: "did not listen on port 8080 within 1.2 s",
      });
    }
  });
});

describe("a service with Docker's health check", () => {
  const check = (file: string): Healthcheck => ({
    test: ["CMD", "/programs/speaks", "check", file],
    intervalMs: 1000,
    timeoutMs: 10_000,
    startPeriodMs: undefined,
    retries: 1,
  });

  test("is ready when it is healthy", async () => {
    const healthcheck = check("/programs/answers");
    const container = await plain("answers", { healthcheck });
    expect(await readinessOf(container, { ready: undefined, healthcheck })).toMatchObject({ ready: true });
    expect((await daemon.inspect(container)).health).toBe("healthy");
  });

  test("is not when it is unhealthy", async () => {
    const healthcheck = check("/nowhere");
    const container = await plain("answers", { healthcheck });
    expect(await readinessOf(container, { ready: undefined, healthcheck })).toMatchObject({
      ready: false,
      reason: "is unhealthy: its health check fails",
    });
  });
});

describe("a service whose readiness a program of its container tells", () => {
  const exec = (command: InnerCommand, withinMs = 10_000): ReadyProbe => ({ kind: "exec", command, withinMs });
  /** Becomes ready when it is asked for the second time, in a container that has nothing but the mount. */
  const second = "test -e /tmp/asked || { touch /tmp/asked; exit 3; }";
  /** A program that goes on, in an empty image. */
  const idle = async () => {
    const { mount } = await testMount(host);
    const command = [BUSYBOX, "sleep", "1000"];
    return (await supervise(host, host.newCluster(), mount, command, { tmpfs: { "/tmp": "" } })).container;
  };

  test("is ready when that ends with 0, a text being for a shell", async () => {
    const container = await idle();
    expect(await readinessOf(container, { ready: exec(second) })).toMatchObject({ ready: true });
    expect(await readinessOf(container, { ready: exec([BUSYBOX, "test", "-e", "/tmp/asked"]) })).toMatchObject({
      ready: true,
    });
    expect(await probeOnce(service({ ready: exec("exit 0") }), await targetOf(container))).toBe(true);
    expect(await probeOnce(service({ ready: exec("exit 4") }), await targetOf(container))).toBe(false);
  });

  test("is told how that ended last, and what it printed", async () => {
    const container = await idle();
    expect(
      await readinessOf(container, { ready: exec("echo no table; echo for books >&2; exit 3", SHORT_MS) }),
    ).toEqual({
      ready: false,
      reason: "did not pass its ready command within 2.5 s: echo no table; echo for books >&2; exit… ended with code 3",
      output: "no table\nfor books",
    });
    expect(await readinessOf(container, { ready: exec(["pg_isready"], SHORT_MS) })).toMatchObject({
      reason: "did not pass its ready command within 2.5 s: pg_isready is not in its container",
    });
  });

  test("is told that it hung, and nothing of it goes on", async () => {
    const container = await idle();
    const processes = () =>
      inside(host, container, "for each in /proc/[0-9]*; do tr '\\0' ' ' <$each/cmdline; echo; done");
    const isIdle = (all: string) => !/sleep 100\b|probe exec/.test(all);
    expect(await readinessOf(container, { ready: exec("echo asking; sleep 100 & sleep 100", 600) })).toMatchObject({
      reason: "did not pass its ready command within 0.6 s: echo asking; sleep 100 & sleep 100 did not end",
    });
    const aborting = new AbortController();
    const asking = readinessOf(container, { ready: exec("sleep 100") }, {}, aborting.signal);
    await eventually(processes, (all) => all.includes("sleep 100"));
    aborting.abort();
    expect(await asking).toMatchObject({ reason: "was not waited for to the end" });
    await eventually(processes, isIdle, { late: (all) => `goes on in the container: ${all}` });
  });
});

describe("a service whose readiness a line of its log tells", () => {
  const log = (pattern: string, withinMs = 10_000): ReadyProbe => ({ kind: "log", pattern, withinMs });
  const listens = log("listens on :\\d+$");

  test("is ready when it has said it since its start, whatever it said in an earlier run", async () => {
    const container = await plain("answers");
    expect(await readinessOf(container, { ready: listens })).toMatchObject({ ready: true });
    expect(await probeOnce(service({ ready: listens }), await targetOf(container))).toBe(true);
    const stops = log("stops on terminated");
    await daemon.restart(container, 2000);
    expect(await readinessOf(container, { ready: listens })).toMatchObject({ ready: true });
    expect(await probeOnce(service({ ready: stops }), await targetOf(container))).toBe(false);
    expect(await readinessOf(container, { ready: log("stops on terminated", 300) })).toMatchObject({
      reason: "printed no line that matches /stops on terminated/ within 0.3 s",
      output: expect.stringContaining("listens on :8080"),
    });
  });

  test("is ready when the program says it that a process restart started, and not before", async () => {
    const { mount, deliver } = await testMount(host);
    await deliver(one);
    const ready = log("listens on");
    const { container, console } = await supervise(host, host.newCluster(), mount, ["/devenv/bin/web"], {}, ready);
    expect(await readinessOf(container, { ready }, { console })).toMatchObject({ ready: true });
    const { artifact } = await deliver(made.path["never-listens"]);
    await restartService(
      service({ ready }),
      { daemon, container, console, digest: artifact.digest },
      systemClock,
      live,
    );
    expect(await probeOnce(service({ ready }), await targetOf(container))).toBe(false);
    expect(await readinessOf(container, { ready: log("listens on", 300) }, { console })).toMatchObject({
      reason: "printed no line that matches /listens on/ within 0.3 s",
    });
  });

  test("is ready after a signal when it says it then, and what it said before does not count", async () => {
    const { mount } = await testMount(host);
    const waiter = script(`trap 'echo reloaded' USR1; echo up; while :; do ${BUSYBOX} sleep 1000 & wait; done`);
    const { container, console } = await supervise(host, host.newCluster(), mount, waiter);
    await untilLine(console, /^up$/);
    const swapRestart = { kind: "signal", signal: "USR1" } as const;
    const signalled = async (ready: ReadyProbe) => {
      const target = { daemon, container };
      const restarted = await restartService(service({ swapRestart, ready }), target, systemClock, live);
      onTestFinished(() => restarted.console?.close());
      return readinessOf(container, { swapRestart, ready }, { console: restarted.console });
    };
    expect(await signalled(log("^reloaded$"))).toMatchObject({ ready: true });
    expect(await signalled(log("^up$", 300))).toMatchObject({ ready: false });
  });
});

describe("a service with neither", () => {
  test("is ready when it has stayed up for a second", async () => {
    const result = await readinessOf(await plain("never-listens"), { ready: undefined });
    expect(result).toMatchObject({ ready: true });
    expect((result as { ms: number }).ms).toBeGreaterThanOrEqual(1000);
  });

  test("is not when it ends at once", async () => {
    const container = await plain("crashes-at-start");
    await daemon.wait(container); // it has a second for that, and on a busy machine may take longer
    expect(await readinessOf(container, { ready: undefined })).toMatchObject({
      ready: false,
      reason: "ended with code 2",
    });
  });
});

describe("a restart", () => {
  const restart = (what: Partial<Service>, target: Omit<RestartTarget, "daemon">) =>
    restartService(service(what), { daemon, ...target }, systemClock, live);

  test("by a program of the container runs that, and starts a container that does not run", async () => {
    const { mount } = await testMount(host);
    const { container } = await supervise(host, host.newCluster(), mount, [BUSYBOX, "sleep", "1000"], {
      tmpfs: { "/tmp": "" },
    });
    const by = (command: InnerCommand) => restart({ swapRestart: { kind: "exec", command } }, { container });
    const before = await by("echo again >>/tmp/restarts");
    await by([BUSYBOX, "touch", "/tmp/touched"]);
    expect(await inside(host, container, "cat /tmp/restarts; ls /tmp")).toBe("again\nrestarts\ntouched");
    await expect(by("echo no such program; exit 7")).rejects.toMatchObject({
      message: "web was not restarted: echo no such program; exit 7 ended with code 7",
      output: "no such program",
    });
    await daemon.stop(container, 1000);
    const { detail } = await by("true");
    expect(detail.state).toBe("running");
    expect(detail.startedAt).not.toBe(before.detail.startedAt);
  });

  test("of the process gives the new program in the same container, on the same console", async () => {
    const { mount, deliver } = await testMount(host);
    await deliver(one);
    const { container, console, address } = await supervise(host, host.newCluster(), mount, ["/devenv/bin/web"]);
    await untilAnswer(address, "one");
    const { artifact } = await deliver(two);
    const restarted = await restart({}, { container, console, digest: artifact.digest });
    expect(restarted.console).toBe(console);
    expect(restarted.detail).toMatchObject({ id: container, state: "running", address });
    expect(await readinessOf(container, {}, { console })).toMatchObject({ ready: true });
    expect(await get(address)).toBe("two");
  });

  test("of a process whose container has ended starts it", async () => {
    const { mount, deliver } = await testMount(host);
    await deliver(made.path["crashes-at-start"]);
    const { container, console } = await supervise(host, host.newCluster(), mount, ["/devenv/bin/web"]);
    await daemon.wait(container);
    const { artifact } = await deliver(two);
    const restarted = await restart({}, { container, console, digest: artifact.digest });
    onTestFinished(() => restarted.console?.close());
    expect(restarted.console).not.toBe(console);
    expect(restarted.detail.state).toBe("running");
    await untilAnswer(restarted.detail.address, "two");
  });

  test("onto a program that crashes is told with its words and not those of the old one", async () => {
    const { mount, deliver } = await testMount(host);
    await deliver(one);
    const { container, console, address } = await supervise(host, host.newCluster(), mount, ["/devenv/bin/web"]);
    await untilAnswer(address, "one");
    const { artifact } = await deliver(made.path["crashes-at-start"]);
    await restart({}, { container, console, digest: artifact.digest });
    const result = await readinessOf(container, {}, { address, console });
    expect(result).toMatchObject({ ready: false, reason: "ended with code 2" });
    const { output } = result as Extract<ReadyResult, { ready: false }>;
    expect(output).toContain("nil pointer dereference");
    expect(output).not.toMatch(/one (listens|stops)|devenv:/);
  });

  test("of the container changes its process 1", async () => {
    const container = await plain("answers");
    const before = await daemon.inspect(container);
    const { detail } = await restart({ swapRestart: { kind: "container" } }, { container });
    expect(detail.startedAt).not.toBe(before.startedAt);
    expect(await readinessOf(container, {})).toMatchObject({ ready: true });
  });

  test("by signal sends it, and by none does nothing", async () => {
    const { mount } = await testMount(host);
    const waiter = script(`trap 'echo reloaded' USR1; echo up; while :; do ${BUSYBOX} sleep 1000 & wait; done`);
    const { container, console } = await supervise(host, host.newCluster(), mount, waiter);
    await untilLine(console, /^up$/);
    const before = await daemon.inspect(container);
    const ways: SwapRestart[] = [{ kind: "none" }, { kind: "signal", signal: "USR1" }];
    for (const swapRestart of ways) {
      const { detail } = await restart({ swapRestart }, { container });
      expect(detail.startedAt).toBe(before.startedAt);
    }
    await untilLine(console, /^reloaded$/);
    expect(console.linesSince(0).filter(({ text }) => text === "reloaded")).toHaveLength(1);
  });

  test("that cannot come to a start says so, with the pointer's artifact", async () => {
    const { mount, deliver } = await testMount(host);
    const { artifact } = await deliver(one);
    // Process 1 is no supervisor: it takes a HUP and says nothing.
    const spec = containerSpec(host.newCluster(), {
      command: ["/devenv/bin/web"],
      mounts: [{ kind: "bind", source: mount.folder, target: "/devenv", readOnly: true }],
    });
    const container = await createContainer(daemon, spec);
    await daemon.start(container);
    // The time is over as soon as it has been told.
    let told = () => {};
    const over = new Promise<void>((resolve) => {
      told = resolve;
    });
    const telling: Daemon["signal"] = (...args) => daemon.signal(...args).finally(told);
    const hurried = { ...systemClock, sleep: () => over };
    const target = { daemon: { ...daemon, signal: telling }, container, digest: artifact.digest };
    await expect(restartService(service({ stopGraceMs: 1000 }), target, hurried, live)).rejects.toMatchObject({
      message: expect.stringMatching(/^web (was told to restart and did not, within 11 s)$/),
      hint: expect.stringContaining("devenv logs web"),
    });
    expect(shortDigest(artifact.digest)).toHaveLength(12);
  });
});
