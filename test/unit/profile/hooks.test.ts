// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Compose's variables are what is tested
import { describe, expect, test } from "vitest";
import type { Hook } from "../../../src/model/profile.ts";
import { canonicalProfile } from "../../../src/profile/canonical.ts";
import { canonicalYaml } from "../../../src/profile/canonical-yaml.ts";
import { load, problemsOf } from "./loading.ts";

const profileWith = (lines: string): string =>
  `x-devenv: { repos: [{ path: r }] }
services:
  a:
    image: x
    x-devenv: { repo: r, build: { go: . }, ${lines} }
`;

const hooksFrom = async (lines: string): Promise<readonly Hook[] | undefined> =>
  (await load(profileWith(lines), { SET: "here" })).services[0]?.hooks;

const beforeBuild = (command: string, withinMs = 60_000): Hook => ({
  kind: "before_build",
  command,
  withinMs,
  isRequired: true,
});
const afterSwap = (command: string, isRequired = false, withinMs = 60_000): Hook => ({
  kind: "after_swap",
  command,
  withinMs,
  isRequired,
});

describe("the hooks of a service", () => {
  test.each<[string, readonly Hook[] | undefined]>([
    ["before_build: make generate", [beforeBuild("make generate")]],
    ["before_build: { command: make, within: 5m }", [beforeBuild("make", 300_000)]],
    ["after_swap: ./smoke.sh", [afterSwap("./smoke.sh")]],
    ["after_swap: { command: ./smoke.sh, required: true, within: 2s }", [afterSwap("./smoke.sh", true, 2000)]],
    [
      "after_swap: [a, { command: b, required: true }], before_build: [c]",
      [beforeBuild("c"), afterSwap("a"), afterSwap("b", true)],
    ],
    ["after_swap: 'echo ${SET} $$DEVENV_BUILD'", [afterSwap("echo here $DEVENV_BUILD")]],
    ["after_swap: { command: a, required: '${UNSET:-yes}' }", [afterSwap("a", true)]],
    ["after_swap: []", undefined],
  ])("%s", async (lines, expected) => {
    expect(await hooksFrom(lines)).toEqual(expected);
  });

  test.each([
    ["before_build: ''", "5:58 before_build: must not be empty"],
    [
      "after_swap: 5",
      '5:56 after_swap must be a text or a mapping or a list, and is the number 5 (write "5" in quotes)',
    ],
    ["after_swap: {}", "5:56 command is missing under services.a.x-devenv.after_swap (it must be a text)"],
    [
      "before_build: { command: a, required: false }",
      "5:72 unknown key required under services.a.x-devenv.before_build (supported: command, within)",
    ],
    ["after_swap: { command: a, within: 5 }", "5:78 within: the duration 5 has no unit (write 5s or 5ms)"],
    [
      "after_swap: [{ comand: a }]",
      expect.stringContaining("unknown key comand under services.a.x-devenv.after_swap[0]"),
    ],
  ])("say what is wrong with `%s`", async (lines, problem) => {
    expect(await problemsOf(load(profileWith(lines)))).toEqual([problem]);
  });

  test("need a work tree, and before a build there has to be one", async () => {
    const profile = "services: { a: { image: x, x-devenv: { before_build: make, after_swap: b } } }";
    expect(await problemsOf(load(profile))).toEqual([
      "1:40 a has x-devenv.before_build but no x-devenv.repo (repo: the folder to run it in)",
      "1:40 a has x-devenv.before_build but no x-devenv.build (build: { go: ./cmd/… })",
      "1:60 a has x-devenv.after_swap but no x-devenv.repo (repo: the folder to run it in)",
    ]);
  });

  test("of a later document take the place of those before", async () => {
    const text = `${profileWith("after_swap: [a, b]")}---\nservices: { a: { x-devenv: { after_swap: c } } }\n`;
    expect((await load(text)).services[0]?.hooks).toEqual([afterSwap("c")]);
  });

  test.each([
    "before_build: { command: 'a $$B', within: 1m30s }, after_swap: [{ command: b, required: true }, c]",
    "after_swap: a",
  ])("mean the same when they are printed: %s", async (lines) => {
    const profile = await load(profileWith(lines));
    const text = canonicalYaml(canonicalProfile(profile));
    expect((await load(text)).services[0]?.hooks).toEqual(profile.services[0]?.hooks);
    expect(canonicalYaml(canonicalProfile(await load(text)))).toBe(text);
  });
});
