import type { ServiceName } from "../model/names.ts";
import type { Machine } from "./machine.ts";

/** What is told to wait: the swaps of services. Both may be said again without effect. */
export interface Pausable {
  /** Builds nothing of it from now on; what is being built is cut short. */
  pause(service: ServiceName): void;
  /** Builds it once, if anything was saved or cut short meanwhile. */
  unpause(service: ServiceName): void;
}

/** Services that wait, for one reason. */
export interface Pause {
  /** These wait, too. */
  hold(services: Iterable<ServiceName>): void;
  /** It is over: those that wait for nothing else are built. `changed` is how many files did. */
  end(changed: number): void;
}

/** Services that are not to be built for a while, each until the last of its reasons is gone. */
export class Pauses {
  readonly #swaps: Pausable;
  readonly #machine: Pick<Machine, "bus" | "clock">;
  readonly #held = new Set<ReadonlySet<ServiceName>>();

  constructor(swaps: Pausable, machine: Pick<Machine, "bus" | "clock">) {
    this.#swaps = swaps;
    this.#machine = machine;
  }

  /** @param reason told to the person, with one summary at the end */
  begin(reason: string, services: Iterable<ServiceName>): Pause {
    const { bus, clock } = this.#machine;
    const begunMs = clock.monotonic();
    const held = new Set<ServiceName>();
    const hold = (more: Iterable<ServiceName>) => {
      for (const service of more) {
        held.add(service);
        this.#swaps.pause(service);
      }
    };
    this.#held.add(held);
    bus.dispatch({ type: "paused", at: clock.now(), reason });
    hold(services);
    return {
      hold,
      end: (changed) => {
        if (!this.#held.delete(held)) return;
        const ms = clock.monotonic() - begunMs;
        bus.dispatch({ type: "resumed", at: clock.now(), changed, services: [...held], ms });
        for (const service of held) if (!this.#isHeld(service)) this.#swaps.unpause(service);
      },
    };
  }

  #isHeld(service: ServiceName): boolean {
    return [...this.#held].some((services) => services.has(service));
  }
}
