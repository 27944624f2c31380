import type { Event } from "../model/event.ts";
import type { Live, LiveLine, LoopNews, StatusNews } from "../state/live.ts";
import { emptyView } from "../state/view.ts";
import { detailOf } from "./detail.ts";
import type { Key } from "./keys.ts";
import { inside, type Size } from "./layout.ts";
import { LogBuffer } from "./log-buffer.ts";
import { LogPane } from "./log-pane.ts";
import { type Known, type Snapshot, snapshotOf } from "./look.ts";
import { overLength } from "./over-view.ts";
import { paste, press, pressUnseen } from "./press.ts";
import { shownItems } from "./service-list.ts";
import { NO_SWAPS, SwapMemory } from "./swap-memory.ts";
import { Tasks } from "./tasks.ts";
import { firstUi, type Pressed, type Shown, type Ui } from "./ui.ts";
import type { Wish } from "./wish.ts";

/** What the desk asks of the terminal that it is on. */
export interface Terminal {
  /** With the last words of an action after which it is left. */
  quit(words?: string): void;
  redraw(): void;
  suspend(): void;
  /** Puts a text on the person's clipboard, where the terminal can. */
  copy(text: string): void;
  /** Gives the terminal, as it was, to what `body` runs, and takes it back when that resolves. */
  lend<T>(body: () => Promise<T>): Promise<T>;
}

/** Hears of a new snapshot: one that a person's key (or the size of the terminal) made is to be seen at once. */
export type Listener = (madeBy: "person" | "news") => void;

/** Keeps what is known and what is looked at; keys and news make snapshots of it, which are drawn. */
export class Desk {
  readonly #live: Live;
  readonly #terminal: Terminal;
  readonly #listeners = new Set<Listener>();
  readonly #ends: readonly (() => void)[];
  readonly #swaps: SwapMemory;
  #known: Known;
  #size: Size;
  #ui: Ui = firstUi;
  #snapshot: Snapshot;
  /** Something is known or looked at that the snapshot does not have. */
  #isStale = false;
  #measured = "";
  /** A program has the terminal, and with it the keys. */
  #isLent = false;
  /** What of the last status could be seen. */
  #told = "";
  /** Ends the listening to the repositories, while their page is open. */
  #leaveRepositories: (() => void) | undefined;

  constructor(live: Live, size: Size, terminal: Terminal) {
    this.#live = live;
    this.#size = size;
    this.#terminal = terminal;
    const tasks = new Tasks(live.intents, () => this.#changed());
    const { cluster, services } = live;
    this.#known = { ...NOTHING_KNOWN, cluster, services, log: new LogBuffer(), tasks };
    this.#swaps = new SwapMemory(live, (swaps) => this.#learn({ swaps }));
    this.#snapshot = snapshotOf(this.#known, this.#ui, size);
    this.#ends = [
      live.status((news) => this.#hearStatus(news)),
      live.view((view) => this.#learn({ view })),
      live.loop((loop) => this.#hearLoop(loop)),
      live.outlines((outlines) => this.#learn({ outlines })),
      live.usage((usage) => this.#learn({ usage })),
      live.events((event) => this.#hearEvent(event)),
      live.logs((lines) => this.#hearLines(lines)),
    ];
  }

  readonly subscribe = (listener: Listener): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Made when it is asked for: a thousand pieces of news between two frames cost no more than one. */
  readonly snapshot = (): Snapshot => {
    if (!this.#isStale) return this.#snapshot;
    this.#isStale = false;
    this.#snapshot = snapshotOf(this.#known, this.#ui, this.#size);
    this.#ui = this.#snapshot.ui;
    this.#measure(this.#snapshot);
    return this.#snapshot;
  };

  readonly press = (key: Key): void => {
    if (this.#isLent) return; // it was read together with the one that gave the terminal away
    const { ui, layout } = this.snapshot();
    this.#heed(layout.kind === "oneLine" ? pressUnseen(ui, key) : press(ui, key, this.#shown()));
  };

  readonly paste = (text: string): void => {
    const { ui, layout } = this.snapshot();
    if (layout.kind !== "oneLine") this.#heed(paste(ui, text, this.#shown()));
  };

  #heed({ ui, wish }: Pressed): void {
    this.#ui = ui;
    this.#known = { ...this.#known, told: undefined };
    if (wish !== undefined) this.#grant(wish);
    this.#changed("person");
    const { page, chosen } = this.snapshot().ui;
    if (page === "detail" && chosen !== undefined) void this.#swaps.readOf(chosen);
    this.#lookAtRepositories(page === "repositories");
  }

  resize(size: Size): void {
    this.#size = size;
    this.#changed("person");
  }

  close(): void {
    for (const end of this.#ends) end();
    this.#lookAtRepositories(false);
  }

  /** They are asked about only as long as somebody listens. */
  #lookAtRepositories(isWanted: boolean): void {
    if (isWanted === (this.#leaveRepositories !== undefined)) return;
    this.#leaveRepositories?.();
    this.#leaveRepositories = isWanted
      ? this.#live.repositories((repositories) => this.#learn({ repositories }))
      : undefined;
  }

  #shown(): Shown {
    const { ui, layout, rows, chosen, log, tasks, news, view, cluster, services, repositories } = this.snapshot();
    const page = layout.kind === "oneLine" ? { width: 1, height: 1, over: 1 } : layout.page;
    const isDetail = ui.over === undefined && ui.page === "detail" && chosen !== undefined;
    return {
      cluster,
      services: rows.map(({ name }) => name),
      statuses: news?.is === "known" ? news.status.services : [],
      offer: view.offers[0],
      height: (ui.over === undefined ? page.height : page.over) - 1,
      lines: isDetail ? detailOf(chosen, page.width - 2).length : overLength(ui.over, tasks, page.width),
      repositories: repositories?.map(({ tree }) => tree.name) ?? [],
      log: new LogPane(log, inside(page), services),
    };
  }

  #grant(wish: Wish): void {
    switch (wish.kind) {
      case "quit":
      case "redraw":
      case "suspend":
        this.#terminal[wish.kind]();
        return;
      case "putAway":
        this.#known.tasks.putAway(wish.service);
        return;
      case "tell":
        this.#known = { ...this.#known, told: wish.words };
        return;
      case "perform":
        void this.#perform(wish);
        return;
      default:
        wish satisfies never;
    }
  }

  async #perform({ intent, quits }: Extract<Wish, { readonly kind: "perform" }>): Promise<void> {
    const { tasks } = this.#known;
    const perform = () => tasks.perform(intent);
    const done = await (intent.to === "shell" ? this.#lend(perform) : perform());
    const text = done?.text;
    if (text !== undefined) this.#terminal.copy(text);
    if (done !== undefined && quits) return this.#terminal.quit(done.words);
    // How an offer's answer ends, the events tell.
    if (intent.to !== "answer") this.#learn({ told: tasks.all.findLast((task) => task.intent === intent) });
  }

  async #lend<T>(body: () => Promise<T>): Promise<T> {
    this.#isLent = true;
    return this.#terminal.lend(body).finally(() => {
      this.#isLent = false;
    });
  }

  /** Looks that show nothing new, every two seconds, draw nothing. */
  #hearStatus(news: StatusNews): void {
    this.#known = { ...this.#known, news };
    const told = visible(snapshotOf(this.#known, this.#ui, this.#size));
    if (told === this.#told) return;
    this.#told = told;
    this.#changed();
  }

  #hearEvent(event: Event): void {
    if (event.type === "saved") this.#known.tasks.forget(event.service);
    if (event.type === "swapRecord") this.#swaps.hear(event.record);
    else this.#changed();
  }

  /** What the one before had not told of its swaps, the history may have by now. */
  #hearLoop(loop: LoopNews): void {
    this.#learn({ loop });
    void this.#swaps.readLast();
  }

  #hearLines(lines: readonly LiveLine[]): void {
    this.#known.log.append(lines);
    const ui = this.#ui;
    if (ui.page === "detail" || ui.page === "repositories") return;
    const shown = ui.page === "logs" ? ui.lens.of : ui.chosen;
    if (shown === undefined || lines.some(({ service }) => service === shown)) this.#changed();
  }

  #learn(news: Partial<Known>): void {
    this.#known = { ...this.#known, ...news };
    this.#changed();
  }

  #changed(madeBy: Parameters<Listener>[0] = "news"): void {
    this.#isStale = true;
    for (const listener of this.#listeners) listener(madeBy);
  }

  /** Of the services that are on the screen, and no others, it is asked what they use. */
  #measure({ layout, items, ui }: Snapshot): void {
    const height = layout.kind === "oneLine" || ui.page !== "services" ? 0 : layout.list.height;
    const listed = shownItems(items, ui.chosen, height).flatMap((item) => (item.is === "row" ? [item.row.name] : []));
    const services = ui.page === "detail" && ui.chosen !== undefined ? [ui.chosen] : listed;
    const measured = services.join(" ");
    if (measured !== this.#measured) this.#live.measure(services);
    this.#measured = measured;
  }
}

const NOTHING_KNOWN = {
  news: undefined,
  view: emptyView,
  loop: undefined,
  outlines: [],
  usage: new Map(),
  swaps: NO_SWAPS,
  repositories: undefined,
  told: undefined,
};

/** What of a snapshot a status can change. */
const visible = ({ news, rows, chosen }: Snapshot): string =>
  JSON.stringify([rows, chosen?.status, chosen?.waits, news?.is === "known" ? news.status.provider : news?.failure]);
