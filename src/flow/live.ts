import { dockerHost } from "../model/endpoint.ts";
import type { Event } from "../model/event.ts";
import { asFailure, failed, interrupted, report } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile } from "../model/profile.ts";
import type { RepositoryNow } from "../model/repository.ts";
import type { SwapRecord } from "../model/swap-record.ts";
import { lossOf } from "../provider/ssh.ts";
import { duration } from "../state/duration.ts";
import type { Done, Intent } from "../state/intents.ts";
import type { Live, LiveLine, LoopNews, StatusNews } from "../state/live.ts";
import { outlinesOf, type ServiceOutline } from "../state/outline.ts";
import { emptyView, nextView, type View } from "../state/view.ts";
import { Alarm } from "./alarm.ts";
import { Channel } from "./channel.ts";
import { type Cluster, findCluster } from "./cluster.ts";
import { historyOf } from "./history.ts";
import { LogFeed } from "./log-feed.ts";
import type { Machine } from "./machine.ts";
import { Offers } from "./offers.ts";
import { restart } from "./restart.ts";
import { status } from "./status.ts";
import { UsageFeed, type UsageNews } from "./usage-feed.ts";
import { watch } from "./watch.ts";

/** A cluster that is followed, until it is closed. */
export interface OpenLive extends Live {
  /** Resolves when nothing is under way any more; a swap that has begun comes to its end first. */
  close(): Promise<void>;
}

/** Between two looks at the daemon when nothing happens. */
const LOOK_MS = 2000;
/** After a failure of the save loop. */
const RETRY_MS = 5000;
/** Of one service. */
const SHOWN_SWAPS = 20;

/**
 * Follows a cluster for a screen: its status, its log, the save loop's events; and runs the save loop. Whatever fails
 * is told and tried again, so that a daemon may go and come back.
 * @param reload reads the profile anew, once it was edited; fails as the reading before it does
 */
export function openLive(profile: Profile, reload: () => Promise<Profile>, machine: Machine): OpenLive {
  const closing = new AbortController();
  const close = () => closing.abort(interrupted());
  machine.signal.addEventListener("abort", close, { once: true });
  if (machine.signal.aborted) close();
  const live = new Following(profile, reload, { ...machine, signal: closing.signal });
  const ended = live.run();
  return {
    cluster: profile.name,
    services: profile.services.map(({ name }) => name),
    status: live.status.listen,
    view: live.view.listen,
    events: (listener) => machine.bus.subscribe(listener),
    loop: live.loop.listen,
    logs: live.lines.listen,
    repositories: live.repositories.listen,
    outlines: live.outlines.listen,
    usage: live.usage.listen,
    measure: (services) => live.measure(services),
    swapsOf: (service) => live.swapsOf(service),
    intents: { perform: (intent) => live.perform(intent) },
    close: async () => {
      close();
      machine.signal.removeEventListener("abort", close);
      await ended;
    },
  };
}

/** What changes a row of the status. */
const SHOW_AT_ONCE: ReadonlySet<Event["type"]> = new Set([
  ...(["delivered", "committed", "rolledBack", "rollbackFailed"] as const),
  ...(["buildTaken", "buildNotTaken", "offerDeclined"] as const),
  ...(["containerTouched", "replanned", "daemonLost", "daemonBack"] as const),
]);

class Following {
  readonly status = new Channel<StatusNews>({ tellsLast: true });
  readonly view = new Channel<View>({ tellsLast: true });
  readonly loop = new Channel<LoopNews>({ tellsLast: true });
  readonly repositories = new Channel<readonly RepositoryNow[]>({ tellsLast: true });
  readonly lines = new Channel<readonly LiveLine[]>({ tellsLast: false });
  readonly outlines = new Channel<readonly ServiceOutline[]>({ tellsLast: true });
  readonly usage = new Channel<UsageNews>({ tellsLast: true });
  readonly offers: Offers;
  #profile: Profile;
  readonly #reload: () => Promise<Profile>;
  readonly #machine: Machine;
  readonly #look: Alarm;
  readonly #restarts = new Set<Promise<unknown>>();
  readonly #log: LogFeed;
  readonly #usage: UsageFeed;
  /** The save loop waits for its daemon, or has what ended with it run again. */
  #isLost = false;

  constructor(profile: Profile, reload: () => Promise<Profile>, machine: Machine) {
    this.#profile = profile;
    this.#reload = reload;
    this.#machine = machine;
    this.offers = new Offers(profile, machine);
    this.#look = new Alarm(machine.clock, machine.signal);
    this.#log = new LogFeed(profile, (lines) => this.lines.tell(lines));
    this.#usage = new UsageFeed(profile, machine, (news) => this.usage.tell(news));
    this.outlines.tell(outlinesOf(profile));
  }

  async run(): Promise<void> {
    const { bus, signal } = this.#machine;
    let view = emptyView;
    this.view.tell(view);
    this.loop.tell({ is: "here" });
    const unsubscribe = bus.subscribe((event) => {
      const { type } = event;
      view = nextView(view, event);
      this.view.tell(view);
      if (type === "daemonLost" || type === "daemonBack") this.#isLost = type === "daemonLost";
      if (SHOW_AT_ONCE.has(type)) this.#look.ring();
    });
    while (!signal.aborted) {
      const cluster = await this.#find();
      try {
        if (cluster !== undefined && (await this.#ask(cluster)) === "runs") await this.#follow(cluster);
        this.#isLost = false;
      } finally {
        cluster?.daemon.close();
      }
      await this.#look.sleep(LOOK_MS);
    }
    unsubscribe();
    await Promise.all([...this.#restarts, this.offers.settled()]);
  }

  async perform(intent: Intent): Promise<Done> {
    if (intent.to === "restart") {
      const ms = await this.restart(intent.service);
      return { words: `${intent.service} answers again after ${duration(ms)}`, notes: [], ms };
    }
    if (intent.to === "answer") {
      await this.offers.answer(intent.service, intent.answer);
      return { words: "", notes: [], ms: 0 };
    }
    throw failed(`${intent.to} cannot be done from here`);
  }

  measure(services: readonly ServiceName[]): void {
    this.#usage.want(services);
  }

  async swapsOf(service: ServiceName): Promise<readonly SwapRecord[]> {
    return (await historyOf(this.#profile, service, this.#machine).catch(() => [])).slice(-SHOWN_SWAPS).reverse();
  }

  async restart(service: ServiceName): Promise<number> {
    const restarting = restart(this.#profile, [service], this.#machine);
    const settled = restarting.catch(() => undefined).finally(() => this.#restarts.delete(settled));
    this.#restarts.add(settled);
    const [restarted] = await restarting.finally(() => this.#look.ring());
    return restarted?.ms ?? 0;
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
      this.status.tell({ is: "known", at: this.#machine.clock.now(), status: now });
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
    this.status.tell({ is: "unknown", at: this.#machine.clock.now(), failure: report(asFailure(thrown)) });
  }

  /** For as long as something runs there; after that, another daemon may have to be found. */
  async #follow(cluster: Cluster): Promise<void> {
    const round = new AbortController();
    const end = () => round.abort(interrupted());
    this.#machine.signal.addEventListener("abort", end, { once: true });
    if (this.#machine.signal.aborted) end();
    const machine = { ...this.#machine, signal: round.signal };
    const others = [
      this.#followEvents(cluster, machine),
      this.#log.follow(machine),
      this.#usage.follow(cluster, round.signal),
      this.#watch(machine),
      this.offers.run(round.signal),
    ];
    do await this.#look.sleep(LOOK_MS);
    while (!round.signal.aborted && (await this.#stays(cluster)));
    end();
    this.#machine.signal.removeEventListener("abort", end);
    await Promise.all(others);
  }

  async #followEvents(cluster: Cluster, { clock, signal }: Machine): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const _ of cluster.daemon.events(cluster.name, signal)) this.#look.ring();
      } catch {
        this.#look.ring(); // The next look says what is wrong, and each one after it serves in place of the events.
      }
      await clock.sleep(LOOK_MS, signal).catch(() => undefined);
    }
  }

  async #watch(machine: Machine): Promise<void> {
    const { bus, clock, signal } = machine;
    while (!signal.aborted) {
      try {
        await watch(this.#profile, { reload: this.#reload, onProfile: (edited) => this.#goBy(edited) }, machine);
      } catch (thrown) {
        if (!signal.aborted) bus.dispatch({ type: "watchFailed", at: clock.now(), failure: report(asFailure(thrown)) });
      }
      await clock.sleep(RETRY_MS, signal).catch(() => undefined);
    }
  }

  #goBy(profile: Profile): void {
    this.#profile = profile;
    this.#log.goBy(profile);
    this.#usage.goBy(profile);
    this.outlines.tell(outlinesOf(profile));
    this.offers.goBy(profile);
    this.#look.ring();
  }
}
