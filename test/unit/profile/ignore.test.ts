import { expect, test } from "vitest";
import { canonicalProfile } from "../../../src/profile/canonical.ts";
import { load, problemsOf } from "./loading.ts";

const profileWith = (lines: string) =>
  `{ x-devenv: { repos: [{ path: r }] }, services: { a: { image: x, x-devenv: { repo: r, ${lines} } } } }`;

test("what is no save, and that nothing built before is taken, stand in a service and in what config prints", async () => {
  const profile = await load(profileWith("ignore: [docs/, '!gen/'], build: { go: ., cache: false }"));
  expect(profile.services[0]).toMatchObject({ ignore: ["docs/", "!gen/"], build: { kind: "go", cache: false } });
  const printed = JSON.stringify(canonicalProfile(profile));
  expect(printed).toContain('"ignore":["docs/","!gen/"]');
  expect(printed).toContain('"cache":false');
});

test("by default nothing more is ignored, and what was built before is taken", async () => {
  const [service] = (await load(profileWith("build: { go: ., cache: true }"))).services;
  expect(service?.ignore).toBeUndefined();
  expect(service?.build?.cache).toBeUndefined();
});

test("a pattern is a text", async () => {
  expect(await problemsOf(load(profileWith("ignore: docs/")))).toEqual([
    "1:95 ignore must be a list, and is the text docs/",
  ]);
});
