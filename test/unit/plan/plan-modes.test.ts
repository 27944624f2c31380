import { describe, expect, test } from "vitest";
import type { ModeChoices } from "../../../src/model/mode.ts";
import { serviceName } from "../../../src/model/names.ts";
import type { Plan, Step } from "../../../src/model/operation.ts";
import type { RelayRoute, RelayState } from "../../../src/model/relay.ts";
import { withModes } from "../../../src/plan/forwarder.ts";
import { type ModeWishes, withModeSteps } from "../../../src/plan/plan-modes.ts";
import { printPlan } from "../../../src/plan/print.ts";
import { goService, profile, release, service } from "./samples.ts";
import { Scene } from "./scene.ts";

const route = (name: string, port = 9090): RelayRoute => ({
  service: serviceName(name),
  port: 8080,
  target: { kind: "tcp", host: "127.0.0.1", port },
});
const state = (...routes: RelayRoute[]): RelayState => ({
  pid: 1,
  authorities: undefined,
  routes: routes.map((one) => ({ route: one, problem: undefined })),
});
const wishes = (...routes: RelayRoute[]): ModeWishes => ({ routes, authorities: undefined, off: [] });
const step = (name: string): Step => ({
  id: `start:${name}`,
  service: serviceName(name),
  title: `replace ${name}`,
  cause: "its definition changed",
  after: [],
  actions: [],
});
const planned = (plan: Plan, wanted: ModeWishes, relay: RelayState | undefined) =>
  printPlan(withModeSteps(plan, wanted, { containers: [], relay }));

describe("the relay", () => {
  test("is there before what leads to it, and nothing else waits for it", () => {
    expect(planned({ steps: [step("search"), step("books")] }, wishes(route("search")), undefined)).toBe(
      [
        "replace search                 (its definition changed)  [after relay]",
        "replace books                  (its definition changed)",
        "lead search through the relay  (no relay yet)",
      ].join("\n"),
    );
  });

  test("ends after the last forwarder", () => {
    expect(planned({ steps: [step("search")] }, wishes(), state(route("search")))).toBe(
      [
        "replace search  (its definition changed)",
        "end the relay   (nothing is led elsewhere any more)  [after start:search]",
      ].join("\n"),
    );
  });

  test("leads less only when the container that is no forwarder any more is replaced", () => {
    const plan = planned({ steps: [step("search")] }, wishes(route("books")), state(route("search"), route("books")));
    expect(plan).toContain("lead books through the relay  (where it leads changed)  [after start:search]");
  });

  test("is told of another target, and no container is touched", () => {
    const plan = planned({ steps: [] }, wishes(route("search", 9091)), state(route("search", 9090)));
    expect(plan).toBe("lead search through the relay  (where it leads changed)");
  });

  test("is told of other authorities, but not of none", () => {
    const trusting = { ...wishes(route("search")), authorities: "/home/me/ca.pem" };
    expect(planned({ steps: [] }, trusting, state(route("search")))).toContain("other certificates are trusted");
    const told = { ...state(route("search")), authorities: "/home/me/ca.pem" };
    expect(planned({ steps: [] }, wishes(route("search")), told)).toBe("nothing to do");
    expect(planned({ steps: [] }, trusting, told)).toBe("nothing to do");
  });

  test("is left alone where it leads what it shall, in whatever order", () => {
    const relay = state(route("b"), route("a"));
    expect(planned({ steps: [] }, wishes(route("a"), route("b")), relay)).toBe("nothing to do");
    expect(planned({ steps: [] }, wishes(), undefined)).toBe("nothing to do");
  });
});

test("what is off is stopped with its own grace and removed", async () => {
  const scene = new Scene();
  const search = service("search", { stopGraceMs: 2500 });
  await scene.given({ services: [search, service("books")] });
  const { containers } = scene.world.observe();
  const { steps } = withModeSteps({ steps: [] }, { ...wishes(), off: [search] }, { containers, relay: undefined });
  expect(steps.map(({ title, cause }) => `${title} (${cause})`)).toEqual(["remove books-search-1 (search is off)"]);
  expect(steps[0]?.actions.map(({ do: one }) => one)).toEqual([
    { kind: "stop", container: "books-search-1", graceMs: 2500 },
    { kind: "remove", container: "books-search-1" },
  ]);
});

test("of a service with several containers one forwarder is left, and all come back", async () => {
  const scene = new Scene();
  const search = goService("search", { replicas: 2 });
  const runtime = { program: "/usr/bin/node", libraries: [] };
  const wish = (modes: ModeChoices) => ({
    services: withModes(profile([search]), modes, runtime).services,
    releases: modes.size === 0 ? { search: release("search", "ci:124") } : {},
  });
  const led = wish(new Map([[search.name, { kind: "host", port: 9090 }]]));
  await scene.given(wish(new Map()));
  await scene.given(led);
  expect([...scene.world.containers.keys()]).toEqual(["books-search-1"]);
  expect(scene.text(led)).toBe("nothing to do");
  await scene.given(wish(new Map()));
  expect([...scene.world.containers.keys()].sort()).toEqual(["books-search-1", "books-search-2"]);
});
