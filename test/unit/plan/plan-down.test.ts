import { beforeEach, expect, test } from "vitest";
import { planDown } from "../../../src/plan/plan-down.ts";
import { printPlan } from "../../../src/plan/print.ts";
import { everything, lines, Scene } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = new Scene();
  await scene.given(everything);
});

const text = (volumes: boolean): string =>
  printPlan(planDown(scene.world.observe(), { volumes, graceMs: () => 10_000 }));

test("`down` ends and removes every container at once, then the network, and keeps the volumes", () => {
  expect(text(false)).toBe(
    lines(`
remove books-postgres-1       (down)
  - stop container books-postgres-1
  - remove container books-postgres-1
remove books-books-1          (down)
  - stop container books-books-1
  - remove container books-books-1
remove books-gateway-1        (down)
  - stop container books-gateway-1
  - remove container books-gateway-1
remove network books_default  (down)  [after remove:books-postgres-1, remove:books-books-1, remove:books-gateway-1]
`),
  );
});

test("`reset` removes the volumes too", () => {
  expect(text(true)).toMatch(/^remove volume books_data +\(reset\) {2}\[after remove:books-postgres-1, /m);
});

test.each(["created", "exited", "dead"] as const)("a container that is %s is removed without a stop", (state) => {
  scene.container("books-books-1").state = state;
  expect(text(false)).not.toContain("stop container books-books-1");
});

test("a container has the grace of its own service", () => {
  const { steps } = planDown(scene.world.observe(), {
    volumes: false,
    graceMs: ({ service }) => (service === "books" ? 500 : 10_000),
  });
  const stops = steps
    .flatMap(({ actions }) => actions.map((action) => action.do))
    .filter(({ kind }) => kind === "stop");
  expect(stops).toContainEqual({ kind: "stop", container: "books-books-1", graceMs: 500 });
  expect(stops).toContainEqual({ kind: "stop", container: "books-gateway-1", graceMs: 10_000 });
});

test("where nothing is left there is nothing to do", async () => {
  await scene.world.carryOut(planDown(scene.world.observe(), { volumes: true, graceMs: () => 10_000 }));
  expect(text(true)).toBe("nothing to do");
});

test("what works for devenv itself goes without a stop, before the networks", () => {
  const world = scene.world.observe();
  const [any] = world.containers;
  if (any === undefined) expect.unreachable();
  const helpers = [{ ...any, name: "books.devenv" }];
  const { steps } = planDown({ ...world, containers: [], helpers }, { volumes: false, graceMs: () => 10_000 });
  expect(printPlan({ steps })).toBe(
    lines(`
remove books.devenv           (down)
remove network books_default  (down)  [after remove:books.devenv]
`),
  );
});
