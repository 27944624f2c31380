import type { Key } from "./keys.ts";
import { EVERYTHING, type Lens } from "./log-lens.ts";
import { steps } from "./moves.ts";
import type { Shown, Ui } from "./ui.ts";

/** The keys of the logs' page; undefined for one that means there what it means everywhere. */
export function onLogs(ui: Ui, key: Key, shown: Shown): Ui | undefined {
  const lens = looked(ui.lens, key, shown);
  if (lens !== undefined) return { ...ui, lens };
  switch (key) {
    case "/":
      return { ...ui, isTyping: true, lens: { ...withoutSearch(ui.lens), typed: "find" } };
    case "&":
      return { ...ui, isTyping: true, lens: { ...ui.lens, typed: "only" } };
    case "escape":
      return left(ui);
    case "tab":
      return { ...ui, page: "repositories" };
    case "l":
      return {
        ...ui,
        lens: { ...EVERYTHING, wraps: ui.lens.wraps, of: ui.lens.of === undefined ? ui.chosen : undefined },
      };
    default: {
      const by = steps(key, shown.height);
      return by === 0 ? undefined : { ...ui, lens: shown.log.scrolled(ui.lens, by) };
    }
  }
}

/** What keys change that only look differently at the same log. */
function looked(lens: Lens, key: Key, { log }: Shown): Lens | undefined {
  switch (key) {
    case "f":
    case "end":
    case "G":
      return { ...lens, bottom: undefined };
    case "home":
    case "g":
      return log.scrolled(lens, Number.NEGATIVE_INFINITY);
    case "w":
      return { ...lens, wraps: !lens.wraps, bottom: lens.bottom && { ...lens.bottom, below: 0 } };
    case "n":
      return lens.find === "" ? undefined : log.searched(lens, "newer");
    case "N":
      return lens.find === "" ? undefined : log.searched(lens, "older");
    default:
      return undefined;
  }
}

/** Escape takes back one thing after the other: the search, the filter, the page. */
function left(ui: Ui): Ui {
  if (ui.lens.find !== "") return { ...ui, lens: withoutSearch(ui.lens) };
  if (ui.lens.only !== "") return { ...ui, lens: { ...ui.lens, only: "", bottom: undefined } };
  return { ...ui, page: "services" };
}

/** A key while the search or the filter is typed. */
export function typedInLog(ui: Ui, key: Key, { log }: Shown): Ui {
  const { lens } = ui;
  if (key === "enter") return { ...ui, isTyping: false };
  const text = textAfter(lens[lens.typed], key);
  if (text === undefined) return ui;
  const next = { ...ui, isTyping: key !== "escape" };
  return {
    ...next,
    lens: lens.typed === "find" ? sought(lens, text, log) : { ...lens, only: text, bottom: undefined },
  };
}

function textAfter(text: string, key: Key): string | undefined {
  if (key === "escape") return "";
  if (key === "backspace") return [...text].slice(0, -1).join("");
  return [...key].length === 1 ? text + key : undefined;
}

/** The nearest line with the text, back from where the search is: among what is shown, before that, else behind it. */
function sought(lens: Lens, find: string, log: Shown["log"]): Lens {
  const next: Lens = find === "" ? withoutSearch(lens) : { ...lens, find };
  const older = log.searched(next, "older", true);
  const found = older.missed === undefined ? older : log.searched(next, "newer", true);
  return found.missed === undefined ? found : { ...found, found: undefined };
}

const withoutSearch = (lens: Lens): Lens => ({ ...lens, find: "", found: undefined, missed: undefined });
