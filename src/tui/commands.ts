import { ACTIONS } from "./actions.ts";
import { HELP, type Key, type KeyHelp } from "./keys.ts";
import type { Page } from "./pages.ts";

/** Something that can be done on a page, and the key that does it. */
export interface Command {
  readonly key: Key;
  /** The key as it is written. */
  readonly keys: string;
  readonly does: string;
}

/** All keys in the order of the help: those of the pages, then the actions, then those that are always there. */
export function allKeys(): readonly KeyHelp[] {
  const [first, last] = [HELP.filter(({ isLast }) => !isLast), HELP.filter(({ isLast }) => isLast)];
  return [...first, ...actionKeys(), ...last];
}

/** The actions as keys, for the help and the palette. */
export const actionKeys = (): readonly KeyHelp[] =>
  ACTIONS.map(({ key, word, does, also }) => {
    const footer = { services: word, detail: word, ...(also && { [also]: word }) };
    return { keys: key, key, does, footer };
  });

/** What can be done on a page, the actions first: all that a single key does there, but for moving about. */
export const commandsOn = (page: Page): readonly Command[] =>
  [...actionKeys(), ...HELP].flatMap(({ keys, key, does, on }) =>
    key === undefined || (on !== undefined && !on.includes(page)) ? [] : [{ keys, key, does }],
  );
