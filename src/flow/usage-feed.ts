import type { Daemon } from "../docker/daemon.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile } from "../model/profile.ts";
import type { Usage, UsageReading } from "../model/usage.ts";
import { containerNamesOf } from "../plan/names.ts";
import { addedUsage, usageOf } from "../state/usage.ts";
import { Alarm } from "./alarm.ts";
import type { Cluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";

/** What each service uses that was asked for, as far as it is known. */
export type UsageNews = ReadonlyMap<ServiceName, Usage>;

/** Between the first reading of a service and the second: with one alone nothing can be said of its processor time. */
const FIRST_MS = 1000;
/** Between two rounds of readings. */
const ROUND_MS = 5000;
/** However many services are shown, so long is the time that each reading stands for: 60 of them are read in 15 s. */
const PER_SERVICE_MS = 250;
/** A service that was looked at so lately is shown with what it used then, until it is read again. */
const KEPT_MS = 30_000;
/** Asked side by side. */
const AT_ONCE = 4;

/**
 * Reads what the services use that somebody looks at, and only those: who scrolls through 200 has the daemon read the
 * twenty that are on the screen.
 */
export class UsageFeed {
  #wanted: readonly ServiceName[] = [];
  #profile: Profile;
  readonly #tell: (news: UsageNews) => void;
  readonly #alarm: Alarm;
  readonly #clock: Machine["clock"];
  /** By container. */
  readonly #readings = new Map<string, UsageReading & { readonly atMs: number }>();
  #known: ReadonlyMap<ServiceName, { readonly usage: Usage; readonly atMs: number }> = new Map();

  constructor(profile: Profile, machine: Pick<Machine, "clock" | "signal">, tell: (news: UsageNews) => void) {
    this.#profile = profile;
    this.#tell = tell;
    this.#clock = machine.clock;
    this.#alarm = new Alarm(machine.clock, machine.signal);
  }

  /** From now on these; those that were not read in this round's time are read at once. */
  want(services: readonly ServiceName[]): void {
    this.#wanted = services;
    const since = this.#clock.monotonic() - this.#roundMs;
    if (services.some((service) => (this.#known.get(service)?.atMs ?? Number.NEGATIVE_INFINITY) < since))
      this.#alarm.ring();
  }

  goBy(profile: Profile): void {
    this.#profile = profile;
  }

  /** Until the signal is aborted. A daemon that does not answer is the status's to tell. */
  async follow(cluster: Cluster, signal: AbortSignal): Promise<void> {
    const wake = () => this.#alarm.ring();
    signal.addEventListener("abort", wake, { once: true });
    while (!signal.aborted) {
      const isFirst = await this.#round(cluster, signal).catch(() => false);
      await this.#alarm.sleep(isFirst ? FIRST_MS : this.#roundMs);
    }
    signal.removeEventListener("abort", wake);
  }

  get #roundMs(): number {
    return Math.max(ROUND_MS, this.#wanted.length * PER_SERVICE_MS);
  }

  /** Gives whether some were read for the first time. */
  async #round({ name, daemon }: Pick<Cluster, "name" | "daemon">, signal: AbortSignal): Promise<boolean> {
    const wanted = new Set(this.#wanted);
    const services = this.#profile.services.filter((service) => wanted.has(service.name));
    const atMs = this.#clock.monotonic();
    const isKept = (service: ServiceName, readMs: number) => !wanted.has(service) && atMs - readMs < KEPT_MS;
    const known = new Map([...this.#known].filter(([service, read]) => isKept(service, read.atMs)));
    let isFirst = false;
    for (let at = 0; at < services.length; at += AT_ONCE) {
      await Promise.all(
        services.slice(at, at + AT_ONCE).map(async (service) => {
          const usage = await this.#read(containerNamesOf(name, service), daemon, signal);
          if (usage === undefined) return;
          if (usage.cpuPercent === undefined) isFirst = true;
          known.set(service.name, { usage, atMs });
        }),
      );
    }
    this.#known = known;
    if (!signal.aborted) this.#tell(new Map([...known].map(([service, { usage }]) => [service, usage])));
    return isFirst;
  }

  async #read(containers: readonly string[], daemon: Pick<Daemon, "stats">, signal: AbortSignal) {
    const usages = await Promise.all(
      containers.map(async (container) => {
        const now = await daemon.stats(container, signal);
        const last = this.#readings.get(container);
        const atMs = this.#clock.monotonic();
        if (now === undefined) this.#readings.delete(container);
        else this.#readings.set(container, { ...now, atMs });
        // Of what it did for an hour, an average says nothing of this moment.
        const before = last !== undefined && atMs - last.atMs < KEPT_MS ? last : undefined;
        return now === undefined ? [] : [usageOf(before, now)];
      }),
    );
    return addedUsage(usages.flat());
  }
}
