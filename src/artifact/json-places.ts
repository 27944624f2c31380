import type { Position } from "../model/failure.ts";

/** A value of a JSON text, by where it begins; `children` by key or index. */
interface Place {
  readonly offset: number;
  readonly children: ReadonlyMap<string | number, Place>;
}

/** The first place at which a text stops being JSON. */
export class JsonMistake extends Error {
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

const SPACE = /[ \t\n\r]*/y;
/** Everything from the space on but the quote and the backslash stands for itself; control characters are escaped. */
const STRING = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const ATOM = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const NO_CHILDREN: ReadonlyMap<string | number, Place> = new Map();

/**
 * Where the values of a JSON text begin. `JSON.parse` does not say it, and on Node 20 not even always where a text
 * breaks; this second, slower reading is made only to say where a mistake is.
 * @throws JsonMistake for exactly the texts that `JSON.parse` refuses.
 */
export function readPlaces(text: string): Place {
  let at = 0;

  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  const skipTo = (sign: string): boolean => {
    take(SPACE);
    if (text[at] !== sign) return false;
    at += 1;
    return true;
  };
  const mistake = (wanted: string): JsonMistake =>
    at >= text.length
      ? new JsonMistake(at, `the text ends where ${wanted} should follow`)
      : new JsonMistake(at, `${wanted} expected, not ${JSON.stringify(text[at])}`);

  const members = (close: string, member: (index: number) => [string | number, Place]): Map<string | number, Place> => {
    const children = new Map<string | number, Place>();
    if (skipTo(close)) return children;
    do children.set(...member(children.size));
    while (skipTo(","));
    if (!skipTo(close)) throw mistake(`"," or "${close}"`);
    return children;
  };
  const member = (): [string, Place] => {
    take(SPACE);
    const key = take(STRING);
    if (key === undefined) throw mistake("a key in double quotes");
    if (!skipTo(":")) throw mistake('":"');
    return [JSON.parse(key) as string, value()];
  };
  const value = (): Place => {
    take(SPACE);
    const offset = at;
    if (skipTo("{")) return { offset, children: members("}", member) };
    if (skipTo("[")) return { offset, children: members("]", (index) => [index, value()]) };
    if (take(STRING) === undefined && take(ATOM) === undefined) throw mistake("a value");
    return { offset, children: NO_CHILDREN };
  };

  const root = value();
  take(SPACE);
  if (at < text.length) throw mistake("the end of the text");
  return root;
}

/** Where the value at `path` begins; of one that is missing, where the nearest value around it begins. */
export function offsetOf(root: Place, path: readonly (string | number)[]): number {
  let place = root;
  for (const key of path) {
    const child = place.children.get(key);
    if (child === undefined) break;
    place = child;
  }
  return place.offset;
}

/** An offset in a file's text as editors count, with the line itself. */
export function positionAt(file: string, text: string, offset: number): Position {
  const before = text.slice(0, offset).split("\n");
  const line = text.split("\n")[before.length - 1] ?? "";
  return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1, text: line.replace(/\r$/, "") };
}
