import { describe, expect, test } from "vitest";
import { isDate, plainWord } from "../../../src/profile/plain-word.ts";
import { load } from "./loading.ts";

// Compared with go-yaml, which Compose reads with, together with 40,000 random words.
test.each<[string, unknown]>([
  ["", null],
  ["~", null],
  ["Null", null],
  ["True", true],
  ["false", false],
  ["yes", "yes"],
  ["off", "off"],
  ["0", 0],
  ["-12", -12],
  ["+5", 5],
  ["0440", 288],
  ["-0777", -511],
  ["0o17", 15],
  ["08", 8],
  ["0x1F", 31],
  ["0b11", 3],
  ["0b12", "0b12"],
  ["1_000", 1000],
  ["_1", "_1"],
  ["1.10", 1.1],
  ["1.", 1],
  [".5", 0.5],
  [".7_1", 0.71],
  ["1e3", 1000],
  ["1e999", "1e999"],
  [".inf", Number.POSITIVE_INFINITY],
  ["-.Inf", Number.NEGATIVE_INFINITY],
  [".nan", Number.NaN],
  ["22:22", "22:22"],
  ["1.2.3", "1.2.3"],
  ["9223372036854775807", "9223372036854775807"],
  ["18446744073709551615", "18446744073709551615"],
  ["18446744073709551616", 2 ** 64],
  ["constructor", "constructor"],
])("%j is %j", (source, meant) => {
  expect(plainWord(source)).toEqual(meant);
});

test.each(["2026-01-02", "2026-1-2", "2026-01-02T10:00:00Z", "2026-01-02 10:00:00"])("%s is a date", (source) => {
  expect(isDate(source)).toBe(true);
});

test.each(["2026-01", "2026-01-02-rc1", "20260102", "1.2.3"])("%s is none", (source) => {
  expect(isDate(source)).toBe(false);
});

describe("numbers where a text is wanted", () => {
  const warningsOf = async (line: string) => {
    const { services, warnings } = await load(`services:\n  a:\n    image: x\n    ${line}\n`);
    return { service: services[0], warnings: warnings.map(({ message, where }) => `${where?.column} ${message}`) };
  };

  test("are what Compose makes of them, and that is told where it is another text", async () => {
    const { service, warnings } = await warningsOf(
      "environment: { A: 1.10, B: 022, C: 0x1F, D: 12, E: 1.5, F: '022' }",
    );
    expect(service?.environment).toMatchObject({ A: "1.1", B: "18", C: "31", D: "12", E: "1.5", F: "022" });
    expect(warnings).toEqual([
      "23 1.10 is a number without quotes, and becomes 1.1",
      "32 022 is a number without quotes, and becomes 18",
      "40 0x1F is a number without quotes, and becomes 31",
    ]);
  });

  test("are not told of where a number is wanted", async () => {
    expect((await warningsOf("cpus: 0.50")).warnings).toEqual([]);
  });

  test("in a fragment are told where they end, once", async () => {
    const text =
      "x-e: &e { V: 1.10 }\nservices: { a: { image: x, environment: *e }, b: { image: x, environment: *e } }";
    expect((await load(text)).warnings).toMatchObject([{ where: { line: 1, column: 14 } }]);
    expect((await load("x-e: { V: 1.10 }\nservices: { a: { image: x } }")).warnings).toEqual([]);
  });
});
