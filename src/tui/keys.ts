import type { Key as InkKey } from "ink";

/** A key by its name (`up`, `pageDown`, `enter`, `ctrl+c`), or the character that it types. */
export type Key = string;

const NAMED = {
  upArrow: "up",
  downArrow: "down",
  leftArrow: "left",
  rightArrow: "right",
  pageUp: "pageUp",
  pageDown: "pageDown",
  home: "home",
  end: "end",
  return: "enter",
  escape: "escape",
  tab: "tab",
  backspace: "backspace",
  delete: "backspace", // what most terminals send for the backspace key
} as const satisfies Partial<Record<keyof InkKey, Key>>;

/** The keys in what Ink read at once: one, or all the characters of a text that was pasted or typed fast. */
export function keysOf(input: string, key: InkKey): Key[] {
  for (const [flag, name] of Object.entries(NAMED)) if (key[flag as keyof typeof NAMED]) return [name];
  if (key.ctrl) return [`ctrl+${input}`];
  return key.meta ? [] : [...input].filter((character) => character >= " ");
}

type Page = "services" | "logs" | "detail";

/** What the keys do, in the order of the footer, which has a word for those that matter on a page. */
export const HELP: readonly {
  readonly keys: string;
  readonly does: string;
  readonly footer?: Partial<Record<Page, string>>;
}[] = [
  {
    keys: "↑↓",
    does: "choose a service; in a log or a detail: scroll (also k, j)",
    footer: { services: "choose", logs: "scroll", detail: "scroll" },
  },
  { keys: "PgUp PgDn", does: "a page at a time; Home, g: the first; End, G: the last" },
  { keys: "enter", does: "all there is to know of the chosen service", footer: { services: "detail" } },
  {
    keys: "r",
    does: "restart the chosen service",
    footer: { services: "restart", logs: "restart", detail: "restart" },
  },
  { keys: "t p n", does: "to a newer build that is offered: take it, pin what runs, not now" },
  {
    keys: "l",
    does: "the log of the chosen service; there: of all",
    footer: { services: "log", logs: "one/all", detail: "log" },
  },
  { keys: "tab", does: "services, or the log of all", footer: { services: "logs", logs: "services" } },
  { keys: "f", does: "follow the log again", footer: { logs: "follow" } },
  {
    keys: "/",
    does: "filter services, or lines of the log; esc takes it back",
    footer: { services: "filter", logs: "filter" },
  },
  { keys: "esc", does: "back", footer: { detail: "back" } },
  { keys: "ctrl+l", does: "draw the screen anew" },
  { keys: "ctrl+z", does: "suspend; `fg` goes on" },
  { keys: "?", does: "this help", footer: { services: "help", logs: "help", detail: "help" } },
  {
    keys: "q",
    does: "quit; the cluster goes on running",
    footer: { services: "quit", logs: "quit", detail: "quit" },
  },
];
