// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what is not put in is tested
import { parseEnv } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { keyValues } from "../../../src/profile/key-values.ts";

test.each([
  ["A=1", { A: "1" }],
  ["  export A = 1  ", { A: "1" }],
  ["A=s3c#ret", { A: "s3c#ret" }],
  ["A=secret # rotated in May", { A: "secret" }],
  ["A=# nothing", { A: "" }],
  ["A=a b $HOME ${B} `id`", { A: "a b $HOME ${B} `id`" }],
  ["A='#1 \"$x\" \\n' # comment", { A: '#1 "$x" \\n' }],
  ['A="a\\tb\\n\\"c\\" \\\\ \\$ \\d"', { A: 'a\tb\n"c" \\ $ \\d' }],
  ["A='first\nsecond'\nB=\"third\nfourth\"\nC=5", { A: "first\nsecond", B: "third\nfourth", C: "5" }],
  ["\uFEFF# head\r\n\r\nA=1\r\nB='2\r\n3'\r\n", { A: "1", B: "2\n3" }],
  ["A=1\nA=2", { A: "2" }],
  ["A=a=b==", { A: "a=b==" }],
  ["db.password=1\napi-key=2", { "db.password": "1", "api-key": "2" }],
  ["constructor=1\n__proto__=2", JSON.parse('{"constructor":"1","__proto__":"2"}')],
])("%j gives its values", (text, values) => {
  expect(keyValues(text)).toEqual({ values, flaws: [] });
});

test("lines that are none are told by their numbers, and what is after them counts", () => {
  const { values, flaws } = keyValues('hunter2\nA=1\nB: 2\nC=\'3\nD="4" 5\n1E=6\nF=7');
  expect(values).toEqual({ A: "1", F: "7" });
  expect(flaws).toEqual([1, 3, 4, 5, 6]);
});

test("what Node's parseEnv reads in quotes is read likewise", () => {
  const value = fc.string({ unit: "grapheme", maxLength: 20 }).filter((text) => !/['\r\\]/.test(text));
  fc.assert(
    fc.property(value, value, (a, b) => {
      const text = `A='${a}'\nB='${b}'\n`;
      expect(keyValues(text).values).toEqual({ ...parseEnv(text) });
    }),
  );
});

test("no text takes long", () => {
  const long = ['A="\n', "A='x\n", "A= ", '"\\', "#", "A=x #"].map((piece) => piece.repeat(500_000 / piece.length));
  const begun = performance.now();
  for (const text of long) keyValues(text);
  expect(performance.now() - begun).toBeLessThan(5000);
});
