/** Where each character of an unescaped text stood before: character i from `starts[i]` to before `ends[i]`. */
interface Places {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

const PERCENT = /(?:%[0-9A-Fa-f]{2})+/g;
const BACKSLASH = /\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[^ux])/g;

/** A way of writing that can be undone. */
interface Escaping {
  readonly mark: string;
  readonly pattern: RegExp;
  readonly undo: (written: string) => string;
}

/** URLs and forms: `%40` for `@`, in UTF-8. JSON, Go, Python, C and shells in quotes: `\n`, `\"`, `\u0026`, `\x26`. */
export const ESCAPINGS: readonly Escaping[] = [
  { mark: "%", pattern: PERCENT, undo: fromPercents },
  { mark: "\\", pattern: BACKSLASH, undo: fromBackslash },
];

/** The text without its escapes; undefined when it has none. */
export const unescaped = (text: string, { mark, pattern, undo }: Escaping): string | undefined =>
  text.includes(mark) ? text.replace(pattern, undo) : undefined;

/** As `unescaped`, with the places: made only for a text in which something was found. */
export function unescapedPlaces(text: string, { pattern, undo }: Escaping): Places {
  const starts: number[] = [];
  const ends: number[] = [];
  const note = (count: number, place: (at: number) => readonly [number, number]) => {
    for (let at = 0; at < count; at++) {
      const [start, end] = place(at);
      starts.push(start);
      ends.push(end);
    }
  };
  let done = 0;
  for (const match of text.matchAll(pattern)) {
    const before = done;
    note(match.index - before, (at) => [before + at, before + at + 1]);
    done = match.index + match[0].length;
    const end = done;
    note(undo(match[0]).length, () => [match.index, end]);
  }
  note(text.length - done, (at) => [done + at, done + at + 1]);
  return { starts, ends };
}

/** A run of them, as one character may take several; what is no UTF-8 stays as it is. */
function fromPercents(run: string): string {
  try {
    return decodeURIComponent(run);
  } catch {
    return run;
  }
}

const LETTERS: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };

function fromBackslash(written: string): string {
  const kind = written[1] ?? "";
  if (kind === "u" || kind === "x") return String.fromCharCode(Number.parseInt(written.slice(2), 16));
  return LETTERS[kind] ?? kind;
}
