import { expect, test } from "vitest";
import type { ModeChoice } from "../../../src/model/profile.ts";
import { offNotes } from "../../../src/plan/mode-checks.ts";
import { dependsOn, goService, profile } from "./samples.ts";

const off: ModeChoice = { kind: "off" };
const needsSearch = { dependsOn: [dependsOn("search")] };

test("who depends on a service that is off is named, all of them in one sentence", () => {
  const services = [
    goService("search", { mode: off }),
    goService("web", needsSearch),
    goService("gateway", needsSearch),
  ];
  expect(offNotes(profile(services), new Map())).toEqual(["web and gateway depend on search, which is off"]);
});

test("a service that is led elsewhere, or is off itself, depends on nothing here", () => {
  const remote: ModeChoice = { kind: "remote", url: "https://gateway.example" };
  const services = [
    goService("search", { mode: off }),
    goService("gateway", { ...needsSearch, mode: remote }),
    goService("web", { ...needsSearch, mode: off }),
  ];
  expect(offNotes(profile(services), new Map())).toEqual([]);
});
