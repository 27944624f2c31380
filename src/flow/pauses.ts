import type { ServiceName } from "../model/names.ts";
import type { Machine } from "./machine.ts";

/** What is told to wait: the swaps of services. Both may be said again without effect. */
export interface Pausable {
  /** Builds nothing of it from now on; what is being built is cut short. */
  pause(service: ServiceName): void;
  /** Builds it once, if anything was saved or cut short meanwhile. */
  unpause(service: ServiceName): void;
  /** Whether `unpause` has it built. */
  isDue(service: ServiceName): boolean;
}

/** Services that wait, for one reason. */
export interface Pause {
  /** These wait, too. */
  hold(services: Iterable<ServiceName>): void;
  /** It is over: those that wait for nothing else are built. `changed` is how many files did. */
  end(changed: number): void;
}

/** Pauses that share services: to a person one, told once and summed up once. */
interface Round {
  readonly begunMs: number;
  /** Of each pause that goes on, the services that wait for it. */
  readonly waits: Set<Set<ServiceName>>;
  /** All that waited. */
  readonly services: Set<ServiceName>;
  /** Files: those of its pauses are the same ones, so the largest number counts. */
  changed: number;
}

/** Services that are not to be built for a while, each until the last of its reasons is gone. */
export class Pauses {
  readonly #swaps: Pausable;
  readonly #machine: Pick<Machine, "bus" | "clock">;
  readonly #rounds = new Set<Round>();

  constructor(swaps: Pausable, machine: Pick<Machine, "bus" | "clock">) {
    this.#swaps = swaps;
    this.#machine = machine;
  }

  /** @param reason told to the person, with one summary at the end; not where these services wait already */
  begin(reason: string, services: Iterable<ServiceName>): Pause {
    const first = [...services];
    const round = this.#roundOf(first) ?? this.#open(reason);
    const held = new Set<ServiceName>();
    round.waits.add(held);
    const hold = (more: Iterable<ServiceName>) => {
      for (const service of more) {
        held.add(service);
        round.services.add(service);
        this.#swaps.pause(service);
      }
    };
    hold(first);
    return { hold, end: (changed) => this.#end(round, held, changed) };
  }

  #roundOf(services: readonly ServiceName[]): Round | undefined {
    return [...this.#rounds].find((round) => services.some((service) => round.services.has(service)));
  }

  #open(reason: string): Round {
    const { bus, clock } = this.#machine;
    const round: Round = { begunMs: clock.monotonic(), waits: new Set(), services: new Set(), changed: 0 };
    this.#rounds.add(round);
    bus.dispatch({ type: "paused", at: clock.now(), reason });
    return round;
  }

  #end(round: Round, held: Set<ServiceName>, changed: number): void {
    if (!round.waits.delete(held)) return;
    round.changed = Math.max(round.changed, changed);
    if (round.waits.size === 0) this.#close(round);
    for (const service of held) if (!this.#isHeld(service)) this.#swaps.unpause(service);
  }

  #close(round: Round): void {
    const { bus, clock } = this.#machine;
    this.#rounds.delete(round);
    const ms = clock.monotonic() - round.begunMs;
    const services = [...round.services].filter((service) => this.#swaps.isDue(service));
    bus.dispatch({ type: "resumed", at: clock.now(), changed: round.changed, services, ms });
  }

  #isHeld(service: ServiceName): boolean {
    return [...this.#rounds].some(({ waits }) => [...waits].some((services) => services.has(service)));
  }
}
