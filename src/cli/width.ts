import { stripVTControlCharacters } from "node:util";
import { eastAsianWidth } from "get-east-asian-width";

/** An accent on the letter before it, a joiner, a mark of direction: they have no column of their own. */
const COMBINING = /^[\p{Mn}\p{Me}\p{Cf}]$/u;

/**
 * How many columns of a terminal a text takes: a Chinese character two, colours and combining accents none. Characters
 * that are drawn as one (a family of emoji) count one by one, as many a terminal draws them: string-width, which the
 * screen has, knows better and takes 80 ms to load, which a message of one line must not cost.
 */
export function widthOf(text: string): number {
  let columns = 0;
  for (const character of stripVTControlCharacters(text)) columns += columnsOfOne(character);
  return columns;
}

/** The first that may be a combining one. */
const FIRST_COMBINING = 0x300;

function columnsOfOne(character: string): number {
  const point = character.codePointAt(0) ?? 0;
  if (point < FIRST_COMBINING) return 1;
  return COMBINING.test(character) ? 0 : eastAsianWidth(point);
}
