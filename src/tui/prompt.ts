import type { Key } from "./keys.ts";
import type { Wish } from "./wish.ts";

/** A question that an action asks before it begins; escape takes the action back. */
export type Prompt = {
  readonly title: string;
  /** What a person should know before the answer, a line each. */
  readonly notes: readonly string[];
} & (Choice | Text);

export interface Choice {
  readonly asks: "choice";
  /** The first is what enter takes. */
  readonly options: readonly Option[];
}

export interface Option {
  readonly key: Key;
  readonly words: string;
  readonly gives: Wish | Prompt;
}

export interface Text {
  readonly asks: "text";
  /** What stands before what is typed. */
  readonly label: string;
  /** Nothing else is taken: what is asked for cannot be taken back. */
  readonly exactly?: string;
  readonly gives: (text: string) => Wish;
}
