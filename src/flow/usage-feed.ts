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
  readonly #readings = new Map<string, UsageReading>();
  #news: UsageNews = new Map();

  constructor(profile: Profile, machine: Pick<Machine, "clock" | "signal">, tell: (news: UsageNews) => void) {
    this.#profile = profile;
    this.#tell = tell;
    this.#alarm = new Alarm(machine.clock, machine.signal);
  }

  /** From now on these; those that were not read before are read at once. */
  want(services: readonly ServiceName[]): void {
    this.#wanted = services;
    if (services.some((service) => !this.#news.has(service))) this.#alarm.ring();
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
      await this.#alarm.sleep(isFirst ? FIRST_MS : Math.max(ROUND_MS, this.#wanted.length * PER_SERVICE_MS));
    }
    signal.removeEventListener("abort", wake);
  }

  /** Gives whether some were read for the first time. */
  async #round({ name, daemon }: Pick<Cluster, "name" | "daemon">, signal: AbortSignal): Promise<boolean> {
    const wanted = new Set(this.#wanted);
    const services = this.#profile.services.filter((service) => wanted.has(service.name));
    const usages = new Map<ServiceName, Usage>();
    let isFirst = false;
    for (let at = 0; at < services.length; at += AT_ONCE) {
      await Promise.all(
        services.slice(at, at + AT_ONCE).map(async (service) => {
          const usage = await this.#read(containerNamesOf(name, service), daemon, signal);
          if (usage === undefined) return;
          if (usage.cpuPercent === undefined) isFirst = true;
          usages.set(service.name, usage);
        }),
      );
    }
    this.#news = usages;
    if (!signal.aborted) this.#tell(usages);
    return isFirst;
  }

  async #read(containers: readonly string[], daemon: Pick<Daemon, "stats">, signal: AbortSignal) {
    const usages = await Promise.all(
      containers.map(async (container) => {
        const now = await daemon.stats(container, signal);
        const before = this.#readings.get(container);
        if (now === undefined) this.#readings.delete(container);
        else this.#readings.set(container, now);
        return now === undefined ? [] : [usageOf(before, now)];
      }),
    );
    return addedUsage(usages.flat());
  }
}
