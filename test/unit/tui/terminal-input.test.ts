import fc from "fast-check";
import { expect, test } from "vitest";
import { TerminalInput } from "../../../src/tui/terminal-input.ts";

/** What is read of chunks as they come: keys as they are, a pasted text in brackets. */
function read(...chunks: readonly string[]): string {
  let said = "";
  const input = new TerminalInput({
    keys: (text) => {
      said += text;
    },
    paste: (text) => {
      said += `<${text}>`;
    },
  });
  for (const chunk of chunks) input.heed(chunk);
  return said;
}

test.each([
  ["keys", ["jk", "\x1b[B", "\x1b"], "jk\x1b[B\x1b"],
  ["a paste among keys", ["a\x1b[200~rx\r\x1b[201~b"], "a<rx\r>b"],
  ["several pastes", ["\x1b[200~one\x1b[201~\x1b[200~two\x1b[201~"], "<one><two>"],
  ["codes within a paste", ["\x1b[200~\x1b[31mred\x1b[0m\x1b[201~"], "<\x1b[31mred\x1b[0m>"],
  ["codes that no key sends", ["a\x1b[0mb\x1b[1;31mc\x1b[?62;cd\x1b[0n"], "abcd"],
  ["codes of keys", ["\x1b[1;5A\x1b[3~\x1b[H\x1b[Z\x1b[97;5u\x1bOP"], "\x1b[1;5A\x1b[3~\x1b[H\x1b[Z\x1b[97;5u\x1bOP"],
  ["Ctrl-C though a paste never ends", ["\x1b[200~text", "q", "\x03", "q"], "\x03q"],
])("of %s", (_, chunks, said) => {
  expect(read(...chunks)).toBe(said);
});

test("a paste is the same wherever what comes is cut, and no key is held back", () => {
  const typed = fc.string({ unit: fc.constantFrom("a", "x", "\r", "[", "2", "~", "\u00e4") });
  fc.assert(
    fc.property(
      typed,
      typed,
      typed,
      fc.infiniteStream(fc.integer({ min: 1, max: 7 })),
      (before, text, after, sizes) => {
        const sent = `${before}\x1b[200~${text}\x1b[201~${after}`;
        const chunks: string[] = [];
        // The first two characters of a mark are a key by themselves.
        for (let at = 0; at < sent.length; ) {
          const size = sizes.next().value;
          const end = [1, 2].includes(at + size - before.length) ? at + size + 2 : at + size;
          chunks.push(sent.slice(at, end));
          at = end;
        }
        expect(read(...chunks)).toBe(`${before}<${text}>${after}`);
      },
    ),
  );
});
