/** Longest line that is handed on whole, in bytes; a longer one is split, so that no program can fill our memory. */
export const LONGEST_LINE = 64 * 1024;

/** Joins pieces of one output stream into lines. */
export interface Lines {
  /** Takes the next piece, gives the lines that it completes. */
  push(piece: Buffer): string[];
  /** Gives what is left when the output ended without a newline. */
  end(): string[];
}

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

function linesOf(text: string): string[] {
  const found = text.split("\n");
  return text.includes("\r") ? found.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line)) : found;
}

export function lines(longest: number = LONGEST_LINE): Lines {
  let held: Buffer[] = [];
  let size = 0;

  const take = (): string => {
    const [only, ...more] = held;
    const whole = only !== undefined && more.length === 0 ? only : Buffer.concat(held);
    held = [];
    size = 0;
    const end = whole.at(-1) === CARRIAGE_RETURN ? whole.length - 1 : whole.length;
    return whole.toString("utf8", 0, end);
  };
  const hold = (piece: Buffer, done: string[]): void => {
    held.push(piece);
    size += piece.length;
    while (size > longest) {
      // Together again: a character may have begun in an earlier piece.
      const whole = Buffer.concat(held);
      const cut = characterStart(whole, longest);
      held = [whole.subarray(0, cut)];
      done.push(take());
      held = [whole.subarray(cut)];
      size = whole.length - cut;
    }
  };

  const byOne = (piece: Buffer, done: string[]): void => {
    let start = 0;
    for (let at = piece.indexOf(NEWLINE); at !== -1; at = piece.indexOf(NEWLINE, start)) {
      hold(piece.subarray(start, at), done);
      done.push(take());
      start = at + 1;
    }
  };

  return {
    push(piece) {
      const done: string[] = [];
      const first = piece.indexOf(NEWLINE) + 1;
      const last = piece.lastIndexOf(NEWLINE) + 1;
      byOne(piece.subarray(0, first), done);
      // All at once, where none can be too long: a flood is taken many times as fast.
      if (last - first > longest) byOne(piece.subarray(first, last), done);
      else if (last > first) for (const line of linesOf(piece.toString("utf8", first, last - 1))) done.push(line);
      hold(piece.subarray(last), done);
      return done;
    },
    end: () => (size === 0 ? [] : [take()]),
  };
}

/** The last place at or before `at` where a UTF-8 character begins, so that a split breaks none; `at` if none does. */
function characterStart(bytes: Buffer, at: number): number {
  for (let cut = at; cut > 0 && at - cut < 4; cut--) {
    if (((bytes[cut] ?? 0) & 0xc0) !== 0x80) return cut;
  }
  return at;
}
