// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Compose's variables are what is tested
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { interpolate } from "../../../src/profile/interpolate.ts";

const VALUES: Readonly<Record<string, string>> = { V: "value", EMPTY: "", OTHER: "other", DOLLAR: "$V ${V}" };
const lookup = (name: string) => VALUES[name];
const put = (text: string) => interpolate(text, lookup);

describe("what Compose's syntax gives", () => {
  test.each([
    ["${V}", "value"],
    ["$V", "value"],
    ["a${V}b$V-c", "avaluebvalue-c"],
    ["${EMPTY}", ""],
    ["${V:-d}", "value"],
    ["${EMPTY:-d}", "d"],
    ["${NOT:-d}", "d"],
    ["${NOT:-}", ""],
    ["${EMPTY-d}", ""],
    ["${NOT-d}", "d"],
    ["${V:?e}", "value"],
    ["${EMPTY?e}", ""],
    ["${V:+r}", "r"],
    ["${EMPTY:+r}", ""],
    ["${NOT:+r}", ""],
    ["${EMPTY+r}", "r"],
    ["${NOT+r}", ""],
    ["${NOT:-${OTHER}}", "other"],
    ["${NOT:-${NOR:-${V}}}-x", "value-x"],
    ["${V:-${NOT}}", "value"],
    ["${V:+${OTHER}}", "other"],
    ['${NOT:-{"a":1}}', '{"a":1}'],
    ["${NOT:-a:b-c}", "a:b-c"],
    ["$$V", "$V"],
    ["$${V}", "${V}"],
    ["$$$V", "$value"],
    ["$$$$", "$$"],
    ["${DOLLAR}", "$V ${V}"],
    ["${NOT:-a\nb}", "a\nb"],
    ['${V:-{"a":{}}}', "value"],
    ['${NOT:-{"a":{}}} ${V}', '{"a":{}} value'],
    ["${NOT:-{}", "{"],
    ["cost: 5$", "cost: 5$"],
    ["^/api/.*$", "^/api/.*$"],
    ["$1 $(date) $}", "$1 $(date) $}"],
  ])("%j gives %j", (text, expected) => {
    expect(put(text)).toMatchObject({ text: expected, flaws: [] });
  });

  test("of each variable it is known whether its value is in the text", () => {
    expect(put("$V ${OTHER:+x} ${NOT:-$OTHER} ${EMPTY-d} ${NOT}").used).toEqual(["V", "OTHER", "EMPTY"]);
  });
});

describe("what cannot be put in", () => {
  test.each([
    ["a $NOT b", "unset", "$NOT", "$NOT: NOT is not set, and is taken as empty"],
    ["${NOT}", "unset", "${NOT}", "${NOT}: NOT is not set, and is taken as empty"],
    ["${NOT:?}", "required", "${NOT:?}", "${NOT:?}: NOT is not set"],
    ["${NOT?say it}", "required", "${NOT?say it}", "${NOT?say it}: NOT is not set: say it"],
    ["${EMPTY:?of $V}", "required", "${EMPTY:?of $V}", "${EMPTY:?of $V}: EMPTY is empty: of value"],
    ["${NOT:-${NOR}}", "unset", "${NOR}", "${NOR}: NOR is not set, and is taken as empty"],
    ["${V", "malformed", "${V", "${V has no closing brace"],
    ["${}", "malformed", "${}", "${} is not a variable"],
    ["${V/a/b}", "malformed", "${V/a/b}", "${V/a/b} is not a variable"],
    ["${1V}", "malformed", "${1V}", "${1V} is not a variable"],
  ])("%j is told as %s", (text, kind, expression, message) => {
    expect(put(text).flaws).toMatchObject([{ kind, expression, message }]);
  });

  test("each flaw of a text is told", () => {
    expect(put("$NOT ${V} $NOR ${").flaws.map((flaw) => flaw.expression)).toEqual(["$NOT", "$NOR", "${"]);
  });

  test("braces that do not pair up take no time, however many there are", () => {
    expect(put("${NOT:-{} ".repeat(20_000)).text).toBe("{ ".repeat(20_000));
  });

  test("an expression that never ends is cut short in the message", () => {
    expect(put(`\${NOT:-${"x".repeat(500)}`).flaws[0]?.message).toMatch(/^.{60}… has no closing brace$/);
  });

  test("nesting without end is a flaw, not a crash", () => {
    const depth = 500;
    const { flaws } = put(`${"${NOT:-".repeat(depth)}${"}".repeat(depth)}`);
    expect(flaws).toMatchObject([{ kind: "malformed", message: expect.stringContaining("nested too deeply") }]);
  });
});

describe("for every text", () => {
  test("without a dollar sign, nothing changes", () => {
    const plain = fc.string().filter((text) => !text.includes("$"));
    fc.assert(
      fc.property(plain, (text) => {
        expect(put(text)).toEqual({ text, flaws: [], used: [] });
      }),
    );
  });

  test("with every dollar sign doubled, the text comes back", () => {
    const text = fc.string({ unit: fc.constantFrom("$", "{", "}", "V", ":", "-", "?", " ") });
    fc.assert(
      fc.property(text, (given) => {
        expect(put(given.replaceAll("$", "$$$$"))).toEqual({ text: given, flaws: [], used: [] });
      }),
    );
  });

  test("each flaw is a piece of it", () => {
    const text = fc.string({ unit: fc.constantFrom("$", "${", "}", "V", "NOT", ":-", "-", ":?", "+", " ") });
    fc.assert(
      fc.property(text, (given) => {
        for (const { expression } of put(given).flaws) expect(given).toContain(expression);
      }),
    );
  });
});
