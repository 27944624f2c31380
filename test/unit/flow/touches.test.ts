import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ContainerEvent } from "../../../src/docker/daemon.ts";
import type { Cluster } from "../../../src/flow/cluster.ts";
import type { Machine } from "../../../src/flow/machine.ts";
import { writeModes } from "../../../src/flow/modes.ts";
import { Touches } from "../../../src/flow/touches.ts";
import { systemClock } from "../../../src/host/clock.ts";
import { type ServiceName, serviceName } from "../../../src/model/names.ts";
import { createBus } from "../../../src/state/bus.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "devenv-touches-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const [books, authors] = [serviceName("books"), serviceName("authors")];

/** Of whom it is told that somebody else removed their containers, one after the other, while no devenv has the lock. */
async function toldOf(...removed: readonly ServiceName[]): Promise<ServiceName[]> {
  const told: ServiceName[] = [];
  const bus = createBus();
  const heard = new Promise<void>((resolve) => {
    bus.subscribe((event) => {
      if (event.type !== "containerTouched") return;
      told.push(event.service);
      if (event.service === removed.at(-1)) resolve();
    });
  });
  const daemon = { observe: async () => ({ containers: [] }) };
  const cluster = { folder, name: "shop", daemon } as unknown as Cluster;
  const touches = new Touches(cluster, { bus, clock: systemClock } as unknown as Machine);
  for (const service of removed)
    touches.hear({ action: "destroy", service, name: `shop-${service}-1` } as unknown as ContainerEvent);
  await heard;
  return told;
}

test("a container that is gone was removed by somebody else, but not one of a service that was chosen to be off", async () => {
  expect(await toldOf(books, authors)).toEqual([books, authors]);
  await writeModes(folder, new Map([[books, { kind: "off" }]]));
  expect(await toldOf(books, authors)).toEqual([authors]);
});
