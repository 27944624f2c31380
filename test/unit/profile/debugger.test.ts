import { describe, expect, test } from "vitest";
import { isDebugged, portBindings } from "../../../src/model/debugger.ts";
import type { Service } from "../../../src/model/profile.ts";
import { canonicalProfile } from "../../../src/profile/canonical.ts";
import { canonicalYaml } from "../../../src/profile/canonical-yaml.ts";
import { load, problemsOf } from "./loading.ts";

const profileWith = (debug: string, more = "command: [/devenv/bin/a]"): string =>
  `x-devenv: { repos: [{ path: r }] }
services:
  a:
    image: x
    ${more}
    x-devenv: { repo: r, build: { go: ./cmd/a, debug: ${debug} } }
`;

async function serviceWith(debug: string, more?: string): Promise<Service> {
  const [service] = (await load(profileWith(debug, more))).services;
  if (service === undefined) throw new Error("the profile has no service");
  return service;
}

const published = async (debug: string) =>
  portBindings(await serviceWith(debug)).map(
    ({ hostAddress, hostPort, containerPort }) => `${hostAddress}:${hostPort}:${containerPort}`,
  );

describe("build.debug", () => {
  test.each([
    ["true", ["127.0.0.1:0:2345"]],
    ["{ port: 4000 }", ["127.0.0.1:4000:2345"]],
    ["{}", ["127.0.0.1:0:2345"]],
    ["false", []],
  ])("%s is published as %j", async (debug, expected) => {
    expect(await published(debug)).toEqual(expected);
    expect(isDebugged(await serviceWith(debug))).toBe(expected.length > 0);
  });

  test.each(["true", "{ port: 4000 }"])("%s is written as it was read", async (debug) => {
    const written = canonicalYaml(canonicalProfile(await load(profileWith(debug))));
    const [again] = (await load(written)).services;
    expect(again?.build).toEqual((await serviceWith(debug)).build);
  });

  test.each([
    ["5000", "", "6:55 debug must be true or false or a text or a mapping, and is the number 5000"],
    ["{ port: 70000 }", "", "6:63 port: the port 70000 is not between 1 and 65535"],
    ["{ ports: 1 }", "", "unknown key ports"],
    ["true", "entrypoint: [x]", "a cannot be run under a debugger: devenv does not start its program"],
    [
      "true",
      "command: [x]\n    network_mode: host",
      "a has no network of its own (host) on which to publish its debugger (take network_mode away, or debug)",
    ],
    ["true", 'command: [x]\n    expose: ["2345"]', "a uses port 2345 itself, where its debugger listens"],
    ["{ port: 4000 }", "command: [x]\n    scale: 2", "a runs 2 times, and only one of them can have port 4000"],
    [
      "{ port: 4000 }",
      'command: [x]\n    ports: ["4000:80"]',
      "port 4000 of this machine is wanted by a and, in line 6",
    ],
  ])("%s is told with %j: %s", async (debug, more, expected) => {
    const problems = await problemsOf(load(profileWith(debug, more === "" ? undefined : more)));
    expect(problems.join("\n")).toContain(expected);
  });

  test("several containers get a free port each", async () => {
    expect(isDebugged(await serviceWith("true", "command: [x]\n    scale: 2"))).toBe(true);
  });

  test("is a key of go alone", async () => {
    const text = profileWith("true").replace("go: ./cmd/a", "cargo: a");
    expect((await problemsOf(load(text))).join("\n")).toContain("debug: is a key of go, and this builds with cargo");
  });
});
