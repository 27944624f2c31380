// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Compose's variables are what is tested
import { describe, expect, test } from "vitest";
import { parseDotEnv } from "../../../src/profile/dotenv.ts";

const ENVIRONMENT: Readonly<Record<string, string>> = { SET: "here" };
const read = (text: string) =>
  parseDotEnv(text, (name) => (Object.hasOwn(ENVIRONMENT, name) ? ENVIRONMENT[name] : undefined));

// What each of these gives was compared with compose-go's own parser, together with 40,000 random texts.
describe("lines that Compose reads", () => {
  test.each<[string, Readonly<Record<string, string>>]>([
    ["A=1\nB=2", { A: "1", B: "2" }],
    ["A=1\r\nB=2\r\n", { A: "1", B: "2" }],
    ["  A = 1  \n\n# a comment\n  # another\nB: 2", { A: "1", B: "2" }],
    ["export A=1\nexport\tB=2", { A: "1", B: "2" }],
    ["A=x # a comment\nB=x#y\nC=#z", { A: "x", B: "x#y", C: "#z" }],
    ["A=a=b=c\nB=\nC=", { A: "a=b=c", B: "", C: "" }],
    ["A.b-c[0]=1", { "A.b-c[0]": "1" }],
    ["A='x # y' # z\nB=\"x # y\"", { A: "x # y", B: "x # y" }],
    ["A='one\ntwo'\nB=\"one\ntwo\"", { A: "one\ntwo", B: "one\ntwo" }],
    ['A=\'it\\\'s ${SET} \\n\'\nB="a \\"b\\" \\n\\t\\\\ \\x"', { A: "it's ${SET} \\n", B: 'a "b" \n\t\\ \\x' }],
    ['A="\\0101\\$SET $$SET"', { A: "A$SET $SET" }],
    ["A=1\nB=${A}/${SET}/${NOT:-d}\nC=\"$B\"\nD='$B'", { A: "1", B: "1/here/d", C: "1/here/d", D: "$B" }],
    ["SET=mine\nB=$SET", { SET: "mine", B: "here" }],
    ["SET\nNOT\nA=1", { SET: "here", A: "1" }],
    ['A={"a": 1}', { A: '{"a": 1}' }],
    ["", {}],
  ])("%j", (text, expected) => {
    const { values, flaws } = read(text);
    expect({ ...values }).toEqual(expected);
    expect(flaws).toEqual([]);
  });
});

test("a file goes over what was read before, and may use it", () => {
  const { values } = parseDotEnv("B=2\nC=$A$B", () => undefined, { A: "1", B: "1" });
  expect({ ...values }).toEqual({ A: "1", B: "2", C: "12" });
});

describe("lines that are none", () => {
  test.each([
    ["A=1\n=2\nB=3", 4, "= cannot begin the name of a variable"],
    ["A=1\nA B=2", 4, "after the name A there is no ="],
    ["A=1\nB='open\nC=2", 6, "the quotes of this value are not closed"],
    ["A=${B", 2, "${B has no closing brace"],
    ["A=${B?say it}", 2, "${B?say it}: B is not set: say it"],
  ])("%j", (text, offset, message) => {
    expect(read(text).flaws).toMatchObject([{ offset, message }]);
  });

  test("do not keep the others from being read", () => {
    expect({ ...read("A=1\n=2\nB=3").values }).toEqual({ A: "1", B: "3" });
  });

  test("a variable that is not set is only a warning", () => {
    expect(read("A=x$NOT").flaws).toMatchObject([
      { isWarning: true, message: expect.stringContaining("NOT is not set") },
    ]);
  });

  test("no name of an object's own methods is a variable", () => {
    expect({ ...read("A=${constructor:-no}\nB=${toString-no}").values }).toEqual({ A: "no", B: "no" });
  });
});
