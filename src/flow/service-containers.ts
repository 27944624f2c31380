import type { ContainerState } from "../model/container.ts";
import type { Failure } from "../model/failure.ts";
import type { Service } from "../model/profile.ts";
import type { Cluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";
import type { Moved } from "./pointers.ts";
import { ReplicaTurns } from "./replica-turns.ts";
import { ServiceContainer } from "./service-container.ts";

/**
 * All containers of one service, as one: they are restarted one after the other, each once the one before it answers, so
 * that the service answers all the time.
 */
export class ServiceContainers {
  readonly #containers: readonly ServiceContainer[];
  readonly #turns: ReplicaTurns;

  constructor(service: Service, cluster: Cluster, machine: Machine) {
    const numbers = Array.from({ length: Math.max(service.replicas, 1) }, (_, index) => index + 1);
    this.#containers = numbers.map((number) => new ServiceContainer(service, cluster, machine, number));
    this.#turns = new ReplicaTurns(numbers.length);
  }

  /**
   * Has all of them take up what the service's pointers name; all but the last answer when it resolves. A roll-back
   * leaves those alone that run it still.
   * @throws Failure when one has no container, does not start, or does not answer: those after it are left as they are;
   * in a roll-back they are brought back all the same.
   */
  async restart(moved?: Partial<Moved>): Promise<void> {
    const turns = this.#turns.begin(moved);
    const failures: unknown[] = [];
    for (const index of turns) {
      this.#turns.take(index, moved);
      try {
        await this.#restartOne(index, moved, index === turns.at(-1));
      } catch (thrown) {
        if (!moved?.isBack) throw thrown;
        failures.push(thrown);
      }
    }
    this.#turns.end();
    if (failures.length > 0) throw failures[0];
  }

  async #restartOne(index: number, moved: Partial<Moved> | undefined, isLast: boolean): Promise<void> {
    const container = this.#containers[index];
    await container?.restart(moved);
    if (!isLast) await container?.expectReady(new AbortController().signal);
  }

  /** Probes until all answer. @throws Failure as soon as one of them does not. */
  async expectReady(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#containers.map((container) => container.expectReady(signal)));
  }

  /** As `ServiceContainer.crashWithin`, of the first that ends, which ends the following of the others. */
  async crashWithin(ms: number, signal: AbortSignal): Promise<Failure | undefined> {
    const over = new AbortController();
    const until = AbortSignal.any([signal, over.signal]);
    let first: Failure | undefined;
    const follow = async (container: ServiceContainer) => {
      try {
        const failure = await container.crashWithin(ms, until);
        if (failure === undefined) return;
        first ??= failure;
        over.abort();
      } catch (thrown) {
        over.abort();
        throw thrown;
      }
    };
    await Promise.all(this.#containers.map(follow));
    return first;
  }

  /** As `ServiceContainer.crashSince`, of the first of which it is so. */
  async crashSince(sinceMs: number): Promise<Failure | undefined> {
    const crashes = await Promise.all(this.#containers.map((container) => container.crashSince(sinceMs)));
    return crashes.find((failure) => failure !== undefined);
  }

  /** Attaches ahead of the first restart, which then need not. */
  async attach(): Promise<void> {
    await Promise.all(this.#containers.map((container) => container.attach()));
  }

  /** How each of them is at this moment, `missing` where there is none. @throws Failure when the daemon does not answer. */
  states(): Promise<(ContainerState | "missing")[]> {
    return Promise.all(this.#containers.map((container) => container.state()));
  }

  /** Attaches anew to those whose console ended with the daemon. */
  async reconnect(): Promise<void> {
    await Promise.all(this.#containers.map((container) => container.reconnect()));
  }

  close(): void {
    for (const container of this.#containers) container.close();
  }
}
