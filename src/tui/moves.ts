import type { Key } from "./keys.ts";

/** Keys that move also while a filter is typed: no text has them. */
export const MOVES: ReadonlySet<Key> = new Set(["up", "down", "pageUp", "pageDown", "home", "end"]);

const ALL = 1_000_000;

/** How many lines down a key goes; 0 for a key that does not move. */
export function steps(key: Key, height: number): number {
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

/** The first line that is shown of `lines` after a key, never past the last page; undefined for a key that does not move. */
export function scrolled(
  top: number,
  key: Key,
  { height, lines }: { readonly height: number; readonly lines: number },
): number | undefined {
  const by = steps(key, height);
  return by === 0 ? undefined : Math.max(0, Math.min(lines - height, top + by));
}
