import type { ServiceName } from "../model/names.ts";
import type { Tone } from "../state/marks.ts";
import type { NumberedLine } from "./log-buffer.ts";
import { bold, inCells, type Line, line, span } from "./text.ts";

const TONES: readonly (Tone | undefined)[] = ["cyan", "green", "yellow", undefined, "red"];

/** Lines of several services, each behind the name of its own. */
export function mergedLines(lines: readonly NumberedLine[], services: readonly ServiceName[]): Line[] {
  const width = Math.min(16, Math.max(0, ...services.map((name) => name.length)));
  return lines.map(({ service, text }) => {
    const tone = TONES[services.indexOf(service) % TONES.length];
    return line(span(`${inCells(service, width)} │ `, tone), leveled(text));
  });
}

/** Lines of one service. */
export const ownLines = (lines: readonly NumberedLine[]): Line[] => lines.map(({ text }) => line(leveled(text)));

/** The words by which services call for attention, in text, logfmt and JSON. */
const LOUD = /\b(error|fatal|panic)\b|"level":"(error|fatal)"/i;

const leveled = (text: string) => (LOUD.test(text) ? bold(text) : span(text));
