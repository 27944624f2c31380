import type { Key } from "./keys.ts";

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
