import type { ServiceName } from "../model/names.ts";
import { OFFER_KEYS, type OfferAnswer } from "../state/offers.ts";
import type { Key } from "./keys.ts";
import type { Lens, LogBuffer } from "./log-buffer.ts";

/** What a person looks at. */
export interface Ui {
  readonly page: "services" | "logs" | "detail" | "help";
  /** By name, so that it stays the same one while the list changes. */
  readonly chosen: ServiceName | undefined;
  /** Of the services. */
  readonly filter: string;
  /** Keys are text for the filter of this page. */
  readonly isTyping: boolean;
  /** Of the page of logs. */
  readonly lens: Lens;
  /** The first line of the detail that is shown. */
  readonly top: number;
}

export const EVERYTHING: Lens = { of: undefined, find: "", until: undefined };

export const firstUi: Ui = {
  page: "services",
  chosen: undefined,
  filter: "",
  isTyping: false,
  lens: EVERYTHING,
  top: 0,
};

/** What a key means depends on what is on the screen. */
export interface Shown {
  /** The services that the filter leaves, in their order. */
  readonly services: readonly ServiceName[];
  /** Lines of a page. */
  readonly height: number;
  /** Lines of the detail. */
  readonly detailLines: number;
  readonly log: Pick<LogBuffer, "scrolled">;
}

/** What a key asks of the world outside the screen. */
export type Wish =
  | { readonly kind: "restart"; readonly service: ServiceName }
  /** To the offer of a newer build that is shown. */
  | { readonly kind: "answer"; readonly answer: OfferAnswer }
  | { readonly kind: "quit" | "redraw" | "suspend" };

export interface Pressed {
  readonly ui: Ui;
  readonly wish?: Wish | undefined;
}

/** (ui, key) -> next ui, and what the key asks for. Pure. */
export function press(ui: Ui, key: Key, shown: Shown): Pressed {
  const wish = WISHES[key];
  if (wish !== undefined) return { ui, wish };
  if (ui.isTyping && !MOVES.has(key)) return { ui: typed(ui, key) };
  if (ui.page === "help") return { ui: { ...ui, page: "services" } };
  if (key === "q") return { ui, wish: { kind: "quit" } };
  if (key === "?") return { ui: { ...ui, page: "help" } };
  if (key === "r") return restart(ui);
  const answer = OFFER_KEYS[key];
  if (answer !== undefined) return { ui, wish: { kind: "answer", answer } };
  switch (ui.page) {
    case "services":
      return { ui: onServices(ui, key, shown) };
    case "logs":
      return { ui: onLogs(ui, key, shown) };
    case "detail":
      return { ui: onDetail(ui, key, shown) };
  }
}

/** At any time, also while a filter is typed. */
const WISHES: Readonly<Record<Key, Wish>> = {
  "ctrl+c": { kind: "quit" },
  "ctrl+l": { kind: "redraw" },
  "ctrl+z": { kind: "suspend" },
};

const MOVES: ReadonlySet<Key> = new Set(["up", "down", "pageUp", "pageDown", "home", "end"]);

/** The service that keys act on: the one whose log is shown, else the chosen one. */
export const serviceOf = (ui: Ui): ServiceName | undefined => (ui.page === "logs" ? ui.lens.of : ui.chosen);

function restart(ui: Ui): Pressed {
  const service = serviceOf(ui);
  return service === undefined ? { ui } : { ui, wish: { kind: "restart", service } };
}

function typed(ui: Ui, key: Key): Ui {
  const text = ui.page === "logs" ? ui.lens.find : ui.filter;
  if (key === "enter") return { ...ui, isTyping: false };
  if (key === "escape") return withFilter({ ...ui, isTyping: false }, "");
  if (key === "backspace") return withFilter(ui, [...text].slice(0, -1).join(""));
  return [...key].length === 1 ? withFilter(ui, text + key) : ui;
}

const withFilter = (ui: Ui, text: string): Ui =>
  ui.page === "logs" ? { ...ui, lens: { ...ui.lens, find: text, until: undefined } } : { ...ui, filter: text };

function onServices(ui: Ui, key: Key, shown: Shown): Ui {
  switch (key) {
    case "/":
      return { ...ui, isTyping: true };
    case "escape":
      return { ...ui, filter: "" };
    case "tab":
      return { ...ui, page: "logs", lens: EVERYTHING };
    case "l":
      return { ...ui, page: "logs", lens: { ...EVERYTHING, of: ui.chosen } };
    case "enter":
    case "right":
      return ui.chosen === undefined ? ui : { ...ui, page: "detail", top: 0 };
    default:
      return chosenBy(steps(key, shown.height), ui, shown);
  }
}

function onLogs(ui: Ui, key: Key, shown: Shown): Ui {
  switch (key) {
    case "/":
      return { ...ui, isTyping: true };
    case "escape":
      return ui.lens.find === "" ? { ...ui, page: "services" } : withFilter(ui, "");
    case "tab":
      return { ...ui, page: "services" };
    case "l":
      return { ...ui, lens: { ...EVERYTHING, of: ui.lens.of === undefined ? ui.chosen : undefined } };
    case "f":
      return { ...ui, lens: { ...ui.lens, until: undefined } };
    default: {
      const by = steps(key, shown.height);
      return by === 0 ? ui : { ...ui, lens: shown.log.scrolled(ui.lens, by, shown.height) };
    }
  }
}

function onDetail(ui: Ui, key: Key, shown: Shown): Ui {
  switch (key) {
    case "escape":
    case "left":
    case "enter":
      return { ...ui, page: "services" };
    case "tab":
    case "l":
      return { ...ui, page: "logs", lens: { ...EVERYTHING, of: key === "l" ? ui.chosen : undefined } };
    default: {
      const last = Math.max(0, shown.detailLines - shown.height);
      return { ...ui, top: Math.max(0, Math.min(last, ui.top + steps(key, shown.height))) };
    }
  }
}

const ALL = 1_000_000;

/** How many lines down a key goes; 0 for a key that does not move. */
function steps(key: Key, height: number): number {
  const page = Math.max(1, height - 1);
  const moves: Readonly<Record<Key, number>> = {
    up: -1,
    k: -1,
    down: 1,
    j: 1,
    pageUp: -page,
    pageDown: page,
    home: -ALL,
    g: -ALL,
    end: ALL,
    G: ALL,
  };
  return moves[key] ?? 0;
}

function chosenBy(by: number, ui: Ui, { services }: Shown): Ui {
  const at = ui.chosen === undefined ? -1 : services.indexOf(ui.chosen);
  const next = services[Math.max(0, Math.min(services.length - 1, at + by))];
  return by === 0 ? ui : { ...ui, chosen: next ?? ui.chosen };
}
