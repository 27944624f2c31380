import { expect, test } from "vitest";
import type { Cluster } from "../../../src/flow/cluster.ts";
import type { DaemonLink } from "../../../src/flow/daemon-link.ts";
import type { Machine } from "../../../src/flow/machine.ts";
import { ServiceContainers } from "../../../src/flow/service-containers.ts";
import { SteadyContainers } from "../../../src/flow/steady-containers.ts";
import type { ContainerState } from "../../../src/model/container.ts";
import type { Failure } from "../../../src/model/failure.ts";
import { clusterName } from "../../../src/model/names.ts";
import { containerNameOf } from "../../../src/plan/names.ts";
import { commandService } from "../artifact/service.ts";
import { manualClock } from "../watch/manual-clock.ts";

const name = clusterName("test");

/** What there is of a container; `away` where the daemon does not answer. */
type Found = ContainerState | "missing" | "away";

/**
 * A service's containers on a daemon that follows no console, so that ends are waited for and codes asked for. All are
 * followed for ten seconds of a clock that is moved by hand.
 */
function settling(replicas = 1) {
  const service = { ...commandService("/repo", "true"), replicas };
  const clock = manualClock();
  const containers = Array.from({ length: replicas }, (_, index) => ({
    id: `container ${index + 1}`,
    found: "running" as Found,
    exitCode: 0,
    looks: 0,
    end: (_code: number) => {},
  }));
  const link = { outages: 0, overcome: async () => containers.some(({ found }) => found === "away") };
  const of = (id: string) => {
    const container = containers.find((one) => one.id === id && one.found !== "missing");
    if (container === undefined || container.found === "away") throw new Error("no such container, or no daemon");
    return container;
  };
  const daemon = {
    attach: async () => Promise.reject(new Error("its console is another's")),
    async observe() {
      for (const container of containers) container.looks++;
      if (containers.some(({ found }) => found === "away")) throw new Error("the daemon does not answer");
      const there = containers.flatMap(({ id, found: state }, index) => {
        const number = index + 1;
        return state === "missing"
          ? []
          : [{ id, state, service: service.name, number, name: containerNameOf(name, service, number) }];
      });
      return { containers: there };
    },
    inspect: async (id: string) => ({ ...of(id), state: of(id).found }),
    wait: (id: string) =>
      new Promise<number>((resolve, reject) => {
        const container = of(id);
        container.end = (code) => (container.found === "exited" ? resolve(code) : reject(new Error("it is gone")));
        if (container.found === "exited") resolve(container.exitCode);
      }),
    logs: async function* () {},
  };
  const cluster = { daemon, name, endpoint: {}, mount: { observe: () => new Map() } } as unknown as Cluster;
  const machine = { clock, signal: new AbortController().signal } as unknown as Machine;
  const closing = new AbortController();
  const steady = new SteadyContainers({
    containers: new ServiceContainers(service, cluster, machine),
    link: link as unknown as DaemonLink,
    machine,
    remake: async () => false,
  });
  let result: { readonly failure: Failure | undefined } | undefined;
  const followed = steady.crashWithin(10_000, closing.signal).then((failure) => {
    result = { failure };
  });
  /** Has it end, or go away. */
  const become = (found: Found, { number = 1, code = 0 } = {}) => {
    const container = containers[number - 1];
    if (container !== undefined) Object.assign(container, { found, exitCode: code }).end(code);
  };
  return { clock, containers, link, become, closing, followed, result: () => result };
}

test("a program that runs on has stayed up when its time is over, and not before", async () => {
  const { clock, result } = settling();
  await clock.pass(9_999);
  expect(result()).toBeUndefined();
  await clock.pass(1);
  await clock.pass(0);
  expect(result()).toEqual({ failure: undefined });
});

test("a program that ends by itself has not", async () => {
  const { clock, become, result } = settling();
  await clock.pass(5_000);
  become("exited", { code: 3 });
  await clock.pass(0);
  expect(result()?.failure?.message).toBe("books answered, and then ended with code 3");
});

test.each<[string, Found]>([
  ["stopped", "exited"],
  ["removed", "missing"],
])(
  "a container that is %s has not stayed up; made or started anew, it has all its time before it",
  async (_, found) => {
    const { clock, become, result } = settling();
    await clock.pass(1_000);
    become(found);
    await clock.pass(60_000);
    expect(result()).toBeUndefined();
    become("running");
    await clock.pass(4_000);
    await clock.pass(9_000);
    expect(result()).toBeUndefined();
    await clock.pass(1_000);
    await clock.pass(0);
    expect(result()).toEqual({ failure: undefined });
  },
);

test("a container that is paused when its time is over has all of it anew once it goes on", async () => {
  const { clock, become, containers, result } = settling();
  become("paused");
  await clock.pass(60_000);
  expect(result()).toBeUndefined();
  expect(containers[0]?.looks).toBeLessThan(30);
  become("running");
  await clock.pass(14_000);
  await clock.pass(0);
  expect(result()).toEqual({ failure: undefined });
});

test("time that the daemon was away does not count", async () => {
  const { clock, become, link, result } = settling();
  link.overcome = async () => {
    await clock.sleep(30_000);
    become("running");
    link.overcome = async () => false;
    return true;
  };
  await clock.pass(9_000);
  become("away");
  await clock.pass(39_000);
  expect(result()).toBeUndefined();
  await clock.pass(1_000);
  await clock.pass(0);
  expect(result()).toEqual({ failure: undefined });
});

test("of several, one that ends by itself ends the following of the others, also of one that is stopped", async () => {
  const { clock, become, containers, result } = settling(2);
  become("exited");
  await clock.pass(1_000);
  become("exited", { number: 2, code: 2 });
  await clock.pass(0);
  expect(result()?.failure?.message).toBe("books answered, and then ended with code 2");
  const { looks } = containers[0] ?? {};
  await clock.pass(60_000);
  expect(containers[0]?.looks).toBe(looks);
});

test("a following that is given up ends at once, also where it waits for a container that is gone", async () => {
  const { clock, become, closing, followed, result } = settling();
  await clock.pass(1_000);
  become("missing");
  await clock.pass(1_000);
  closing.abort();
  await followed;
  expect(result()).toEqual({ failure: undefined });
});

test("a container that is being removed is not started any more: the one that is made after it is", async () => {
  const calls: string[] = [];
  const service = { ...commandService("/repo", "true"), replicas: 1 };
  let there: { id: string; state: ContainerState } | undefined = { id: "old", state: "removing" };
  const daemon = {
    attach: async () => Promise.reject(new Error("its console is another's")),
    // Seen on Docker 20.10: it is listed as it was before its removal began.
    observe: async () => ({
      containers:
        there === undefined ? [] : [{ ...there, state: "exited", service: service.name, number: 1 }].map(named),
    }),
    inspect: async (id: string) => {
      if (there?.id !== id) throw new Error(`no such container: ${id}`);
      return there;
    },
    start: async (id: string) => {
      calls.push(`start ${id}`);
      if (there?.state === "removing") throw new Error("container is marked for removal and cannot be started");
    },
    restart: async (id: string) => daemon.start(id),
    remove: async (id: string) => {
      calls.push(`remove ${id}`);
      there = undefined;
    },
    logs: async function* () {},
  };
  const named = <T>(container: T) => ({ ...container, name: containerNameOf(name, service, 1) });
  const cluster = { daemon, name, endpoint: {}, mount: { observe: () => new Map() } } as unknown as Cluster;
  const machine = { clock: manualClock(), signal: new AbortController().signal } as unknown as Machine;
  const steady = new SteadyContainers({
    containers: new ServiceContainers(service, cluster, machine),
    link: { outages: 0, overcome: async () => false } as unknown as DaemonLink,
    machine,
    remake: async () => {
      calls.push("remake");
      there = { id: "new", state: "running" };
      return true;
    },
  });
  await steady.restart();
  expect(calls.slice(-2)).toEqual(["remove old", "remake"]);
});
