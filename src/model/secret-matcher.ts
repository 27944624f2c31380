import { SHORTEST_SECRET } from "./secret-forms.ts";

/** From the first character to past the last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Of the number of a slot in the table of beginnings. */
const SLOT_BITS = 16;

/**
 * Finds many texts in one pass: a table tells for the four characters at each place whether any of the texts begins
 * so, and only then they are compared. It costs the same for one secret and for hundreds, of any length; an alternation
 * of as many in a regular expression does not.
 */
export class SecretMatcher {
  readonly #forms: readonly string[];
  /** By the slot of their first characters, the longest first. */
  readonly #bySlot = new Map<number, string[]>();
  /** Which slots are taken: small enough for the processor to keep it at hand. */
  readonly #taken = new Uint8Array(1 << SLOT_BITS);

  constructor(forms: Iterable<string>) {
    this.#forms = [...new Set(forms)].sort((a, b) => b.length - a.length);
    for (const form of this.#forms) {
      const slot = slotOf(form.charCodeAt(0), form.charCodeAt(1), form.charCodeAt(2), form.charCodeAt(3));
      this.#taken[slot] = 1;
      this.#bySlot.set(slot, [...(this.#bySlot.get(slot) ?? []), form]);
    }
  }

  get isEmpty(): boolean {
    return this.#forms.length === 0;
  }

  /** Where they stand, overlapping ones too, in order of their starts. */
  find(text: string): Span[] {
    const found: Span[] = [];
    const last = text.length - SHORTEST_SECRET;
    if (last < 0) return found;
    let b = text.charCodeAt(0);
    let c = text.charCodeAt(1);
    let d = text.charCodeAt(2);
    for (let start = 0; start <= last; start++) {
      const a = b;
      b = c;
      c = d;
      d = text.charCodeAt(start + 3);
      const slot = slotOf(a, b, c, d);
      if (this.#taken[slot] === 0) continue;
      const form = this.#bySlot.get(slot)?.find((each) => text.startsWith(each, start));
      if (form !== undefined) found.push({ start, end: start + form.length });
    }
    return found;
  }

  /** The ends of a text that was cut off: where it begins with a form's tail, and ends with a form's head. */
  findCut(text: string): Span[] {
    return this.#forms.flatMap((form) => {
      const heads = longest(form, (size) => text.endsWith(form.slice(0, size)));
      const tails = longest(form, (size) => text.startsWith(form.slice(-size)));
      return [
        ...(tails === 0 ? [] : [{ start: 0, end: tails }]),
        ...(heads === 0 ? [] : [{ start: text.length - heads, end: text.length }]),
      ];
    });
  }
}

/** The most characters of a form, less than all of them, that pass; 0 when too few do. */
function longest(form: string, passes: (size: number) => boolean): number {
  for (let size = form.length - 1; size >= SHORTEST_SECRET; size--) if (passes(size)) return size;
  return 0;
}

/** Knuth's multiplicative hash of the four. */
const slotOf = (a: number, b: number, c: number, d: number): number =>
  Math.imul(a ^ (b << 8) ^ (c << 16) ^ (d << 24), 0x9e3779b1) >>> (32 - SLOT_BITS);
