import type { PullNews } from "../model/pull-news.ts";
import type { LastPull } from "../model/repository.ts";

/** What a screen shows of the pulls in the background. */
export interface PullView {
  /** The repositories that the last pull that moved any moved, and when, milliseconds since the epoch. */
  readonly last: { readonly names: readonly string[]; readonly at: number } | undefined;
  /** The repositories that are left alone, or cannot be asked, by name. */
  readonly needing: readonly string[];
  /** What the last pull that told anything of a repository did with it, by name. */
  readonly known: ReadonlyMap<string, LastPull>;
}

export const nothingPulled: PullView = { last: undefined, needing: [], known: new Map() };

/** (view, event) -> next view. Pure. */
export function nextPullView(view: PullView, event: PullNews & { readonly at: number }): PullView {
  if (event.type !== "pulled") return view;
  const { moved, left, failed, well, at } = event;
  const named = [...left, ...failed].map(({ name }) => name);
  return {
    last: moved.length === 0 ? view.last : { names: moved.map(({ name }) => name), at },
    needing: [...new Set([...view.needing.filter((name) => !well.includes(name)), ...named])].sort(),
    known: new Map([
      ...view.known,
      ...well.map((name) => [name, { at, is: "current" }] as const),
      ...moved.map(({ name, move }) => [name, { at, is: "moved", commits: move.count }] as const),
      ...[...left, ...failed].map(({ name, words, command }) => [name, { at, is: "left", words, command }] as const),
    ]),
  };
}
