import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { keyRows, keyTables, PAGE, withTables } from "../../scripts/compose-keys.ts";
import { UNSUPPORTED } from "../../src/profile/unsupported-keys.ts";
import { load, problemsOf } from "../unit/profile/loading.ts";

const page = readFileSync(PAGE, "utf8");
const rows = await keyRows();

test("docs/compose.md says what the schema says (npm run docs)", () => {
  expect(page).toBe(withTables(page, keyTables(rows)));
});

test("docs/compose.md has a word on every part of the specification", () => {
  for (const key of ["`services`", "`deploy.placement`", "`build.dockerfile_inline`", "`ipam.config`", "`external`"]) {
    expect(page).toContain(`| ${key} |`);
  }
});

describe("a key that docs/compose.md says no to is refused with why and what instead:", () => {
  test.each(Object.entries(UNSUPPORTED))("%s", async (path, { why, instead }) => {
    const problems = await problemsOf(load(JSON.stringify(profileWith(path.split(".")))));
    expect(problems).toEqual([expect.stringMatching(/^1:\d+ .* is not supported: /)]);
    expect(problems[0]).toContain(`${why} (${instead})`);
  });
});

/** A profile that is right but for one key. */
function profileWith(path: readonly string[]): object {
  const services = { a: { image: "x" } };
  const wrong = nested(path, path.includes("volumes")) as { services?: { a: object } };
  return { services, ...wrong, ...(wrong.services && { services: { a: { image: "x", ...wrong.services.a } } }) };
}

function nested([key = "", ...rest]: readonly string[], isMount: boolean): unknown {
  const inner = rest.length === 0 ? {} : nested(rest, isMount);
  if (key === "volumes" && isMount) return { volumes: [{ type: "volume", target: "/d", ...(inner as object) }] };
  return { [key === "*" ? "a" : key]: inner };
}
