import { asFailure, report } from "../model/failure.ts";
import type { ClusterName, ServiceName } from "../model/names.ts";
import type { Live, LiveLine, StatusNews } from "../state/live.ts";
import type { OfferAnswer } from "../state/offers.ts";
import { emptyView, type View } from "../state/view.ts";
import type { Key } from "./keys.ts";
import { type Layout, layoutOf, type Size } from "./layout.ts";
import { LogBuffer } from "./log-buffer.ts";
import { press } from "./press.ts";
import { filtered, naturalWidth, type Row, rowsOf } from "./rows.ts";
import { type Chosen, detailOf, type Outcome } from "./story.ts";
import { firstUi, type Ui } from "./ui.ts";

/** Everything that a frame is drawn from; a new object for every change that can be seen. */
export interface Snapshot {
  readonly cluster: ClusterName;
  readonly services: readonly ServiceName[];
  readonly size: Size;
  readonly layout: Layout;
  readonly ui: Ui;
  readonly news: StatusNews | undefined;
  readonly view: View;
  /** Those that the filter leaves. */
  readonly rows: readonly Row[];
  readonly chosen: Chosen | undefined;
  readonly log: LogBuffer;
}

/** What the desk asks of the terminal that it is on. */
export interface Terminal {
  quit(): void;
  redraw(): void;
  suspend(): void;
}

/** Hears of a new snapshot: one that a person's key (or the size of the terminal) made is to be seen at once. */
export type Listener = (madeBy: "person" | "news") => void;

/** Keeps what is known and what is looked at; keys and news make snapshots of it, which are drawn. */
export class Desk {
  readonly #live: Live;
  readonly #terminal: Terminal;
  readonly #listeners = new Set<Listener>();
  readonly #log = new LogBuffer();
  readonly #restarts = new Map<ServiceName, Outcome>();
  readonly #ends: readonly (() => void)[];
  #size: Size;
  #ui: Ui = firstUi;
  #news: StatusNews | undefined;
  #view: View = emptyView;
  #snapshot: Snapshot;

  constructor(live: Live, size: Size, terminal: Terminal) {
    this.#live = live;
    this.#size = size;
    this.#terminal = terminal;
    this.#snapshot = this.#look();
    this.#ends = [
      live.status((news) => this.#hearStatus(news)),
      live.view((view) => {
        this.#view = view;
        this.#changed();
      }),
      live.events((event) => {
        if (event.type === "saved") this.#restarts.delete(event.service);
        this.#changed();
      }),
      live.logs((lines) => this.#hearLines(lines)),
    ];
  }

  readonly subscribe = (listener: Listener): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): Snapshot => this.#snapshot;

  readonly press = (key: Key): void => {
    const { ui, layout, rows, chosen, log } = this.#snapshot;
    const page = layout.kind === "oneLine" ? { width: 1, height: 1 } : layout.page;
    const detailLines = ui.page === "detail" && chosen !== undefined ? detailOf(chosen, page.width - 2).length : 0;
    const shown = { services: rows.map(({ name }) => name), height: page.height - 1, detailLines, log };
    const pressed = press(ui, key, shown);
    this.#ui = pressed.ui;
    if (pressed.wish?.kind === "restart") void this.#restart(pressed.wish.service);
    else if (pressed.wish?.kind === "answer") this.#answer(pressed.wish.answer);
    else if (pressed.wish !== undefined) this.#terminal[pressed.wish.kind]();
    this.#changed("person");
  };

  resize(size: Size): void {
    this.#size = size;
    this.#changed("person");
  }

  close(): void {
    for (const end of this.#ends) end();
  }

  /** Looks that show nothing new, every two seconds, draw nothing. */
  #hearStatus(news: StatusNews): void {
    const before = visible(this.#snapshot);
    this.#news = news;
    const next = this.#look();
    if (visible(next) !== before) this.#show(next, "news");
  }

  #hearLines(lines: readonly LiveLine[]): void {
    this.#log.append(lines);
    const { ui, chosen } = this.#snapshot;
    if (ui.page === "detail" || ui.page === "help") return;
    const shown = ui.page === "logs" ? ui.lens.of : chosen?.name;
    if (shown === undefined || lines.some(({ service }) => service === shown)) this.#changed();
  }

  async #restart(service: ServiceName): Promise<void> {
    if (this.#restarts.get(service)?.is === "running") return;
    this.#restarts.set(service, { is: "running" });
    try {
      this.#restarts.set(service, {
        is: "done",
        ms: (await this.#live.intents.perform({ to: "restart", service })).ms,
      });
    } catch (thrown) {
      this.#restarts.set(service, { is: "failed", failure: report(asFailure(thrown)) });
    }
    this.#changed();
  }

  /** Of several offers the first is the one that is shown. */
  #answer(answer: OfferAnswer): void {
    const [offer] = this.#view.offers;
    if (offer !== undefined) {
      // How it ends, the events tell.
      void this.#live.intents.perform({ to: "answer", service: offer.service, answer }).catch(() => undefined);
    }
  }

  #changed(madeBy: Parameters<Listener>[0] = "news"): void {
    this.#show(this.#look(), madeBy);
  }

  #show(snapshot: Snapshot, madeBy: Parameters<Listener>[0]): void {
    this.#snapshot = snapshot;
    this.#ui = snapshot.ui;
    for (const listener of this.#listeners) listener(madeBy);
  }

  #look(): Snapshot {
    const { cluster } = this.#live;
    const status = this.#news?.is === "known" ? this.#news.status : undefined;
    // An edited profile may have others than there were at first.
    const services = status?.services.map(({ name }) => name) ?? this.#live.services;
    const isRestarting = (service: ServiceName) => this.#restarts.get(service)?.is === "running";
    const all = status === undefined ? [] : rowsOf(status, this.#view, this.#news?.at ?? 0, isRestarting);
    const rows = filtered(all, this.#ui.filter);
    const name = rows.some((row) => row.name === this.#ui.chosen) ? this.#ui.chosen : rows[0]?.name;
    const chosenStatus = status?.services.find((service) => service.name === name);
    return {
      cluster,
      services,
      size: this.#size,
      layout: layoutOf(this.#size, services.length, naturalWidth(all)),
      ui: { ...this.#ui, chosen: name ?? this.#ui.chosen },
      news: this.#news,
      view: this.#view,
      rows,
      chosen: chosenStatus && {
        name: chosenStatus.name,
        status: chosenStatus,
        swap: this.#view.services.get(chosenStatus.name),
        restart: this.#restarts.get(chosenStatus.name),
        taking: this.#view.takings.get(chosenStatus.name),
        hook: this.#view.hooks.get(chosenStatus.name),
        touched: this.#view.surroundings.touched.get(chosenStatus.name),
      },
      log: this.#log,
    };
  }
}

/** What of a snapshot a status can change. */
const visible = ({ news, rows, chosen }: Snapshot): string =>
  JSON.stringify([rows, chosen?.status, news?.is === "known" ? news.status.provider : news?.failure]);
