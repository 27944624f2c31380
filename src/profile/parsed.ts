/** What a small parser of one scalar gives: the value, or what is wrong with the text. */
export type Parsed<Value> =
  | { readonly value: Value }
  | { readonly problem: string; readonly hint?: string | undefined };

export const wrong = (problem: string, hint?: string): { problem: string; hint?: string | undefined } => ({
  problem,
  hint,
});
