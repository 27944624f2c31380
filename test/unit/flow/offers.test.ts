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

const machine = { clock: systemClock, bus: createBus() } as unknown as Machine;

it("CI that is never to be asked is not asked", async () => {
  // It ends by itself: there is nothing to wait for.
  await expect(new Offers(profileAsking(0), machine).run(new AbortController().signal)).resolves.toBeUndefined();
});

it("an answer to what nobody asked changes nothing", async () => {
  await expect(new Offers(profileAsking(0), machine).answer(serviceName("web"), "take")).resolves.toBeUndefined();
});
