import { OFFER_KEYS } from "../state/offers.ts";
import { onDetail } from "./detail-keys.ts";
import { typed } from "./filter-keys.ts";
import type { Key } from "./keys.ts";
import { onLogs } from "./logs-keys.ts";
import { onServices } from "./services-keys.ts";
import { type Pressed, type Shown, serviceOf, type Ui, type Wish } from "./ui.ts";

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

function restart(ui: Ui): Pressed {
  const service = serviceOf(ui);
  return service === undefined ? { ui } : { ui, wish: { kind: "restart", service } };
}
