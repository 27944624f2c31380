import fc from "fast-check";
import { Flow, type Worth } from "./flow.ts";
import { stateOf } from "./saves.ts";

const worths = fc.constantFrom<Worth>("works", "works", "breaks", "doesNotBuild");
const sources = ["x", "y", "z"] as const;

/** A save (of a source that may come again, as when an edit is undone), or an answer to one of the open commands. */
const move = fc.oneof(
  fc.record({ save: fc.constantFrom(...sources) }),
  fc.record({ pick: fc.nat(9), luck: fc.nat(40) }),
);

export interface Game {
  /** Whether hooks check what is ready. */
  readonly isChecked: boolean;
  readonly moves: readonly ({ save: (typeof sources)[number] } | { pick: number; luck: number })[];
  /** What each source is worth, every time that it is saved. */
  readonly worth: Readonly<Record<(typeof sources)[number], Worth>>;
  /** The order in which what is open in the end is answered. */
  readonly picks: readonly number[];
}

export const games: fc.Arbitrary<Game> = fc.record({
  isChecked: fc.boolean(),
  moves: fc.array(move, { maxLength: 60 }),
  worth: fc.record({ x: worths, y: worths, z: worths }),
  picks: fc.array(fc.nat(9), { minLength: 1, maxLength: 9 }),
});

export function play({ isChecked, moves, worth }: Game): Flow {
  const flow = new Flow({ isChecked });
  for (const move of moves) {
    if ("save" in move) flow.save(worth[move.save], move.save);
    else if (!flow.isIdle) flow.answer(move.pick, move.luck);
  }
  return flow;
}

const GOOD_LUCK = 40;

/** Everything that is open is answered, without bad luck from here on. */
export function finish(flow: Flow, { picks }: Game): void {
  for (let at = 0; !flow.isIdle; at++) {
    if (at > 1000) throw new Error(`no end in sight: ${stateOf(flow.swap)}`);
    flow.answer(picks[at % picks.length] ?? 0, GOOD_LUCK);
  }
}
