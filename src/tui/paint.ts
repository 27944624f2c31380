import type { Tone } from "../state/marks.ts";
import { cut, type Line, type Span } from "./text.ts";

/**
 * Of the 256 colours that every terminal has as they are (the first sixteen a theme may redefine, and most themes' yellow
 * and cyan vanish on white): those of a middle lightness, which can be read on a light background and on a dark one.
 */
export const PALETTE: Readonly<Record<Exclude<Tone, "dim">, number>> = {
  red: 196,
  green: 28,
  yellow: 136,
  blue: 33,
  magenta: 164,
  cyan: 30,
};

/** ECMA-48, "Select graphic rendition"; a colour of the 256 as xterm has it. */
const codeOf = (tone: Tone): string => (tone === "dim" ? "2" : `38;5;${PALETTE[tone]}`);
const [BOLD, UNDERLINE, INVERSE] = [1, 4, 7];

/** A line as a terminal shows it, in at most `width` cells; without colours (NO_COLOR) it is told by shape alone. */
export const painted = (line: Line, width: number, hasColor: boolean): string =>
  cut(line, width)
    .map((span) => withCodes(span, hasColor))
    .join("");

function withCodes({ text, tone, bold, underline, inverse }: Span, hasColor: boolean): string {
  const codes = [
    ...(hasColor && tone !== undefined ? [codeOf(tone)] : []),
    ...(bold ? [BOLD] : []),
    ...(underline ? [UNDERLINE] : []),
    ...(inverse ? [INVERSE] : []),
  ];
  return codes.length === 0 || text === "" ? text : `\x1b[${codes.join(";")}m${text}\x1b[0m`;
}
