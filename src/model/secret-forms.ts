/** Shorter values would blot out every text that they happen to occur in, and are no secrets worth the name. */
export const SHORTEST_SECRET = 4;

/** A line of a longer secret, or a piece of its encoding, is a secret of its own from here on. */
const SHORTEST_PIECE = 8;

/** `base64` breaks its lines after 76 characters, PEM and `base64 -w64` after 64. */
const BASE64_LINES = [64, 76];

/**
 * The ways in which a secret is written into a log: as it is, without the newline at its end, each of its lines alone,
 * in base64 (also as a part of something longer: `user:password`), in hexadecimal, with `+` for its spaces. Escapes
 * (JSON, URL) are not among them: those are undone in the text instead, as each language escapes other characters.
 */
export function formsOf(secret: string): string[] {
  const value = secret.replace(/[\r\n]+$/, "");
  if (value.length < SHORTEST_SECRET) return [];
  const forms = [value, value.replaceAll(" ", "+"), ...linesOf(value), ...encodingsOf(secret), ...encodingsOf(value)];
  return [...new Set(forms)];
}

/** What PEM files begin and end with tells what they are, and is the same in all of them. */
const PUBLIC_LINE = /^-----(BEGIN|END) [A-Z0-9 ]+-----$/;

function linesOf(value: string): string[] {
  if (!/[\r\n]/.test(value)) return [];
  const lines = value.split(/[\r\n]+/).map((line) => line.trim());
  return lines.filter((line) => line.length >= SHORTEST_PIECE && !PUBLIC_LINE.test(line));
}

function encodingsOf(value: string): string[] {
  const bytes = new TextEncoder().encode(value);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const base64 = [0, 1, 2].flatMap((shift) => base64Within(bytes, shift));
  const urlSafe = base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"));
  const wrapped = BASE64_LINES.flatMap((width) => piecesOf(base64[0] ?? "", width));
  return [...base64, ...urlSafe, ...wrapped, hex, hex.toUpperCase()].filter(({ length }) => length >= SHORTEST_PIECE);
}

const piecesOf = (text: string, width: number): string[] =>
  text.length <= width
    ? []
    : Array.from({ length: Math.ceil(text.length / width) }, (_, at) => text.slice(at * width, (at + 1) * width));

/**
 * The base64 characters that the bytes alone decide when `shift` other bytes stand before them: three bytes make four
 * characters, so the same value looks different at each of three places (GitHub's runner masks the same three). First
 * with the last character that it has when nothing follows.
 */
function base64Within(bytes: Uint8Array, shift: number): [string, string] {
  const padded = new Uint8Array(bytes.length + shift);
  padded.set(bytes, shift);
  const text = btoa(Array.from(padded, (byte) => String.fromCharCode(byte)).join("")).replace(/=+$/, "");
  const first = Math.ceil((shift * 8) / 6);
  const end = Math.floor((padded.length * 8) / 6);
  return [text.slice(first), text.slice(first, end)];
}
