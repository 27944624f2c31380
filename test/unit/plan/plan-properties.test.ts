import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { type ArtifactDigest, serviceName } from "../../../src/model/names.ts";
import type { Plan } from "../../../src/model/operation.ts";
import { desire } from "../../../src/plan/desired.ts";
import { planUp } from "../../../src/plan/plan-up.ts";
import { printPlan } from "../../../src/plan/print.ts";
import { dealtOut, histories, live, some, upKilledAt, wishes } from "./histories.ts";
import { Scene, spellOut, type Wish } from "./scene.ts";

// On a laden machine a hundred runs take longer than a test is given by default.
vi.setConfig({ testTimeout: 60_000 });

const RUNS = { numRuns: 100 };

const planned = (scene: Scene, wish: Wish): Plan => planUp(desire(...spellOut(wish)), scene.world.observe());

/** The services that answer, of those that are still wanted. */
const answering = (scene: Scene, wish: Wish): string[] =>
  wish.services.map(({ name }) => name).filter((name) => scene.world.answering(name) !== undefined);

/**
 * Those of them that are promised to go on answering. Not promised: what the record of its code was taken away from;
 * what is, or was, in the network of another container, to which Docker ties it for good; what is scaled to nothing; and
 * what is on a network that is made anew, should that fail.
 */
const promised = (scene: Scene, wish: Wish): string[] =>
  answering(scene, wish).filter((name) => {
    const { world } = scene;
    const wanted = wish.services.find((service) => service.name === name);
    const there = scene.container(`books-${name}-1`);
    const isTied = there.networkOf !== undefined || wanted?.attachments.kind === "service";
    const isRecorded = world.answering(name) === "image" || world.deliveries.has(serviceName(name));
    const onChanged = [...there.networks.keys()].some((key) => changedNetworks(scene, wish).has(key));
    return isRecorded && !isTied && !onChanged && wanted?.replicas !== 0;
  });

function changedNetworks(scene: Scene, wish: Wish): Set<string> {
  const there = scene.world.observe().networks;
  const wanted = desire(...spellOut(wish)).networks;
  const changed = wanted.filter(({ network, hash }) => there.find(({ name }) => name === network.name)?.hash !== hash);
  return new Set(changed.map(({ network }) => network.name));
}

/** Code that does not run yet may turn out not to work; which, is decided by the bits of a number. */
function breakNewCode(scene: Scene, wish: Wish, which: number): void {
  const { world } = scene;
  const known = new Set<ArtifactDigest | undefined>(
    [...world.deliveries.values()].flatMap(({ artifact, record }) => [artifact, record?.good?.artifact.digest]),
  );
  for (const [at, { artifact }] of Object.values(wish.releases ?? {}).entries()) {
    if (!known.has(artifact.digest) && (which >> at) % 2 === 1) world.broken.add(artifact.digest);
  }
}

test("whatever came before, one `up` brings the cluster there and a second one has nothing to do", async () => {
  await fc.assert(
    fc.asyncProperty(histories, wishes, async (history, wish) => {
      const scene = new Scene();
      await live(scene, history);
      await scene.given(wish);
      expect(scene.text(wish)).toBe("nothing to do");
      const names = wish.services.flatMap(({ name, replicas }) =>
        Array.from({ length: replicas }, (_, index) => `books-${name}-${index + 1}`),
      );
      expect([...scene.world.containers.keys()].sort()).toEqual(names.sort());
      for (const { name, provided, replicas } of wish.services) {
        const files = replicas > 0 ? [...scene.container(`books-${name}-1`).files] : [];
        expect(files).toEqual(replicas > 0 ? provided.map(({ target }) => target) : []);
      }
    }),
    RUNS,
  );
});

test("ports that move between services in any way are all in their new places after one `up`", async () => {
  await fc.assert(
    fc.asyncProperty(histories, dealtOut, async (history, wish) => {
      const scene = new Scene();
      await live(scene, history);
      await scene.given(wish);
      expect(scene.text(wish)).toBe("nothing to do");
    }),
    RUNS,
  );
});

test("a plan for some services touches no container of any other, and leaves the rest to the next `up`", async () => {
  await fc.assert(
    fc.asyncProperty(histories, wishes, some, async (history, wish, names) => {
      const scene = new Scene();
      await live(scene, history);
      const only = new Set(names.map(serviceName));
      const { steps } = planUp(desire(...spellOut(wish)), scene.world.observe(), { only });
      const touched = steps.flatMap(({ service }) => service ?? []);
      expect(touched.filter((name) => !only.has(name))).toEqual([]);
      const others = [...scene.world.containers.values()].filter(({ spec }) => !only.has(spec.service));
      const before = others.map(({ id, state }) => [id, state]);
      await scene.world.carryOut({ steps });
      expect(others.map(({ id, state }) => [id, state])).toEqual(before);
      await scene.given(wish);
      expect(scene.text(wish)).toBe("nothing to do");
    }),
    RUNS,
  );
});

test("a plan's steps have names of their own, wait only for steps of the plan, and never for each other in a circle", () =>
  fc.assert(
    fc.asyncProperty(histories, wishes, async (history, wish) => {
      const scene = new Scene();
      await live(scene, history);
      const { steps } = planned(scene, wish);
      const ids = steps.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      const open = new Map(steps.map(({ id, after }) => [id, after]));
      while (open.size > 0) {
        const free = [...open].filter(([, after]) => after.every((id) => ids.includes(id) && !open.has(id)));
        expect(free).not.toEqual([]);
        for (const [id] of free) open.delete(id);
      }
    }),
    RUNS,
  ));

test("planning changes nothing of what it plans from, and the same again gives the same", () =>
  fc.assert(
    fc.asyncProperty(histories, wishes, async (history, wish) => {
      const scene = new Scene();
      await live(scene, history);
      const before = scene.world.observe();
      const copy = structuredClone(before);
      expect(planUp(desire(...spellOut(wish)), before)).toEqual(planned(scene, wish));
      expect(before).toEqual(copy);
    }),
    { numRuns: 50 },
  ));

test("an `up` one operation of which fails leaves every service that answered before it answering", async () => {
  const fates = fc.constantFrom("refused" as const, "doneButRefused" as const);
  await fc.assert(
    fc.asyncProperty(histories, wishes, fc.nat(40), fates, async (history, wish, at, fate) => {
      const scene = new Scene();
      await live(scene, history);
      const before = promised(scene, wish);
      let operations = 0;
      scene.world.fate = () => (operations++ === at ? fate : "done");
      const { plan } = await scene.world.up(...spellOut(wish));
      expect(answering(scene, wish), printPlan(plan)).toEqual(expect.arrayContaining(before));
    }),
    { numRuns: 150 },
  );
});

test("an `up` to code that does not answer leaves every service that answered before it answering", () =>
  fc.assert(
    fc.asyncProperty(histories, wishes, fc.nat(31), async (history, wish, broken) => {
      const scene = new Scene();
      await live(scene, history);
      breakNewCode(scene, wish, broken);
      const before = promised(scene, wish);
      const { plan } = await scene.world.up(...spellOut(wish));
      expect(answering(scene, wish), printPlan(plan)).toEqual(expect.arrayContaining(before));
    }),
    RUNS,
  ));

test("an `up` that is killed anywhere loses nothing: the next one brings back what answered, however broken the new code", async () => {
  await fc.assert(
    fc.asyncProperty(histories, wishes, fc.nat(40), fc.nat(31), async (history, wish, killedAt, broken) => {
      const scene = new Scene();
      await live(scene, history);
      breakNewCode(scene, wish, broken);
      const before = promised(scene, wish);
      const first = scene.text(wish);
      await upKilledAt(scene, wish, killedAt);
      const second = scene.text(wish);
      await upKilledAt(scene, wish, undefined);
      expect(answering(scene, wish), `${first}\n\n${second}`).toEqual(expect.arrayContaining(before));
    }),
    { numRuns: 150 },
  );
});
