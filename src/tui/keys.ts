import type { Key as InkKey } from "ink";
import type { Page } from "./pages.ts";

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
  return key.meta ? [] : [...input].flatMap(keyOf);
}

/** Of what is typed fast, or pasted, Ink tells no key by its name: enter comes among the letters. */
function keyOf(character: string): Key[] {
  if (character >= " ") return [character === "\x7f" ? "backspace" : character];
  if (character === "\r" || character === "\n") return ["enter"];
  if (character === "\t") return ["tab"];
  return character < "\x1b" ? [`ctrl+${String.fromCharCode(character.charCodeAt(0) + 0x60)}`] : [];
}

/** A key in the help, and in the footer of those pages that have a word for it. */
export interface KeyHelp {
  /** As it is written: `PgUp PgDn`. */
  readonly keys: string;
  /** What it sends, for the palette; absent where keys only move or type. */
  readonly key?: Key;
  /** The pages on which it does this; all when absent. */
  readonly on?: readonly Page[];
  readonly does: string;
  readonly footer?: Partial<Record<Page, string>>;
  /** Always in the footer, at its end. */
  readonly isLast?: true;
}

/** What the keys do beside the actions (actions.ts), in the order of the help and of the footer. */
export const HELP: readonly KeyHelp[] = [
  {
    keys: "↑↓",
    does: "choose a service or a repository; in a log or a detail: scroll (also k, j)",
    footer: { services: "choose", logs: "scroll", repositories: "choose", detail: "scroll" },
  },
  { keys: "PgUp PgDn", does: "a page at a time; Home, g: the first; End, G: the last" },
  {
    keys: "enter",
    key: "enter",
    on: ["services"],
    does: "all there is to know of the chosen service",
    footer: { services: "detail" },
  },
  {
    keys: "esc",
    does: "back; on the page of services: takes back the filter, then what was said of the chosen one",
    footer: { detail: "back" },
  },
  {
    keys: "l",
    key: "l",
    does: "the log of the chosen service; there: of all",
    footer: { services: "log", logs: "one/all", detail: "log" },
  },
  {
    keys: "tab",
    key: "tab",
    does: "the next page: services, the log of all, repositories",
    footer: { services: "logs", logs: "repositories", repositories: "services" },
  },
  { keys: "f", key: "f", on: ["logs"], does: "follow the log again", footer: { logs: "follow" } },
  { keys: "w", key: "w", on: ["logs"], does: "wrap long lines, or cut them", footer: { logs: "wrap" } },
  {
    keys: "/",
    key: "/",
    on: ["services", "logs"],
    does: "filter the services; search the log; esc takes it back",
    footer: { services: "filter", logs: "search" },
  },
  {
    keys: "n N",
    does: "in a log that is searched: the next line that has the text, the one before",
    footer: { logs: "next/previous" },
  },
  {
    keys: ">",
    key: ">",
    does: "write the log that is shown (or the chosen service's) to a file, and say where it is",
    footer: { logs: "to a file" },
  },
  { keys: "&", key: "&", on: ["logs"], does: "only lines of the log that have a text", footer: { logs: "only" } },
  {
    keys: "S",
    key: "S",
    on: ["services"],
    does: "sort the services by the next column: name, state, up, CPU, memory, last swap",
    footer: { services: "sort" },
  },
  { keys: "K", key: "K", on: ["services"], does: "group the services by kind, or no longer" },
  { keys: "t p n", does: "to a newer build that is offered: take it, pin what runs, not now" },
  { keys: "!", key: "!", does: "what the last actions came to, whole" },
  { keys: "ctrl+l", key: "ctrl+l", does: "draw the screen anew" },
  { keys: "ctrl+z", key: "ctrl+z", does: "suspend; `fg` goes on" },
  {
    keys: ":",
    does: "every action by its name",
    footer: { services: "actions", logs: "actions", repositories: "actions", detail: "actions" },
    isLast: true,
  },
  {
    keys: "?",
    does: "this help",
    footer: { services: "help", logs: "help", repositories: "help", detail: "help" },
    isLast: true,
  },
  {
    keys: "q",
    key: "q",
    does: "quit; asks whether the cluster should stay (ctrl+c does not)",
    footer: { services: "quit", logs: "quit", repositories: "quit", detail: "quit" },
    isLast: true,
  },
];
