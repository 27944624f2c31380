import { interrupted } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile } from "../model/profile.ts";
import type { SwapRecord } from "../model/swap-record.ts";
import { withRecords } from "../state/last-swap.ts";
import type { Live, LiveLine } from "../state/live.ts";
import { outlinesOf, type ServiceOutline } from "../state/outline.ts";
import { Channel } from "./channel.ts";
import type { AtTerminal } from "./deed.ts";
import { historyOf } from "./history.ts";
import { LogFeed } from "./log-feed.ts";
import type { Machine } from "./machine.ts";
import { Performer } from "./performer.ts";
import { RepositoryFeed } from "./repository-feed.ts";
import { SaveSeat } from "./save-seat.ts";
import { StatusFeed } from "./status-feed.ts";
import { UsageFeed, type UsageNews } from "./usage-feed.ts";

/** A cluster that is followed, until it is closed. */
export interface OpenLive extends Live {
  /** Resolves when nothing is under way any more; a swap that has begun comes to its end first. */
  close(): Promise<void>;
}

export interface LiveOptions {
  /** Reads the profile anew, once it was edited; fails as the reading before it does. */
  readonly reload: () => Promise<Profile>;
  /** The terminal that the screen is on. */
  readonly terminal: AtTerminal;
}

/** Of one service. */
const SHOWN_SWAPS = 20;

/**
 * Follows a cluster for a screen: its status, its log, its repositories, the save loop's events; and runs the save loop
 * where no other process does. Whatever fails is told and tried again, so that a daemon may go and come back.
 */
export function openLive(profile: Profile, options: LiveOptions, machine: Machine): OpenLive {
  const closing = new AbortController();
  const close = () => closing.abort(interrupted());
  machine.signal.addEventListener("abort", close, { once: true });
  if (machine.signal.aborted) close();
  const live = new Following(profile, options, { ...machine, signal: closing.signal });
  const ended = live.run();
  const { feed, seat, repositories, performer } = live;
  return {
    cluster: profile.name,
    services: profile.services.map(({ name }) => name),
    status: feed.news.listen,
    view: seat.view.listen,
    events: seat.events.listen,
    loop: seat.loop.listen,
    logs: live.lines.listen,
    repositories: repositories.listen,
    outlines: live.outlines.listen,
    usage: live.usage.listen,
    measure: (services) => live.measure(services),
    swapsOf: (service) => live.swapsOf(service),
    lastSwaps: () => live.lastSwaps(),
    intents: performer,
    close: async () => {
      close();
      machine.signal.removeEventListener("abort", close);
      await ended;
    },
  };
}

/** Has all that is followed go by the same profile, for as long as the cluster runs. */
class Following {
  readonly lines = new Channel<readonly LiveLine[]>({ tellsLast: false });
  readonly outlines = new Channel<readonly ServiceOutline[]>({ tellsLast: true });
  readonly usage = new Channel<UsageNews>({ tellsLast: true });
  readonly feed: StatusFeed;
  readonly seat: SaveSeat;
  readonly repositories: RepositoryFeed;
  readonly performer: Performer;
  #profile: Profile;
  readonly #machine: Machine;
  readonly #log: LogFeed;
  readonly #usage: UsageFeed;

  constructor(profile: Profile, { reload, terminal }: LiveOptions, machine: Machine) {
    this.#profile = profile;
    this.#machine = machine;
    this.feed = new StatusFeed(profile, { reload, onProfile: (edited) => this.#goBy(edited) }, machine);
    this.seat = new SaveSeat(profile, { reload, onProfile: (edited) => this.#goBy(edited) }, machine);
    this.repositories = new RepositoryFeed(
      { profile: () => this.#profile, events: this.seat.events.listen, view: this.seat.view.listen },
      machine,
    );
    const { feed, seat, repositories } = this;
    this.performer = new Performer({
      profile: () => this.#profile,
      reload,
      terminal,
      feed,
      seat,
      repositories,
      machine,
    });
    this.#log = new LogFeed(profile, (lines) => this.lines.tell(lines));
    this.#usage = new UsageFeed(profile, machine, (news) => this.usage.tell(news));
    this.outlines.tell(outlinesOf(profile));
    this.seat.events.listen((event) => this.feed.heed(event));
  }

  async run(): Promise<void> {
    await this.feed.run((cluster, machine) =>
      Promise.all([this.#log.follow(machine), this.#usage.follow(cluster, machine.signal), this.seat.run(machine)]),
    );
    await Promise.all([this.performer.settled(), this.repositories.close()]);
    await this.seat.close();
  }

  measure(services: readonly ServiceName[]): void {
    this.#usage.want(services);
  }

  async swapsOf(service: ServiceName): Promise<readonly SwapRecord[]> {
    return (await this.#history(service)).slice(-SHOWN_SWAPS).reverse();
  }

  async lastSwaps(): Promise<readonly SwapRecord[]> {
    return [...withRecords(new Map(), await this.#history()).values()];
  }

  #history(service?: ServiceName): Promise<readonly SwapRecord[]> {
    return historyOf(this.#profile, service, this.#machine).catch(() => []);
  }

  #goBy(profile: Profile): void {
    this.#profile = profile;
    this.#log.goBy(profile);
    this.#usage.goBy(profile);
    this.outlines.tell(outlinesOf(profile));
    this.seat.goBy(profile);
    this.repositories.goBy();
    this.feed.goBy(profile);
  }
}
