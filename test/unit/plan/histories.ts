import fc from "fast-check";
import type { Release } from "../../../src/model/artifact.ts";
import { serviceName } from "../../../src/model/names.ts";
import type { Dependency, Service } from "../../../src/model/profile.ts";
import { goService, imageBuild, port, release, service } from "./samples.ts";
import { type Scene, spellOut, type Wish } from "./scene.ts";
import type { World } from "./world.ts";

const NAMES = ["a", "b", "c", "d", "e"] as const;
type Name = (typeof NAMES)[number];

const condition = fc.constantFrom("service_started", "service_healthy", "service_completed_successfully");

interface Variant {
  readonly isThere: boolean;
  readonly kind: "image" | "go" | "built";
  readonly definition: number;
  readonly version: number;
  readonly context: number;
  readonly dependencies: readonly (Dependency["condition"] | undefined)[];
}

const variant: fc.Arbitrary<Variant> = fc.record({
  isThere: fc.boolean().map((absent) => !absent),
  kind: fc.constantFrom("image", "go", "built"),
  definition: fc.nat(2),
  version: fc.nat(2),
  context: fc.nat(1),
  dependencies: fc.array(fc.option(condition, { nil: undefined, freq: 1 }), { maxLength: NAMES.length }),
});

/** Profiles of up to five services that depend on earlier ones in any way, each on a port of its own. */
export const wishes: fc.Arbitrary<Wish> = fc
  .record({ variants: fc.tuple(...NAMES.map(() => variant)), volumes: fc.subarray(["data", "cache"]) })
  .map(({ variants, volumes }) => {
    const chosen = NAMES.flatMap((name, at) => {
      const of = variants[at];
      return of?.isThere ? [{ name, of }] : [];
    });
    return {
      volumes,
      services: chosen.map(({ name, of }) => serviceOf(name, of, chosen)),
      releases: Object.fromEntries(chosen.flatMap(({ name, of }) => releaseOf(name, of))),
      contexts: Object.fromEntries(chosen.map(({ name, of }) => [`books-${name}`, `${name} ${of.context}`])),
    };
  });

function serviceOf(name: Name, of: Variant, all: readonly { name: Name }[]): Service {
  const dependencies = of.dependencies.flatMap((condition, at): Dependency[] => {
    const other = NAMES[at];
    const isEarlier = other !== undefined && at < NAMES.indexOf(name) && all.some((one) => one.name === other);
    return isEarlier && condition !== undefined ? [{ service: serviceName(other), condition, required: true }] : [];
  });
  const changes: Partial<Service> = {
    environment: { DEFINITION: `${of.definition}` },
    dependsOn: dependencies,
    ports: [port(8000 + NAMES.indexOf(name))],
  };
  if (of.kind === "go") return goService(name, changes);
  const built = of.kind === "built" ? { image: `books-${name}`, imageBuild: imageBuild(`/team/${name}`) } : {};
  return service(name, { ...built, ...changes });
}

const releaseOf = (name: Name, of: Variant): [string, Release][] =>
  of.kind === "go" ? [[name, release(name, `ci:${of.version}`)]] : [];

/** What can come over a cluster between two runs of `up`. */
const DISTURBANCES: Record<string, (world: World, name: Name) => void> = {
  "exits by itself": (world, name) => Object.assign(world.containers.get(own(name)) ?? {}, { state: "exited" }),
  "is paused": (world, name) => Object.assign(world.containers.get(own(name)) ?? {}, { state: "paused" }),
  loops: (world, name) => Object.assign(world.containers.get(own(name)) ?? {}, { state: "restarting" }),
  "is given up": (world, name) => Object.assign(world.containers.get(own(name)) ?? {}, { state: "dead" }),
  "is removed": (world, name) => world.containers.delete(own(name)),
  "loses its image": (world, name) => world.images.delete(`books-${name}`),
  "has its code moved away": (world, name) => {
    const there = world.deliveries.get(serviceName(name));
    if (there) world.deliveries.set(serviceName(name), { ...there, artifact: undefined });
  },
  "loses its record": (world, name) => world.deliveries.delete(serviceName(name)),
};

const own = (name: Name) => `books-${name}-1`;

type Happening =
  | { readonly up: Wish; readonly killedAt: number | undefined }
  | { readonly disturbance: string; readonly name: Name };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ up: wishes, killedAt: fc.option(fc.nat(40), { nil: undefined }) }),
  fc.record({ disturbance: fc.constantFrom(...Object.keys(DISTURBANCES)), name: fc.constantFrom(...NAMES) }),
);

/** What came before: clusters brought up, some by a devenv that was killed at the n-th operation, and mishaps. */
export const histories: fc.Arbitrary<readonly Happening[]> = fc.array(happening, { maxLength: 4 });

export async function live(scene: Scene, history: readonly Happening[]): Promise<void> {
  for (const each of history) {
    if ("up" in each) await upKilledAt(scene, each.up, each.killedAt);
    else DISTURBANCES[each.disturbance]?.(scene.world, each.name);
  }
}

/** Runs `up` in a devenv that is killed at its n-th operation, if it comes to it. */
export async function upKilledAt(scene: Scene, wish: Wish, killedAt: number | undefined): Promise<void> {
  let operations = 0;
  scene.world.fate = () => (operations++ === killedAt ? "killed" : "done");
  await scene.world.up(...spellOut(wish));
  scene.world.fate = () => "done";
}
