import type { Position } from "../model/failure.ts";

/** A text that was read from a file. */
export interface SourceText {
  /** Absolute path, or a name for a text that is no file. */
  readonly file: string;
  readonly text: string;
}

/** A character of a file: where something stands that there is something to say of. */
export interface Place {
  readonly source: SourceText;
  /** UTF-16 units from the start of the text. */
  readonly offset: number;
}

/** Longer lines are no help on a screen: a minified file, or no text at all. */
const LONGEST_LINE = 2000;

/** A place as editors count, with the line that it stands in. */
export function positionAt({ source, offset }: Place): Position {
  const { file, text } = source;
  const at = Math.min(Math.max(offset, 0), text.length);
  const starts = lineStarts(source);
  const line = lineOf(starts, at);
  const start = starts[line - 1] ?? 0;
  const shown = text.slice(start, (starts[line] ?? text.length + 1) - 1).replace(/\r$/, "");
  return { file, line, column: at - start + 1, ...(shown.length <= LONGEST_LINE && { text: shown }) };
}

/** The last line that starts at or before this character; 1-based. */
function lineOf(starts: readonly number[], at: number): number {
  let [low, high] = [0, starts.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= at) low = middle;
    else high = middle;
  }
  return low + 1;
}

const known = new WeakMap<SourceText, readonly number[]>();

function lineStarts(source: SourceText): readonly number[] {
  const found = known.get(source);
  if (found !== undefined) return found;
  const starts = [0];
  for (let at = source.text.indexOf("\n"); at >= 0; at = source.text.indexOf("\n", at + 1)) starts.push(at + 1);
  known.set(source, starts);
  return starts;
}
