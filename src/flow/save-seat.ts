import { clusterFolder } from "../host/folders.ts";
import { describeHolder, type Holder, lockHolder } from "../host/lock.ts";
import type { Event } from "../model/event.ts";
import { asFailure, failed, report } from "../model/failure.ts";
import type { Profile } from "../model/profile.ts";
import type { Bus } from "../state/bus.ts";
import type { LoopNews } from "../state/live.ts";
import { emptyView, nextView, type View } from "../state/view.ts";
import { isToldOn, type Order } from "../state/wire.ts";
import { Channel } from "./channel.ts";
import { watchLock } from "./cluster.ts";
import { type JoinedLoop, joinLoop } from "./join-loop.ts";
import type { Machine } from "./machine.ts";
import { Offers } from "./offers.ts";
import { carryOut, type LoopOrders } from "./share-loop.ts";
import { watch } from "./watch.ts";

/** After a failure of the save loop. */
const RETRY_MS = 5000;
/** Between two looks at a process that has the lock and tells nothing. */
const KNOCK_MS = 250;
/** Of a save that came as the one before was ending, nothing may have become. */
const ENDING_MS = 2000;
/** One that has just taken the lock is about to tell; one that does not within this many looks is told of. */
const KNOCKS = 8;

export interface SeatOptions {
  /** Reads the profile anew, once it was edited. @throws Failure with every mistake in it. */
  readonly reload: () => Promise<Profile>;
  /** The cluster goes by this profile from now on. */
  readonly onProfile: (profile: Profile) => void;
}

/**
 * The one seat from which the saves of a cluster are built: this process takes it where it is free, and asks CI for
 * newer builds from there. Where another process has it, its events are heard in place of own ones, until it leaves and
 * this one takes over. Either way the view and the events are those of the one that has the seat.
 */
export class SaveSeat {
  readonly view = new Channel<View>({ tellsLast: true });
  readonly events = new Channel<Event>({ tellsLast: false });
  readonly loop = new Channel<LoopNews>({ tellsLast: true });
  readonly #options: SeatOptions;
  readonly #machine: Machine;
  readonly #offers: Offers;
  readonly #unsubscribe: () => void;
  #profile: Profile;
  #view: View = emptyView;
  #orders: LoopOrders | undefined;
  #joined: JoinedLoop | undefined;
  /** CI is asked for newer builds, as long as it is not aborted. */
  #asking: AbortController | undefined;
  #knocks = 0;
  /** When the last one who heard saves, here or elsewhere, was seen; undefined where that is no matter of a moment. */
  #heardUntilMs: number | undefined;

  constructor(profile: Profile, options: SeatOptions, machine: Machine) {
    this.#profile = profile;
    this.#options = options;
    this.#machine = machine;
    this.#offers = new Offers(profile, machine);
    this.view.tell(emptyView);
    this.loop.tell({ is: "none" });
    this.#unsubscribe = machine.bus.subscribe((event) => this.#hear(event));
  }

  /** For what is done to the cluster from here: where another process has the seat, it tells all. */
  get bus(): Bus {
    const { bus, secrets } = this.#machine;
    const dispatch = (event: Event) => {
      if (this.#joined !== undefined && isToldOn(event)) this.#joined.tell(secrets.data(event));
      else bus.dispatch(event);
    };
    return { ...bus, dispatch };
  }

  /** Takes the seat, or hears who has it, until the machine's signal is aborted. */
  async run(machine: Machine): Promise<void> {
    const { signal } = machine;
    while (!signal.aborted) {
      const holder = await lockHolder(watchLock(this.#place));
      if (holder === undefined) await this.#sit(machine);
      else await this.#listen(holder, machine);
    }
    this.#heardUntilMs = undefined;
    this.#stopAsking();
    this.loop.tell({ is: "none" });
  }

  /** Has the one that runs the save loop do something. @throws Failure of that one, or where there is none */
  async order(order: Order): Promise<void> {
    if (this.#joined !== undefined) return this.#joined.order(order);
    // Also where nothing can be saved, builds of CI are offered.
    if (order.to === "answer") return this.#offers.answer(order.service, order.answer);
    if (this.#orders === undefined)
      throw failed("nobody takes saves of this cluster at the moment", {
        hint: "Bring it up; then this is possible as soon as it is watched.",
      });
    await carryOut(order, this.#orders);
  }

  /** Rejects when the one that runs the save loop at this moment does not any more. */
  lost(signal: AbortSignal): Promise<never> {
    return new Promise((_, reject) => {
      let isFirst = true;
      const leave = this.loop.listen(() => {
        if (!isFirst) reject(failed("the one who was building it has ended", { hint: "Try again." }));
        isFirst = false;
      });
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  /** Goes by an edited profile from now on. */
  goBy(profile: Profile): void {
    this.#profile = profile;
    this.#offers.goBy(profile);
  }

  /** Resolves when nothing that was answered is under way any more. */
  async close(): Promise<void> {
    await this.#offers.settled();
    this.#unsubscribe();
  }

  get #place() {
    return { folder: clusterFolder(this.#machine.folders, this.#profile.name) };
  }

  /** Until the machine's signal is aborted, or it fails: then another look at who has the seat is due. */
  async #sit(machine: Machine): Promise<void> {
    const { bus, clock, signal } = machine;
    this.#knocks = 0;
    this.#startAsking(machine);
    try {
      const { reload, onProfile } = this.#options;
      const answer: LoopOrders["answer"] = (service, word) => this.#offers.answer(service, word);
      const onOrders = (orders: LoopOrders) => {
        this.#orders = orders;
        this.loop.tell({ is: "here" });
      };
      const view = () => this.#view;
      const unheardSince = this.#heardUntilMs === undefined ? undefined : this.#heardUntilMs - ENDING_MS;
      const options = { reload, onProfile, answer, onOrders, view, unheardSince, command: "devenv's terminal UI" };
      await watch(this.#profile, options, machine).finally(() => {
        if (this.#orders !== undefined) this.#heardUntilMs = clock.now();
      });
    } catch (thrown) {
      // Another was quicker.
      if (signal.aborted || (await lockHolder(watchLock(this.#place))) !== undefined) return;
      bus.dispatch({ type: "watchFailed", at: clock.now(), failure: report(asFailure(thrown)) });
      this.loop.tell({ is: "none" });
      await clock.sleep(RETRY_MS, signal).catch(() => undefined);
    } finally {
      this.#orders = undefined;
    }
  }

  /** As long as the holder of the seat tells anything. */
  async #listen(holder: Holder, machine: Machine): Promise<void> {
    const { clock, signal } = machine;
    this.#heardUntilMs = clock.now();
    const joined = await this.#join(holder, machine);
    if (joined === undefined) return;
    const leave = () => joined.leave();
    signal.addEventListener("abort", leave, { once: true });
    if (signal.aborted) leave();
    this.#knocks = 0;
    this.#stopAsking();
    this.#joined = joined;
    const { command, pid } = holder;
    this.loop.tell({ is: "elsewhere", holder: describeHolder(holder), command, pid });
    await joined.ended;
    this.#heardUntilMs = clock.now();
    this.#joined = undefined;
    signal.removeEventListener("abort", leave);
    // What it was in the middle of, nobody is any more.
    if (!signal.aborted) this.#beginWith(emptyView);
  }

  async #join(holder: Holder, machine: Machine): Promise<JoinedLoop | undefined> {
    const { clock, signal } = machine;
    const listener = {
      onSnapshot: (view: View) => this.#beginWith(view),
      onEvent: (event: Event) => this.#hearElse(event),
    };
    const sleep = () => clock.sleep(KNOCK_MS, signal).catch(() => undefined);
    const unheard = (why: string) => this.loop.tell({ is: "unheard", holder: describeHolder(holder), why });
    try {
      const joined = await joinLoop(this.#place, listener, machine);
      if (joined !== undefined) return joined;
      if (++this.#knocks > KNOCKS) unheard("it does not tell what it does");
    } catch (thrown) {
      unheard(asFailure(thrown).message);
    }
    await sleep();
    return undefined;
  }

  #startAsking({ signal }: Machine): void {
    if (this.#asking !== undefined && !this.#asking.signal.aborted) return;
    this.#asking = new AbortController();
    void this.#offers.run(AbortSignal.any([signal, this.#asking.signal]));
  }

  #stopAsking(): void {
    this.#asking?.abort();
  }

  #beginWith(view: View): void {
    this.#view = view;
    this.view.tell(view);
  }

  #hear(event: Event): void {
    this.#beginWith(nextView(this.#view, event));
    this.events.tell(event);
  }

  /** The other one has read the edited profile already. */
  #hearElse(event: Event): void {
    this.#hear(event);
    if (event.type === "replanned") void this.#options.reload().then(this.#options.onProfile, () => undefined);
  }
}
