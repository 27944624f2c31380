import { describe, expect, test } from "vitest";
import type { Event } from "../../../src/model/event.ts";
import { clusterName, generation, serviceName } from "../../../src/model/names.ts";
import type { Step } from "../../../src/model/operation.ts";
import { reasonToWait } from "../../../src/state/plan-view.ts";
import { emptyView, nextView, type View } from "../../../src/state/view.ts";
import { failure } from "../swap/saves.ts";

const NOW = 1_000;
type News = Event extends infer E ? (E extends Event ? Omit<E, "at"> : never) : never;

const upon = (...news: readonly News[]): View =>
  news.reduce<View>((view, each) => nextView(view, { ...each, at: NOW } as Event), emptyView);

describe("a plan", () => {
  const step = (id: string, ...after: string[]): Step => ({
    id,
    title: id,
    cause: "no container yet",
    after,
    actions: [],
  });
  const steps = [step("create a"), step("start a", "create a"), step("start b", "start a"), step("start c")];
  const planned: News = { type: "planned", cluster: clusterName("books"), steps };
  const started = (id: string): News => ({ type: "stepStarted", step: id, title: id, cause: "" });
  const done = (id: string): News => ({ type: "stepDone", step: id, ms: 12 });
  const failed = (id: string): News => ({ type: "stepFailed", step: id, ms: 12, failure });

  const statuses = (view: View) => Object.fromEntries(view.plan?.steps.map(({ id, status }) => [id, status]) ?? []);
  const reasons = (view: View) =>
    view.plan?.steps.map((each) => reasonToWait(view.plan ?? expect.unreachable(), each)) ?? [];

  test("begins with every step waiting, for what it says", () => {
    const view = upon(planned);
    expect(view.plan?.cluster).toBe("books");
    expect(new Set(Object.values(statuses(view)))).toEqual(new Set(["waiting"]));
    expect(reasons(view)).toEqual([undefined, "waits for: create a", "waits for: start a", undefined]);
  });

  test("shows which steps run, and which are done after how long", () => {
    const view = upon(planned, started("create a"), done("create a"), started("start a"));
    expect(statuses(view)).toEqual({
      "create a": "done",
      "start a": "running",
      "start b": "waiting",
      "start c": "waiting",
    });
    expect(view.plan?.steps[0]?.ms).toBe(12);
  });

  test("leaves out what waits for a failed step, however far behind it", () => {
    const view = upon(planned, started("create a"), failed("create a"));
    expect(view.plan?.steps[0]).toMatchObject({ status: "failed", failure });
    expect(reasons(view)).toEqual([undefined, "left out: create a failed", "left out: create a failed", undefined]);
  });

  test("shows the last word of a step's progress", () => {
    const progress = (note: string, part: object = {}): News => ({
      type: "stepProgress",
      step: "create a",
      note,
      ...part,
    });
    const view = upon(planned, started("create a"), progress("pulling", { done: 1, total: 9 }), progress("unpacking"));
    expect(view.plan?.steps[0]?.progress).toEqual({ note: "unpacking" });
  });

  test("is forgotten when a new one is made", () => {
    const again: News = { type: "planned", cluster: clusterName("books"), steps: [step("create a")] };
    expect(statuses(upon(planned, started("create a"), done("create a"), again))).toEqual({ "create a": "waiting" });
  });

  test("that was never announced is not made up from its steps", () => {
    expect(upon(started("create a")).plan).toBeUndefined();
  });
});

describe("watching", () => {
  const watching: News = { type: "watching", services: [serviceName("books"), serviceName("gateway")], folders: 12 };

  test("shows every watched service before its first save", () => {
    const view = upon(watching);
    expect([...view.services.keys()]).toEqual(["books", "gateway"]);
    expect(view.watch).toMatchObject({ folders: 12, paused: undefined, providedChanged: false, failure: undefined });
  });

  test("anew keeps what is known of the services", () => {
    const saved: News = {
      type: "saved",
      service: serviceName("books"),
      generation: 1 as never,
      paths: [],
      detectMs: 1,
    };
    expect(upon(watching, saved, watching).services.get(serviceName("books"))?.newest).toBe(1);
  });

  test("shows why it is paused, until it goes on", () => {
    const paused: News = { type: "paused", reason: "a branch is being switched" };
    expect(upon(watching, paused).watch?.paused).toBe("a branch is being switched");
    expect(upon(watching, paused, { type: "resumed" }).watch?.paused).toBeUndefined();
  });

  test("shows the last path that was nobody's, and that a secret changed", () => {
    const view = upon(
      watching,
      { type: "ignored", path: "/team/x", reason: "no service is built from it" },
      { type: "profileChanged", path: "/team/key", provides: [serviceName("books")] },
    );
    expect(view.watch).toMatchObject({
      ignored: { path: "/team/x", reason: "no service is built from it" },
      providedChanged: true,
    });
  });

  test("shows the last save that a mode held back", () => {
    const held: News = { type: "heldByMode", service: serviceName("books"), mode: "ci", path: "/team/books.go" };
    expect(upon(watching, held).watch?.held).toEqual({ service: "books", mode: "ci" });
  });

  test("shows why it failed, until it goes on", () => {
    expect(upon({ type: "watchFailed", failure }).watch?.failure).toEqual(failure);
    expect(upon({ type: "watchFailed", failure }, watching).watch?.failure).toBeUndefined();
  });
});

test("the provider is shown with its address", () => {
  const view = upon({ type: "providerChosen", provider: "engine", address: "unix:///run/devenv.sock" });
  expect(view.provider).toEqual({ name: "engine", address: "unix:///run/devenv.sock" });
});

test("an event of one service leaves the others' rows as the same objects", () => {
  const before = upon({ type: "watching", services: [serviceName("books"), serviceName("gateway")], folders: 2 });
  const save = { service: serviceName("books"), generation: generation(1), paths: [], detectMs: 1, at: NOW };
  const after = nextView(before, { ...save, type: "saved" });
  expect(after.services.get(serviceName("gateway"))).toBe(before.services.get(serviceName("gateway")));
  expect(after.services.get(serviceName("books"))).not.toBe(before.services.get(serviceName("books")));
});
