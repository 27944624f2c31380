import { useInput } from "ink";
import { type Key, keysOf } from "./keys.ts";

/** Hands on the keys that Ink reads from the terminal, one by one. What is drawn, frame.ts says. */
export function KeyReader({ press }: { readonly press: (key: Key) => void }) {
  useInput((input, key) => {
    for (const each of keysOf(input, key)) press(each);
  });
  return null;
}
