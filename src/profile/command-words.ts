import { parse } from "shell-quote";
import { type Parsed, wrong } from "./parsed.ts";

/**
 * Stand in for `$`, which shell-quote would replace by a variable of its own, and for `#`, which begins no comment to
 * Compose; characters nobody writes.
 */
const DOLLAR = "\uE000";
const HASH = "\uE001";
const QUOTED = /\\.|"(?:\\.|[^"\\])*"|'[^']*'/gs;
const WITH_SHELL = 'no shell runs this command; write [sh, -c, "…"]';

/**
 * Splits a command written as one text into its words, as a shell would, but runs nothing and replaces nothing.
 * An operator (`&&`, `|`, `>`) is a problem: Compose silently drops the rest of the line there.
 */
export function commandWords(text: string): Parsed<string[]> {
  if (/["']/.test(text.replaceAll(QUOTED, ""))) return wrong(`the command ${text} has a quote that is not closed`);
  const words: string[] = [];
  for (const entry of parse(text.replaceAll("$", DOLLAR).replaceAll("#", HASH))) {
    if (typeof entry === "string") words.push(entry);
    else if ("comment" in entry) continue;
    else if (entry.op === "glob") words.push(entry.pattern);
    else return wrong(`${entry.op} in the command ${text} needs a shell`, WITH_SHELL);
  }
  return { value: words.map((word) => word.replaceAll(DOLLAR, "$").replaceAll(HASH, "#")) };
}
