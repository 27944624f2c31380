import { describe, expect, it } from "vitest";
import { Failure } from "../../../src/model/failure.ts";
import type { Profile } from "../../../src/model/profile.ts";
import { type Fixture, fixtures, fromFolder, load, problemText } from "../../harness/compose/fixture.ts";
import { viewOfProfile } from "../../harness/compose/profile-view.ts";
import { withoutDefaults } from "../../harness/compose/view.ts";

const all = fixtures();

describe("Compose files in the shapes that people write them", () => {
  it.each(all.filter(({ expected }) => expected.problems === undefined))("$name", async (fixture) => {
    const profile = await load(fixture);
    if (profile instanceof Failure) throw new Error([profile.message, ...problemsOf(profile, fixture)].join("\n"));
    expect(told(fixture, profile)).toEqual(withoutDefaultsOf(fixture));
    expectAll(
      profile.warnings.map((warning) => problemText(warning, fixture.folder)),
      fixture.expected.warnings ?? [],
    );
  });
});

describe("Compose files that are refused, all of their problems at once", () => {
  it.each(all.filter(({ expected }) => expected.problems !== undefined))("$name", async (fixture) => {
    const failure = await load(fixture);
    if (!(failure instanceof Failure)) throw new Error("it was taken");
    expectAll(problemsOf(failure, fixture), fixture.expected.problems ?? []);
  });
});

const problemsOf = ({ problems }: Failure, { folder }: Fixture) =>
  problems.map((problem) => problemText(problem, folder));

/** Each of the texts begins with the place of its expectation, and has the words behind it. */
function expectAll(texts: readonly string[], expected: readonly string[]): void {
  const fitting = texts.map((text, index) => {
    const [place = "", words = ""] = split(expected[index] ?? "");
    return text.startsWith(`${place} `) && text.slice(place.length).includes(words) ? expected[index] : text;
  });
  expect(fitting).toEqual(expected);
}

const split = (expected: string) => [expected.split(" ", 1)[0], expected.slice(expected.indexOf(" ") + 1)];

/** Of what the profile became, that of which the fixture speaks. */
function told({ folder, expected }: Fixture, profile: Profile) {
  const view = JSON.parse(fromFolder(JSON.stringify(viewOfProfile(profile)), folder));
  const parts = Object.fromEntries(
    (["services", "networks", "volumes"] as const)
      .filter((part) => expected[part] !== undefined)
      .map((part) => [part, ofInterest(view[part], expected[part] ?? {}, part === "services")]),
  );
  return {
    ...parts,
    ...(expected.name !== undefined && { name: profile.name }),
    ...(expected.disabled !== undefined && { disabled: profile.disabled }),
  };
}

type Parts = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const ofInterest = (found: Parts, wanted: Parts, complete: boolean) =>
  Object.fromEntries(
    Object.entries(found)
      .filter(([name]) => complete || Object.hasOwn(wanted, name))
      .map(([name, values]) => [
        name,
        withoutDefaults(Object.fromEntries(Object.keys(wanted[name] ?? {}).map((key) => [key, values[key]]))),
      ]),
  );

/** The expectation in the same form: null is absent, and what says nothing beyond its absence is left out. */
function withoutDefaultsOf({ expected }: Fixture) {
  const { warnings: _warnings, compose: _compose, ...parts } = expected;
  return Object.fromEntries(
    Object.entries(parts).map(([part, value]) => [
      part,
      ["services", "networks", "volumes"].includes(part) ? expectedParts(value as Parts) : value,
    ]),
  );
}

const expectedParts = (parts: Parts) =>
  Object.fromEntries(Object.entries(parts).map(([name, values]) => [name, withoutDefaults(values)]));
