import { expect, test } from "vitest";
import { paragraph } from "../../../src/tui/paragraph.ts";

test("a line ends between words, and a word that is too long goes on in the next", () => {
  expect(paragraph("end that program, or change the port", 18)).toEqual(["end that program,", "or change the port"]);
  expect(paragraph("see /a/path/that/is/long", 12)).toEqual(["see", "/a/path/that", "/is/long"]);
});

test("a command is whole where a line has room for it", () => {
  const hint = "name a build: `devenv artifacts list books`.";
  expect(paragraph(hint, 34)).toEqual(["name a build:", "`devenv artifacts list books`."]);
  expect(paragraph(hint, 20)).toEqual(["name a build:", "`devenv artifacts", "list books`."]);
});
