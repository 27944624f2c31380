import { cellsOf, wrapped } from "./text.ts";

/** A word; what stands in backticks is one, however many blanks are in it: it is copied. */
const WORD = /(?:`[^`]*`|[^ ])+/g;

/** Words in lines of at most `width` cells; a word that is longer than that goes on in the next line. */
export function paragraph(text: string, width: number): string[] {
  const lines: string[] = [];
  let open = "";
  for (const word of wordsOf(text, width)) {
    const next = open === "" ? word : `${open} ${word}`;
    if (cellsOf(next) <= width) open = next;
    else {
      if (open !== "") lines.push(open);
      const parts = wrapped(word, width);
      lines.push(...parts.slice(0, -1));
      open = parts.at(-1) ?? "";
    }
  }
  return [...lines, open];
}

/** A command that no line has room for is words again. */
const wordsOf = (text: string, width: number): string[] =>
  (text.match(WORD) ?? []).flatMap((word) => (cellsOf(word) <= width ? [word] : word.split(" ")));
