import { expect, test } from "vitest";
import { serviceName } from "../../../src/model/names.ts";
import { followUpOf, type MovedService } from "../../../src/plan/pull-services.ts";

const moved = (name: string, more: Partial<MovedService>): MovedService => ({
  service: serviceName(name),
  mode: undefined,
  runs: "ci:124",
  isBuilt: true,
  hasCi: true,
  ...more,
});

test("of what moved, CI's builds are fetched of what runs CI's code, and what runs its work tree is rebuilt", () => {
  const { refresh, rebuild } = followUpOf([
    moved("by-default", {}),
    moved("never-ran", { runs: undefined }),
    moved("ci", { mode: { kind: "ci" } }),
    moved("ci-after-an-edit", { mode: { kind: "ci" }, runs: "local:3f9a12bc44de" }),
    moved("edited", { runs: "local:3f9a12bc44de" }),
    moved("local", { mode: { kind: "local" } }),
  ]);
  expect(refresh).toEqual(["by-default", "never-ran", "ci", "ci-after-an-edit"]);
  expect(rebuild).toEqual(["edited", "local"]);
});

test("one that is led elsewhere or off, has no code of ours, or no CI, is left alone", () => {
  const none = followUpOf([
    moved("host", { mode: { kind: "host", port: 9090 } }),
    moved("remote", { mode: { kind: "remote", url: "https://example.org" }, runs: "local:3f9a12bc44de" }),
    moved("off", { mode: { kind: "off" } }),
    moved("image", { isBuilt: false, runs: "config:3f9a12bc44de" }),
    moved("no-ci", { hasCi: false }),
  ]);
  expect(none).toEqual({ refresh: [], rebuild: [] });
});
