import { describe, expect, test } from "vitest";
import { PALETTE, painted } from "../../../src/tui/paint.ts";
import { bold, line, span } from "../../../src/tui/text.ts";

/** Red, green and blue of one of xterm's 256 colours, of the 6 x 6 x 6 cube. */
function rgbOf(color: number): number[] {
  const steps = [0, 95, 135, 175, 215, 255];
  const at = color - 16;
  return [Math.floor(at / 36), Math.floor(at / 6) % 6, at % 6].map((step) => steps[step] ?? 0);
}

/** Relative luminance (WCAG 2.1). */
function luminance(rgb: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = rgb.map((value) => {
    const share = value / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const contrast = (one: readonly number[], other: readonly number[]): number => {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
};

const BACKGROUNDS = {
  white: [255, 255, 255],
  black: [0, 0, 0],
  "Solarized's light": [253, 246, 227],
  "Solarized's dark": [0, 43, 54],
};

describe("the palette", () => {
  test.each(Object.entries(BACKGROUNDS))("can be read on %s", (_name, background) => {
    for (const [tone, color] of Object.entries(PALETTE)) {
      expect({ tone, contrast: contrast(rgbOf(color), background) }).toMatchObject({
        contrast: expect.toSatisfy((value: number) => value >= 3),
      });
    }
  });
});

test("without colour, only weight is left of how a line is painted", () => {
  const said = line(span("✖ ", "red"), bold("broken", "yellow"), span(" dim", "dim"));
  expect(painted(said, 80, false)).toBe("✖ \x1b[1mbroken\x1b[0m dim");
  expect(painted(said, 80, true)).toBe("\x1b[38;5;196m✖ \x1b[0m\x1b[38;5;136;1mbroken\x1b[0m\x1b[2m dim\x1b[0m");
});
