import fc from "fast-check";
import type { Release } from "../../../src/model/artifact.ts";
import { serviceName } from "../../../src/model/names.ts";
import type { Attachments } from "../../../src/model/network.ts";
import type { Dependency, Service } from "../../../src/model/profile.ts";
import type { ProvidedFile } from "../../../src/model/provided.ts";
import { goService, imageBuild, network, port, release, service } from "./samples.ts";
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
  readonly replicas: number;
  /** Which of the networks `front` and `back` it is on, besides the default one. */
  readonly networks: readonly string[];
  /** Whether it is in the network of an earlier service that it depends on, instead. */
  readonly isNeighbour: boolean;
  /** Of the content of a file that it is provided with; none for 0. */
  readonly content: number;
  readonly isReadOnly: boolean;
  readonly restartsAlong: boolean;
}

const variant: fc.Arbitrary<Variant> = fc.record({
  isThere: fc.boolean().map((absent) => !absent),
  kind: fc.constantFrom("image", "go", "built"),
  definition: fc.nat(2),
  version: fc.nat(2),
  context: fc.nat(1),
  dependencies: fc.array(fc.option(condition, { nil: undefined, freq: 1 }), { maxLength: NAMES.length }),
  replicas: fc.constantFrom(1, 1, 1, 1, 2, 3, 0),
  networks: fc.subarray(["front", "back"]),
  isNeighbour: fc.nat(5).map((one) => one === 0),
  content: fc.nat(2),
  isReadOnly: fc.boolean(),
  restartsAlong: fc.nat(3).map((one) => one === 0),
});

/**
 * Profiles of up to five services that depend on earlier ones in any way, some with several containers, on several
 * networks or in another's, provided with files; each on a port of its own.
 */
export const wishes: fc.Arbitrary<Wish> = fc
  .record({
    variants: fc.tuple(...NAMES.map(() => variant)),
    volumes: fc.subarray(["data", "cache"]),
    internal: fc.subarray(["front", "back"]),
    disabled: fc.subarray(["x"]),
  })
  .map(({ variants, volumes, internal, disabled }) => {
    const chosen = NAMES.flatMap((name, at) => {
      const of = variants[at];
      return of?.isThere ? [{ name, of }] : [];
    });
    return {
      volumes,
      networks: ["front", "back"].map((key) => network(key, { internal: internal.includes(key) })),
      disabled,
      provided: Object.fromEntries(chosen.map(({ name, of }) => [name, { "/run/secrets/key": `${of.content}` }])),
      services: chosen.map(({ name, of }) => serviceOf(name, of, chosen)),
      releases: Object.fromEntries(chosen.flatMap(({ name, of }) => releaseOf(name, of))),
      contexts: Object.fromEntries(chosen.map(({ name, of }) => [`books-${name}`, `${name} ${of.context}`])),
    };
  });

/** The same with the ports dealt out anew, so that they move from one service to another. */
export const dealtOut: fc.Arbitrary<Wish> = fc
  .tuple(wishes, fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: NAMES.length }))
  .map(([wish, places]) => ({
    ...wish,
    services: wish.services.map((service) => ({
      ...service,
      ports: service.ports.map(({ hostPort }) => port(8000 + (places[hostPort - 8000] ?? 0))),
    })),
  }));

/** Names of some services. */
export const some = fc.subarray([...NAMES]);

function serviceOf(name: Name, of: Variant, all: readonly { name: Name; of: Variant }[]): Service {
  const dependencies = of.dependencies.flatMap((condition, at): Dependency[] => {
    const other = NAMES[at];
    const isEarlier = other !== undefined && at < NAMES.indexOf(name) && all.some((one) => one.name === other);
    if (!isEarlier || condition === undefined) return [];
    return [{ service: serviceName(other), condition, required: true, restart: of.restartsAlong }];
  });
  const attached = attachments(of, all);
  // Neither Docker nor a profile lets a container publish ports of its own in another's network.
  const hasPort = of.replicas <= 1 && attached.kind === "networks";
  const changes: Partial<Service> = {
    environment: { DEFINITION: `${of.definition}` },
    dependsOn: dependencies,
    ports: hasPort ? [port(8000 + NAMES.indexOf(name))] : [],
    replicas: of.replicas,
    attachments: attached,
    provided: of.content === 0 ? [] : [secret],
    settings: { readOnly: of.isReadOnly },
  };
  if (of.kind === "go") return goService(name, changes);
  const built = of.kind === "built" ? { image: `books-${name}`, imageBuild: imageBuild(`/team/${name}`) } : {};
  return service(name, { ...built, ...changes });
}

const secret: ProvidedFile = {
  kind: "secret",
  name: "key",
  target: "/run/secrets/key",
  uid: 0,
  gid: 0,
  mode: 0o444,
  source: { kind: "key", key: "key" },
};

/** In the network of the first of all, which must go on running, or on networks of its own. */
function attachments(of: Variant, all: readonly { name: Name; of: Variant }[]): Attachments {
  const [first] = all;
  const isHost = first !== undefined && first.of !== of && first.of.replicas > 0 && !isAwaited(first.name, all);
  if (of.isNeighbour && isHost) return { kind: "service", service: serviceName(first.name) };
  const on = (key: string) => ({ network: key, aliases: [], ipv4: undefined, ipv6: undefined });
  return { kind: "networks", networks: ["default", ...of.networks].map(on) };
}

/** Whether it shall run to its end: then nothing can be in its network. */
const isAwaited = (name: Name, all: readonly { of: Variant }[]): boolean =>
  all.some(({ of }) => of.dependencies[NAMES.indexOf(name)] === "service_completed_successfully");

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
