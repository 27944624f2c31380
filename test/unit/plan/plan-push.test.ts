import { expect, test } from "vitest";
import type { ContainerSpec } from "../../../src/model/container.ts";
import { LABEL } from "../../../src/model/container.ts";
import type { Service } from "../../../src/model/profile.ts";
import { containerSpec } from "../../../src/plan/container-spec.ts";
import { desire } from "../../../src/plan/desired.ts";
import { planUp } from "../../../src/plan/plan-up.ts";
import { printPlan } from "../../../src/plan/print.ts";
import { facts, goService, profile } from "./samples.ts";
import { everything, Scene, spellOut } from "./scene.ts";

const pushed = { ...facts(), mountVolume: "books.devenv" };
const specOf = (service: Service, how = facts()): ContainerSpec =>
  containerSpec(service, 1, { profile: profile([service]), facts: how, clusterLabels: {}, image: () => "image" });

test("what is pushed is a volume of the container, read-only, in the place of the folder that is mounted", () => {
  const [mounted] = specOf(goService("books")).mounts;
  const [volume] = specOf(goService("books"), pushed).mounts;
  expect(mounted).toEqual({ kind: "bind", source: facts().mountFolder, target: "/devenv", readOnly: true });
  expect(volume).toEqual({ kind: "volume", source: "books.devenv", target: "/devenv", readOnly: true, noCopy: true });
  const hash = (how = facts()) => specOf(goService("books"), how).labels[LABEL.hash];
  expect(hash(pushed)).not.toBe(hash());
});

test("a forwarder keeps the folder: the socket that it leads to is in no volume", () => {
  const forwarder = goService("books", { labels: { [LABEL.forwarder]: "true" } });
  expect(specOf(forwarder, pushed).mounts[0]).toMatchObject({ kind: "bind" });
});

test("what push had is removed once every container is another, and left where push goes on or only some are planned for", async () => {
  const scene = new Scene();
  await scene.given(everything);
  const world = scene.world.observe();
  const [any] = world.containers;
  if (any === undefined) expect.unreachable();
  const volume = { name: "books.devenv", driver: "local", driverOptions: {}, labels: { [LABEL.helper]: "push" } };
  const observed = { ...world, helpers: [{ ...any, name: "books.devenv" }], volumes: [...world.volumes, volume] };
  const [wanted, mounted] = spellOut(everything);
  expect(printPlan(planUp(desire(wanted, mounted), observed))).toBe(
    "remove what push delivered  (containers mount a folder of this machine now)\n" +
      "  - remove container books.devenv\n  - remove volume books.devenv",
  );
  const { steps } = planUp(desire(wanted, { ...mounted, mountVolume: "books.devenv" }), observed);
  expect(steps.map(({ id }) => id)).not.toContain("helper");
  expect(planUp(desire(wanted, mounted), observed, { only: new Set() }).steps).toEqual([]);
});
