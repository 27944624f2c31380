import { stripVTControlCharacters } from "node:util";
import type { Intent } from "../state/intents.ts";
import { OFFER_KEYS } from "../state/offers.ts";
import { quitPrompt } from "./action-prompts.ts";
import { ACTIONS } from "./actions.ts";
import { onDetail } from "./detail-keys.ts";
import { typed } from "./filter-keys.ts";
import type { Key } from "./keys.ts";
import { EVERYTHING } from "./log-lens.ts";
import { onLogs } from "./logs-keys.ts";
import { MOVES, scrolled } from "./moves.ts";
import type { Page } from "./pages.ts";
import { onPalette } from "./palette.ts";
import { asked, onPrompt } from "./prompt-keys.ts";
import { onRepositories } from "./repositories-keys.ts";
import { onServices } from "./services-keys.ts";
import { type Pressed, type Shown, serviceOf, type Ui } from "./ui.ts";
import type { Wish } from "./wish.ts";

/** The keys of one page; undefined for a key that means there what it means everywhere. */
type PageKeys = (ui: Ui, key: Key, shown: Shown) => Ui | undefined;

const PAGES: Readonly<Record<Page, PageKeys>> = {
  services: onServices,
  logs: onLogs,
  repositories: onRepositories,
  detail: onDetail,
};

/** (ui, key) -> next ui, and what the key asks for. Pure. */
export function press(ui: Ui, key: Key, shown: Shown): Pressed {
  const wish = ALWAYS[key];
  if (wish !== undefined) return { ui, wish };
  if (ui.over !== undefined) return onOver(ui, key, shown);
  if (ui.isTyping && !MOVES.has(key)) return { ui: typed(ui, key, shown) };
  const next = PAGES[ui.page](ui, key, shown);
  return next === undefined ? onAnyPage(ui, key, shown) : { ui: next };
}

/**
 * (ui, key) -> what the key asks for in a terminal too small to show what it does: leaving it, and no action. Pure.
 * @returns the same ui, so that what was open is there again in a larger terminal
 */
export const pressUnseen = (ui: Ui, key: Key): Pressed => ({ ui, wish: key === "q" ? { kind: "quit" } : ALWAYS[key] });

/** (ui, pasted text) -> next ui: it is typed where text is, in one line, and is no key anywhere. Pure. */
export function paste(ui: Ui, text: string, shown: Shown): Pressed {
  if (!takesText(ui)) return { ui, wish: NO_PLACE };
  const line = stripVTControlCharacters(text)
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim();
  return { ui: [...line].slice(0, LONGEST_PASTE).reduce((next, character) => press(next, character, shown).ui, ui) };
}

/** Longer than any name or URL; a log is searched anew at every character. */
const LONGEST_PASTE = 200;

const NO_PLACE: Wish = { kind: "tell", words: "what was pasted was left out: nothing here takes a text" };

function takesText({ over, isTyping }: Ui): boolean {
  if (over === undefined) return isTyping;
  return over.is === "palette" || (over.is === "prompt" && over.prompt.asks === "text");
}

/** At any time, also while something is typed. */
const ALWAYS: Readonly<Record<Key, Wish>> = {
  "ctrl+c": { kind: "quit" },
  "ctrl+l": { kind: "redraw" },
  "ctrl+z": { kind: "suspend" },
};

function onOver(ui: Ui, key: Key, shown: Shown): Pressed {
  switch (ui.over?.is) {
    case "palette":
      return onPalette(ui, key, (closed, chosen) => press(closed, chosen, shown));
    case "prompt":
      return onPrompt(ui, key);
    case "help":
    case "said": {
      const top = scrolled(ui.over.top, key, shown);
      // Any other key closes it.
      return { ui: { ...ui, over: top === undefined ? undefined : { ...ui.over, top } } };
    }
    default:
      return { ui };
  }
}

function onAnyPage(ui: Ui, key: Key, shown: Shown): Pressed {
  switch (key) {
    case ":":
      return { ui: { ...ui, over: { is: "palette", text: "", at: 0 } } };
    case "?":
      return { ui: { ...ui, over: { is: "help", top: 0 } } };
    case "!":
      return { ui: { ...ui, over: { is: "said", top: 0 } } };
    case ">":
      return { ui, wish: { kind: "perform", intent: keepLog(ui, shown) } };
    case "escape":
      return putAway(ui, shown);
    case "q":
      return quit(ui, shown);
    default:
      return answer(ui, key, shown) ?? ACTIONS.find((action) => action.key === key)?.begin(ui, shown) ?? { ui };
  }
}

/** Where there is nothing else to go back from. */
function putAway(ui: Ui, shown: Shown): Pressed {
  const service = serviceOf(ui, shown);
  return service === undefined ? { ui } : { ui, wish: { kind: "putAway", service } };
}

/** Where nothing runs there is nothing to ask. */
function quit(ui: Ui, { cluster, statuses }: Shown): Pressed {
  const isRunning = statuses.some(({ state }) => state !== "off");
  return isRunning ? { ui: asked(ui, quitPrompt(cluster)) } : { ui, wish: { kind: "quit" } };
}

/** What the page of logs shows, all of it; elsewhere the log of the service that is chosen. */
function keepLog(ui: Ui, { log }: Shown): Intent {
  const lens = ui.page === "logs" ? ui.lens : { ...EVERYTHING, of: ui.chosen };
  return { to: "keepLog", of: lens.of, lines: () => log.lines(lens) };
}

/** To the offer of a newer build that the header shows. */
function answer(ui: Ui, key: Key, { offer }: Shown): Pressed | undefined {
  const answered = OFFER_KEYS[key];
  if (answered === undefined || offer === undefined) return undefined;
  return { ui, wish: { kind: "perform", intent: { to: "answer", service: offer.service, answer: answered } } };
}
