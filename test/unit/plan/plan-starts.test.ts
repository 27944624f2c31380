import { beforeEach, describe, expect, test } from "vitest";
import type { Service } from "../../../src/model/profile.ts";
import { desire } from "../../../src/plan/desired.ts";
import { dependsOn, goService, release, service } from "./samples.ts";
import { ci124, everything, healthcheck, postgres, Scene, spellOut } from "./scene.ts";

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

describe("a container that does not run", () => {
  test.each([
    ["exited", "is exited: Exited (143) 5 seconds ago", []],
    ["created", "created but not started", []],
    ["paused", "is paused: Up 3 minutes (Paused)", ["  - stop container books-books-1"]],
    ["restarting", "is restarting: Restarting (1) 5 seconds ago", ["  - stop container books-books-1"]],
  ] as const)("but is %s is started again", async (state, cause, stop) => {
    await scene.given(everything);
    Object.assign(scene.container("books-books-1"), { state, exitCode: 143 });
    const start = stop.length === 0 ? [] : [...stop, "  - start container books-books-1"];
    expect(scene.text(everything).split("\n")).toEqual([
      `start books     (${cause})`,
      ...start,
      "wait for books  (just started)  [after start:books]",
    ]);
    await scene.given(everything);
    expect(scene.text(everything)).toBe("nothing to do");
  });

  test("because the daemon gives up on it is removed and created again", async () => {
    await scene.given(everything);
    scene.container("books-books-1").state = "dead";
    expect(scene.text(everything)).toMatch(/^create books +\(is dead\)\n {2}- remove container books-books-1\n/);
    await scene.given(everything);
    expect(scene.text(everything)).toBe("nothing to do");
  });

  test("takes up new code when it is started again", async () => {
    await scene.given(everything);
    scene.container("books-books-1").state = "exited";
    const plan = scene.text({ ...everything, releases: { ...ci124, books: release("books", "ci:125") } });
    expect(plan).toContain("  - deliver ci:125 to books\n  - start container books-books-1\n");
    expect(plan).toContain("  - note ci:125 as the last good build of books");
  });
});

test("a service that runs but does not answer is waited for", async () => {
  await scene.given(everything);
  scene.world.broken.add(ci124.books.artifact.digest);
  expect(scene.text(everything)).toBe("wait for books  (does not answer yet)");
});

describe("a service that is to complete", () => {
  const migrate = goService("migrate", { ready: undefined });
  const after = service("app", { dependsOn: [dependsOn("migrate", "service_completed_successfully")] });
  const wanted = { services: [migrate, after], releases: { migrate: release("migrate", "ci:1") } };

  test("holds up what depends on it until it has", () => {
    expect(scene.text(wanted)).toMatch(/^start app .*\[after create:app, start:migrate, ready:migrate\]$/m);
  });

  test("is not run again once it has", async () => {
    await scene.given(wanted);
    expect(scene.container("books-migrate-1").state).toBe("exited");
    expect(scene.text(wanted)).toBe("nothing to do");
  });

  test("is run again when it failed", async () => {
    await scene.given(wanted);
    scene.container("books-migrate-1").exitCode = 1;
    expect(scene.text(wanted)).toMatch(/^start migrate +\(is exited: Exited \(1\) 5 seconds ago\)$/m);
  });

  test("is run again when there is new code for it", async () => {
    await scene.given(wanted);
    const newer = { ...wanted, releases: { migrate: release("migrate", "ci:2") } };
    expect(scene.text(newer)).toMatch(/^start migrate +\(ci:2 instead of ci:1\)$/m);
    await scene.given(newer);
    expect(scene.text(newer)).toBe("nothing to do");
  });

  test("does not run its older code unasked when the new one fails", async () => {
    await scene.given(wanted);
    scene.world.broken.add(release("migrate", "ci:2").artifact.digest);
    scene.world.log.length = 0;
    const failure = await scene.up({ ...wanted, releases: { migrate: release("migrate", "ci:2") } });
    expect(failure?.message).toContain("service_completed_successfully");
    expect(scene.world.log.map(({ kind }) => kind)).toEqual(["deliver", "start", "await", "deliver"]);
  });
});

describe("a dependency", () => {
  const on = (condition: Parameters<typeof dependsOn>[1]) => [
    postgres,
    goService("books", { dependsOn: [dependsOn("postgres", condition)] }),
  ];
  const releases = { books: ci124.books };

  test.each([
    ["service_started", "create:books, start:postgres"],
    ["service_healthy", "create:books, start:postgres, ready:postgres"],
    ["service_completed_successfully", "create:books, start:postgres, ready:postgres"],
  ] as const)("with condition %s is waited for as far as it says", (condition, after) => {
    const start = scene.text({ services: on(condition), releases }).match(/^start books .*\[(.*)\]$/m);
    expect(start?.[1]).toBe(`after ${after}`);
  });

  test("that is replaced is waited for by what is started, updated or awaited in the same plan", async () => {
    const wanted = { services: on("service_healthy"), releases };
    const changed = { ...wanted, services: [{ ...postgres, environment: { A: "1" } }, ...wanted.services.slice(1)] };
    await scene.given(wanted);
    expect(scene.text({ ...changed, releases: { books: release("books", "ci:125") } })).toMatch(
      /^update books .*\[after start:postgres\]$/m,
    );
    scene.container("books-books-1").state = "exited";
    expect(scene.text(changed)).toMatch(/^start books .*\[after start:postgres\]$/m);
    scene.container("books-books-1").state = "running";
    scene.world.broken.add(ci124.books.artifact.digest);
    expect(scene.text(changed)).toMatch(/^wait for books .*\[after start:postgres\]$/m);
  });

  test("that is as it shall be is not waited for", async () => {
    const wanted = { services: on("service_healthy"), releases };
    await scene.given(wanted);
    scene.world.containers.delete("books-books-1");
    expect(scene.text(wanted)).toMatch(/^start books +\(just created\) {2}\[after create:books\]$/m);
  });

  test("that is optional and not in the profile is not waited for", () => {
    const lonely = goService("books", { dependsOn: [dependsOn("tracing", "service_healthy", false)] });
    expect(scene.text({ services: [lonely], releases })).toMatch(/^start books .*\[after create:books\]$/m);
  });

  test("that is optional is waited for, but its failure is no obstacle", async () => {
    const optional = goService("books", { dependsOn: [dependsOn("postgres", "service_healthy", false)] });
    const wanted = { services: [postgres, optional], releases };
    expect(scene.text(wanted)).toMatch(
      /^start books .*\[after create:books, the attempt of start:postgres, the attempt of ready:postgres\]$/m,
    );
    const order: string[] = [];
    scene.world.fate = (operation) => {
      if (operation.kind === "await") order.push(operation.service);
      return operation.kind === "await" && operation.service === "postgres" ? "refused" : "done";
    };
    expect((await scene.up(wanted))?.message).toBe("await refused");
    expect(order).toEqual(["postgres", "books"]);
    expect(scene.world.answering("books")).toBe(ci124.books.artifact.digest);
  });

  describe("with restart: true", () => {
    const restarting = (name: string, on: string) =>
      goService(name, { dependsOn: [{ ...dependsOn(on), restart: true }] });
    const wanted = {
      services: [restarting("web", "books"), restarting("books", "postgres"), postgres],
      releases: { ...releases, web: release("web", "ci:1") },
    };

    test("restarts its dependents, and theirs, after it was replaced", async () => {
      await scene.given(wanted);
      const ids = ["web", "books"].map((name) => scene.container(`books-${name}-1`).id);
      const changed = { ...wanted, services: [...wanted.services.slice(0, 2), { ...postgres, user: "1" }] };
      const plan = scene.text(changed);
      expect(plan).toMatch(/^restart books +\(postgres is started anew\) {2}\[after start:postgres\]$/m);
      expect(plan).toMatch(/^restart web +\(books is started anew\) {2}\[after start:books\]$/m);
      await scene.given(changed);
      expect(["web", "books"].map((name) => scene.container(`books-${name}-1`).id)).toEqual(ids);
      expect(scene.text(changed)).toBe("nothing to do");
    });

    test("leaves its dependents alone while nothing is done to it", async () => {
      await scene.given(wanted);
      expect(scene.text({ ...wanted, releases: { ...wanted.releases, web: release("web", "ci:2") } })).not.toContain(
        "restart books",
      );
    });
  });

  test("on health that only the image's own check tells is waited for as health", () => {
    const plain = service("postgres");
    const awaited = (services: readonly Service[]) =>
      desire(...spellOut({ services, releases })).services.map(({ readyWhen }) => readyWhen);
    expect(awaited([plain])).toEqual(["service_started"]);
    expect(awaited([{ ...plain, healthcheck: { ...healthcheck, test: ["NONE"] } }])).toEqual(["service_started"]);
    expect(awaited([plain, ...on("service_healthy").slice(1)])).toEqual(["service_healthy", "service_healthy"]);
  });
});
