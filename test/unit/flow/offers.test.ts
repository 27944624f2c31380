import { expect, it } from "vitest";
import type { Machine } from "../../../src/flow/machine.ts";
import { Offers } from "../../../src/flow/offers.ts";
import { systemClock } from "../../../src/host/clock.ts";
import { plainArtifacts } from "../../../src/model/artifact-source.ts";
import { serviceName } from "../../../src/model/names.ts";
import type { Profile } from "../../../src/model/profile.ts";
import { createBus } from "../../../src/state/bus.ts";
import { goBuilder } from "../plan/samples.ts";

/** A profile whose CI is asked so often. */
function profileAsking(everyMs: number): Profile {
  const artifacts = { ...plainArtifacts({ kind: "file", folder: "/nowhere/ci" }), everyMs };
  const web = { name: serviceName("web"), build: goBuilder(".") };
  return { name: "shop", workspace: "/nowhere", artifacts, services: [web] } as unknown as Profile;
}

/** A machine on which asking CI is told as a bug: it has nothing to ask with. */
function scene() {
  const bus = createBus();
  const told: string[] = [];
  bus.subscribe(({ type }) => told.push(type));
  return { machine: { clock: systemClock, bus } as unknown as Machine, bus, told };
}

/** Resolves when CI was asked, which cannot work here. */
const asked = ({ bus }: ReturnType<typeof scene>) =>
  new Promise<void>((resolve) => bus.subscribe(({ type }) => type === "watchFailed" && resolve()));

it("CI that is never to be asked is not asked, until an edited profile says otherwise", async () => {
  const here = scene();
  const over = new AbortController();
  const offers = new Offers(profileAsking(0), here.machine);
  const asking = offers.run(over.signal);
  expect(here.told).toEqual([]);
  const wasAsked = asked(here);
  offers.goBy(profileAsking(60_000));
  await wasAsked;
  over.abort();
  await asking;
});

it("an answer to what nobody asked changes nothing", async () => {
  await expect(
    new Offers(profileAsking(0), scene().machine).answer(serviceName("web"), "take"),
  ).resolves.toBeUndefined();
});
