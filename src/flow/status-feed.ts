import { dockerHost } from "../model/endpoint.ts";
import type { Event } from "../model/event.ts";
import { asFailure, interrupted, report } from "../model/failure.ts";
import type { Profile } from "../model/profile.ts";
import { lossOf } from "../provider/endpoint-link.ts";
import type { StatusNews } from "../state/live.ts";
import { Alarm } from "./alarm.ts";
import { Channel } from "./channel.ts";
import { type Cluster, findCluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";
import { ProfileEdits, type ProfileSource } from "./profile-edits.ts";
import { status } from "./status.ts";

/** Between two looks at the daemon when nothing happens. */
const LOOK_MS = 2000;

/** What changes a row of the status. */
const SHOW_AT_ONCE: ReadonlySet<Event["type"]> = new Set([
  ...(["delivered", "committed", "rolledBack", "rollbackFailed"] as const),
  ...(["buildTaken", "buildNotTaken", "offerDeclined"] as const),
  ...(["containerTouched", "replanned", "daemonLost", "daemonBack"] as const),
]);

/**
 * The status of a cluster, over and over: when something happens to its containers, and at least every two seconds.
 * Whatever fails is told and tried again, so that a daemon may go and come back, or be another one. An edited profile is
 * gone by as soon as nothing of the cluster runs; while something does, whoever follows it alongside says so.
 */
export class StatusFeed {
  readonly news = new Channel<StatusNews>({ tellsLast: true });
  #profile: Profile;
  readonly #edits: ProfileEdits;
  readonly #machine: Machine;
  readonly #look: Alarm;
  /** The save loop waits for its daemon, or has what ended with it run again. */
  #isLost = false;

  constructor(profile: Profile, source: ProfileSource, machine: Machine) {
    this.#profile = profile;
    this.#edits = new ProfileEdits(profile, source);
    this.#machine = machine;
    this.#look = new Alarm(machine.clock, machine.signal);
  }

  /** Something may be another than it was. */
  look(): void {
    this.#look.ring();
  }

  heed({ type }: Event): void {
    if (type === "daemonLost" || type === "daemonBack") this.#isLost = type === "daemonLost";
    if (SHOW_AT_ONCE.has(type)) this.look();
  }

  /** Goes by an edited profile from now on. */
  goBy(profile: Profile): void {
    this.#profile = profile;
    this.#edits.goBy(profile);
    this.look();
  }

  /**
   * Until the machine's signal is aborted.
   * @param alongside begun whenever something of the cluster runs; has to end when its machine's signal is aborted:
   * then nothing does any more, or it is on another daemon
   */
  async run(alongside: (cluster: Cluster, machine: Machine) => Promise<unknown> = async () => {}): Promise<void> {
    const { signal } = this.#machine;
    while (!signal.aborted) {
      await this.#edits.look();
      const cluster = await this.#find();
      try {
        if (cluster !== undefined && (await this.#ask(cluster)) === "runs") await this.#follow(cluster, alongside);
        this.#isLost = false;
      } finally {
        cluster?.daemon.close();
      }
      await this.#look.sleep(LOOK_MS);
    }
  }

  /** Until the machine's signal is aborted: what a save loop does that runs here, where none does. */
  async followEdits({ clock, signal }: Machine): Promise<void> {
    while (!signal.aborted) {
      await this.#edits.look();
      await clock.sleep(LOOK_MS, signal).catch(() => undefined);
    }
  }

  async #find(): Promise<Cluster | undefined> {
    try {
      return await findCluster(this.#profile, this.#machine);
    } catch (thrown) {
      this.#tellUnknown(thrown);
      return undefined;
    }
  }

  /** Asks the daemon and tells what it said. */
  async #ask(cluster: Cluster): Promise<"runs" | "off" | "unknown"> {
    try {
      const now = await status(this.#profile, cluster);
      this.news.tell({ is: "known", at: this.#machine.clock.now(), status: now });
      return now.services.some(({ state }) => state !== "off") ? "runs" : "off";
    } catch (thrown) {
      this.#tellUnknown((await lossOf(cluster.endpoint)) ?? thrown);
      return "unknown";
    }
  }

  /** Whether the cluster is followed where it is: also while its daemon is away, unless it is on another one by now. */
  async #stays(cluster: Cluster): Promise<boolean> {
    const asked = await this.#ask(cluster);
    if (asked !== "unknown") return asked === "runs" || this.#isLost;
    const found = await findCluster(this.#profile, this.#machine).catch(() => undefined);
    found?.daemon.close();
    return found === undefined || dockerHost(found.endpoint.address) === dockerHost(cluster.endpoint.address);
  }

  #tellUnknown(thrown: unknown): void {
    if (this.#machine.signal.aborted) return;
    this.news.tell({ is: "unknown", at: this.#machine.clock.now(), failure: report(asFailure(thrown)) });
  }

  /** For as long as something runs there; after that, another daemon may have to be found. */
  async #follow(cluster: Cluster, alongside: (cluster: Cluster, machine: Machine) => Promise<unknown>): Promise<void> {
    const round = new AbortController();
    const end = () => round.abort(interrupted());
    this.#machine.signal.addEventListener("abort", end, { once: true });
    if (this.#machine.signal.aborted) end();
    const machine = { ...this.#machine, signal: round.signal };
    const others = [this.#followEvents(cluster, machine), alongside(cluster, machine)];
    do await this.#look.sleep(LOOK_MS);
    while (!round.signal.aborted && (await this.#stays(cluster)));
    end();
    this.#machine.signal.removeEventListener("abort", end);
    await Promise.all(others);
  }

  async #followEvents(cluster: Cluster, { clock, signal }: Machine): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const _ of cluster.daemon.events(cluster.name, signal)) this.look();
      } catch {
        this.look(); // The next look says what is wrong, and each one after it serves in place of the events.
      }
      await clock.sleep(LOOK_MS, signal).catch(() => undefined);
    }
  }
}
