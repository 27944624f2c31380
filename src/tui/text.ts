import type { Tone } from "../state/marks.ts";

/** A piece of a line, with what it means. Colour says nothing that the words and shapes do not say. */
export interface Span {
  readonly text: string;
  readonly tone?: Tone | undefined;
  readonly bold?: boolean | undefined;
}

/** One line of the screen as data; drawn by <Lines>, cut where the screen ends. */
export type Line = readonly Span[];

export const span = (text: string, tone?: Tone): Span => ({ text, tone });
export const bold = (text: string, tone?: Tone): Span => ({ text, tone, bold: true });
export const line = (...spans: readonly Span[]): Line => spans;

/** `text` in exactly `width` cells: filled up, or cut with a `…`. */
export function inCells(text: string, width: number): string {
  const characters = [...text];
  if (characters.length <= width) return text + " ".repeat(width - characters.length);
  return width <= 0 ? "" : `${characters.slice(0, width - 1).join("")}…`;
}

/** Parts of a text that are at most `width` characters long, so that nothing of it is cut. */
export function wrapped(text: string, width: number): string[] {
  const characters = [...text];
  const parts: string[] = [];
  for (let at = 0; at < Math.max(1, characters.length); at += Math.max(1, width)) {
    parts.push(characters.slice(at, at + Math.max(1, width)).join(""));
  }
  return parts;
}
