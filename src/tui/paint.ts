import type { Tone } from "../state/marks.ts";
import { cut, type Line, type Span } from "./text.ts";

/** ECMA-48, "Select graphic rendition". */
const TONES: Readonly<Record<Tone, number>> = {
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
};
const [BOLD, UNDERLINE, INVERSE] = [1, 4, 7];

/** A line as a terminal shows it, in at most `width` cells; without colours (NO_COLOR) it is told by shape alone. */
export const painted = (line: Line, width: number, hasColor: boolean): string =>
  cut(line, width)
    .map((span) => withCodes(span, hasColor))
    .join("");

function withCodes({ text, tone, bold, underline, inverse }: Span, hasColor: boolean): string {
  const codes = [
    ...(hasColor && tone !== undefined ? [TONES[tone]] : []),
    ...(bold ? [BOLD] : []),
    ...(underline ? [UNDERLINE] : []),
    ...(inverse ? [INVERSE] : []),
  ];
  return codes.length === 0 || text === "" ? text : `\x1b[${codes.join(";")}m${text}\x1b[0m`;
}
