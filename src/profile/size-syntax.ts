import { type Parsed, wrong } from "./parsed.ts";

/** Docker's own units (docker/go-units, RAMInBytes): powers of 1024, small or capital, `b` or `ib` may follow. */
const SIZE = /^([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s?(?:([kmgtp])(?:i?b)?|b)?$/i;
const POWER: Readonly<Record<string, number>> = { k: 1, m: 2, g: 3, t: 4, p: 5 };

/** Takes `512m`, `1.5g`, `64 MB` or a plain number of bytes; gives bytes. */
export function parseSize(text: string): Parsed<number> {
  const [matched, amount = "", unit = ""] = SIZE.exec(text) ?? [];
  const bytes = Math.floor(Number(amount) * 1024 ** (POWER[unit.toLowerCase()] ?? 0));
  if (matched !== undefined && Number.isSafeInteger(bytes)) return { value: bytes };
  return wrong(`${text || "nothing"} is not a size`, "write 512m, 1.5g or a number of bytes");
}

/** Like `parseSize`; -1 is without limit. */
export const parseLimit = (text: string): Parsed<number> => (text === "-1" ? { value: -1 } : parseSize(text));
