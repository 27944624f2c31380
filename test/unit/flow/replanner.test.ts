import { expect, onTestFinished, test } from "vitest";
import type { Cluster } from "../../../src/flow/cluster.ts";
import type { DaemonLink } from "../../../src/flow/daemon-link.ts";
import type { Machine } from "../../../src/flow/machine.ts";
import { Replanner } from "../../../src/flow/replanner.ts";
import type { Event } from "../../../src/model/event.ts";
import { clusterName } from "../../../src/model/names.ts";
import type { Profile } from "../../../src/model/profile.ts";
import { Redactor } from "../../../src/model/secret.ts";
import { createBus } from "../../../src/state/bus.ts";
import { manualClock } from "../watch/manual-clock.ts";

/** A profile without services, edited on a clock that is moved by hand. */
function scene() {
  const [bus, clock] = [createBus(), manualClock()];
  const signal = new AbortController().signal;
  const folders = { state: "/nowhere" };
  const machine = { bus, clock, signal, folders, environment: {}, secrets: new Redactor() } as unknown as Machine;
  const profile = (quietMs: number) =>
    ({
      ...{ name: clusterName("shop"), provider: "docker", services: [], disabled: [], networks: [], volumes: [] },
      ...{ files: ["/shop.yaml"], watch: { quietMs, maxWaitMs: 10_000, pauseAt: 1000 } },
    }) as unknown as Profile;
  const file = { content: profile(25) };
  const replanner = new Replanner(file.content, {
    reload: async () => file.content,
    cluster: { name: clusterName("shop") } as Cluster,
    link: { overcome: async () => {} } as unknown as DaemonLink,
    machine,
    handlers: { leave: async () => {}, follow: async () => 0 },
  });
  onTestFinished(() => replanner.close());
  const events: Event[] = [];
  bus.subscribe((event) => void events.push(event));
  return {
    clock,
    edit: (quietMs: number) => {
      file.content = profile(quietMs);
      replanner.edited("/shop.yaml", clock.now());
    },
    told: (...types: Event["type"][]) => events.filter(({ type }) => types.includes(type)),
  };
}

test("an edit of the quiet window counts for the next edit", async () => {
  const { clock, edit, told } = scene();
  edit(500);
  await clock.pass(30);
  expect(told("replanned", "replanFailed")).toMatchObject([{ type: "replanned" }]);
  edit(25);
  await clock.pass(400);
  expect(told("replanned")).toHaveLength(1);
  await clock.pass(150);
  expect(told("replanned")).toHaveLength(2);
});
