import { expect, test } from "vitest";
import { stageStrip, stripLegend } from "../../../src/state/stage-strip.ts";

const times = { detect: 5, wait: 5, build: 170, deliver: 0, restart: 10, ready: 10, check: 0, total: 200 };
const textOf = (width: number, more: Partial<typeof times> = {}) =>
  stageStrip({ ...times, ...more }, width)
    .map(({ text }) => text)
    .join("");

test("a strip is as wide as it may be, and shares its cells out by stage, each in a shape of its own", () => {
  expect(textOf(20)).toBe("░█████████████████▒▞");
  expect(textOf(10, { check: 200, deliver: 40 })).toBe("████▓▚▚▚▚▚");
  for (let width = 0; width < 40; width++) expect(textOf(width)).toHaveLength(width);
});

test("what took no time has no strip", () => {
  expect(textOf(20, { detect: 0, wait: 0, build: 0, restart: 0, ready: 0 })).toBe("");
});

test("the legend explains every shape that is used", () => {
  const shapes = new Set(textOf(80, { deliver: 50, check: 50 }));
  const explained = stripLegend().map(({ text }) => text[0]);
  expect([...shapes].filter((shape) => !explained.includes(shape))).toEqual([]);
});
