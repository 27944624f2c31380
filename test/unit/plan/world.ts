import { apply } from "../../../src/flow/apply.ts";
import type { Clock } from "../../../src/host/clock.ts";
import type { Release } from "../../../src/model/artifact.ts";
import { type ContainerSpec, LABEL } from "../../../src/model/container.ts";
import type { ObservedDelivery } from "../../../src/model/delivery.ts";
import { type ArtifactDigest, containerId, type ServiceName, serviceName } from "../../../src/model/names.ts";
import type { Operation, Plan } from "../../../src/model/operation.ts";
import type { Profile } from "../../../src/model/profile.ts";
import { desire } from "../../../src/plan/desired.ts";
import type { Facts } from "../../../src/plan/facts.ts";
import { containerNameOf } from "../../../src/plan/names.ts";
import type { Observed, ObservedImage } from "../../../src/plan/observed.ts";
import { planUp } from "../../../src/plan/plan-up.ts";
import { createBus } from "../../../src/state/bus.ts";
import { type Container, end, holdsPorts, observed } from "./world-container.ts";

type ServiceOperation = Extract<Operation, { service: ServiceName } | { container: string } | { spec: ContainerSpec }>;

const stillClock: Clock = { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve() };

/**
 * A daemon, a mount and an executor in miniature: operations have the effects, and the refusals, that they have in
 * Docker, and plans are carried out by the real `apply`.
 */
export class World {
  readonly containers = new Map<string, Container>();
  readonly networks = new Map<string, { readonly id: number; readonly hash: string | undefined }>();
  readonly volumes = new Set<string>();
  readonly images = new Map<string, ObservedImage>();
  readonly deliveries = new Map<ServiceName, ObservedDelivery>();
  /** Code that starts but never answers. */
  readonly broken = new Set<ArtifactDigest>();
  /** Services that run once, to their end. */
  readonly oneShots = new Set<string>();
  /** What was performed, in order. */
  readonly log: Operation[] = [];
  /** Asked before each operation: what shall befall it. */
  fate: (operation: Operation) => "done" | "refused" | "doneButRefused" | "killed" = () => "done";
  #containerNames = new Map<string, string | undefined>();
  #isKilled = false;
  #ids = 0;

  /** Plans and carries out; gives what it planned and the failure, if there was one. */
  async up(profile: Profile, facts: Facts): Promise<{ plan: Plan; failure: Error | undefined }> {
    this.#isKilled = false;
    const desired = desire(profile, facts);
    this.#containerNames = new Map(profile.services.map(({ name, containerName }) => [name, containerName]));
    this.oneShots.clear();
    for (const { oneShot, service } of desired.services) if (oneShot) this.oneShots.add(service.name);
    const plan = planUp(desired, this.observe());
    return { plan, failure: await this.carryOut(plan) };
  }

  async carryOut(plan: Plan): Promise<Error | undefined> {
    const context = { bus: createBus(), clock: stillClock, signal: new AbortController().signal };
    return apply(plan, async (operation) => this.#perform(operation), context).then(
      () => undefined,
      (failure: Error) => failure,
    );
  }

  observe(): Observed {
    const containers = [...this.containers.values()];
    return {
      containers: containers.map(observed),
      networks: [...this.networks].map(([name, { id: network, hash }]) => ({ name, id: String(network), hash })),
      volumes: [...this.volumes].map((name) => ({ name, driver: "local", driverOptions: {}, labels: {} })),
      images: new Map(this.images),
      deliveries: new Map(this.deliveries),
      ready: new Set(containers.filter((container) => this.#answers(container)).map(({ id }) => containerId(id))),
    };
  }

  /** The code that answers for a service right now: `image` for an image's own program, undefined for silence. */
  answering(service: string, number = 1): ArtifactDigest | "image" | undefined {
    const container = this.containers.get(this.#nameOf(service, number));
    return container !== undefined && this.#answers(container) ? (container.runs ?? "image") : undefined;
  }

  #nameOf(service: string, number?: number): string {
    const of = { name: serviceName(service), containerName: this.#containerNames.get(service) };
    return containerNameOf("books", of, number);
  }

  #answers = ({ state, runs }: Container): boolean =>
    state === "running" && (runs === undefined || !this.broken.has(runs));

  #perform(operation: Operation): void {
    const fate = this.#isKilled ? "killed" : this.fate(operation);
    if (fate === "killed") this.#isKilled = true;
    if (fate === "killed" || fate === "refused") throw new Error(`${operation.kind} ${fate}`);
    this.log.push(operation);
    this.#do(operation);
    if (fate === "doneButRefused") throw new Error(`${operation.kind} timed out`);
  }

  #do(operation: Operation): void {
    switch (operation.kind) {
      case "createNetwork":
        this.networks.set(operation.name, { id: ++this.#ids, hash: operation.labels[LABEL.hash] });
        break;
      case "createVolume":
        this.volumes.add(operation.name);
        break;
      case "removeNetwork":
        this.#removeNetwork(operation.name);
        break;
      case "removeVolume":
        this.volumes.delete(operation.name);
        break;
      case "emptyImage":
      case "pullImage":
        this.images.set(operation.image, { id: `id of ${operation.image}`, context: undefined });
        break;
      case "buildImage":
        this.images.set(operation.image, { id: `id of ${operation.context}`, context: operation.context });
        break;
      case "relay":
        break; // beside the cluster's objects
      default:
        this.#doToService(operation);
    }
  }

  #doToService(operation: ServiceOperation): void {
    switch (operation.kind) {
      case "deliver":
        this.#deliver(operation);
        break;
      case "commit":
        this.#commit(operation.service, operation.release);
        break;
      case "create":
        this.#create(operation.name, operation.spec);
        break;
      case "connect":
        this.#connect(this.#named(operation.container), operation);
        break;
      case "provide":
        this.#provide(this.#named(operation.container), operation);
        break;
      case "start":
        this.#start(this.#named(operation.container));
        break;
      case "stop":
        end(this.#named(operation.container));
        break;
      case "rename":
        this.#rename(operation.container, operation.name);
        break;
      case "remove":
        this.containers.delete(operation.container);
        break;
      case "restartProcess":
        end(this.#named(this.#nameOf(operation.service, operation.replica)));
        this.#start(this.#named(this.#nameOf(operation.service, operation.replica)));
        break;
      case "await":
        this.#expect(operation);
    }
  }

  #commit(service: ServiceName, good: Release): void {
    const there = this.deliveries.get(service) ?? { artifact: undefined, config: undefined };
    this.deliveries.set(service, { ...there, record: { service, good } });
  }

  #deliver({ service, release, good, rolledBack: from }: Extract<Operation, { kind: "deliver" }>): void {
    const at = "2026-01-01T00:00:00Z";
    const back = from === undefined ? {} : { rolledBack: { from, reason: "it did not answer", at } };
    const record =
      good === undefined ? { service, good: release, ...back } : { service, good, trial: { release, since: at } };
    this.deliveries.set(service, { artifact: release.artifact.digest, config: release.config, record });
  }

  #named(name: string): Container {
    const container = this.containers.get(name);
    if (container === undefined) throw new Error(`No such container: ${name}`);
    return container;
  }

  #create(name: string, spec: ContainerSpec): void {
    if (this.containers.has(name)) throw new Error(`The container name ${name} is already in use`);
    const image = this.images.get(spec.image);
    if (image === undefined) throw new Error(`No such image: ${spec.image}`);
    const id = `${++this.#ids}`;
    const rest = { imageId: image.id, state: "created", exitCode: 0, runs: undefined } as const;
    const networkOf = spec.network.kind === "container" ? this.#named(spec.network.container).id : undefined;
    const made: Container = { id, name, spec, networks: new Map(), networkOf, files: new Set(), ...rest };
    // Docker before API 1.44 takes one network, and no more, at the creation.
    const [first] = spec.network.kind === "networks" ? spec.network.endpoints : [];
    if (first !== undefined) this.#connect(made, { endpoint: first });
    this.containers.set(name, made);
  }

  #connect({ networks }: Container, how: Pick<Extract<Operation, { kind: "connect" }>, "endpoint" | "again">): void {
    const { network: name } = how.endpoint;
    const network = this.networks.get(name);
    if (network === undefined) throw new Error(`network ${name} not found`);
    if (networks.has(name) && !how.again) throw new Error(`endpoint already exists in network ${name}`);
    networks.set(name, network.id);
  }

  #provide(container: Container, { files, volumes }: Extract<Operation, { kind: "provide" }>): void {
    if (container.state !== "created") throw new Error("files are for a container that was not started yet");
    for (const { target } of files) {
      const isInVolume = volumes.some((volume) => target.startsWith(`${volume}/`));
      if (container.spec.settings.readOnly && !isInVolume) throw new Error("container rootfs is marked read-only");
      container.files.add(target);
    }
  }

  #removeNetwork(name: string): void {
    const users = [...this.containers.values()].filter((one) => holdsPorts(one) && one.networks.has(name));
    if (users.length > 0) throw new Error(`error while removing network: network ${name} has active endpoints`);
    this.networks.delete(name);
  }

  #start(container: Container): void {
    if (container.state === "running") return;
    if (container.state === "paused") throw new Error("cannot start a paused container, try unpause instead");
    if (container.state === "restarting") return; // Docker calls it running
    if (container.state === "dead") throw new Error("container is marked for removal and cannot be started");
    this.#expectNetworks(container);
    for (const other of this.containers.values()) {
      const clash = other.spec.ports.some(({ hostPort }) => container.spec.ports.some((p) => p.hostPort === hostPort));
      if (holdsPorts(other) && clash) throw new Error("port is already allocated");
    }
    container.state = "running";
    const isFromMount = container.spec.command?.some((word) => word.startsWith("/devenv/")) ?? false;
    container.runs = isFromMount ? this.deliveries.get(container.spec.service)?.artifact : undefined;
    if (!this.oneShots.has(container.spec.service)) return;
    container.exitCode = container.runs !== undefined && this.broken.has(container.runs) ? 1 : 0;
    container.state = "exited";
  }

  #expectNetworks({ spec: { network }, networks, networkOf }: Container): void {
    for (const [name, id] of networks)
      if (this.networks.get(name)?.id !== id) throw new Error(`network ${name} not found`);
    const other = [...this.containers.values()].find(({ id }) => id === networkOf);
    if (networkOf !== undefined && (other === undefined || !holdsPorts(other)))
      throw new Error("cannot join network of a non running container");
    const wanted = network.kind === "networks" ? network.endpoints.length : 0;
    if (networks.size < wanted) throw new Error(`connected to ${networks.size} networks of ${wanted}`);
  }

  #rename(from: string, to: string): void {
    const container = this.#named(from);
    if (this.containers.has(to)) throw new Error(`The container name ${to} is already in use`);
    this.containers.delete(from);
    container.name = to;
    this.containers.set(to, container);
  }

  #expect({ service, replica, condition }: Extract<Operation, { kind: "await" }>): void {
    const container = this.#named(this.#nameOf(service, replica));
    const holds = {
      service_started: container.state === "running",
      service_healthy: this.#answers(container),
      service_completed_successfully: container.state === "exited" && container.exitCode === 0,
    };
    if (!holds[condition]) throw new Error(`${service} did not become ${condition}`);
  }
}
