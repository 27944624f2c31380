import { beforeEach, describe, expect, test } from "vitest";
import { dependsOn, goService, port, release, service } from "./samples.ts";
import { lines, Scene, type Wish } from "./scene.ts";

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

const at = (replicas: number, build: `ci:${number}` = "ci:124", changes = {}): Wish => ({
  services: [goService("books", { replicas, ...changes })],
  releases: { books: release("books", build) },
});

const code = (build: `ci:${number}`) => release("books", build).artifact.digest;

/** What each container answers with. */
const answers = (count: number) =>
  Array.from({ length: count }, (_, index) => scene.world.answering("books", index + 1));

test("several containers are created and started at once, out of code that is delivered once", () => {
  expect(scene.text(at(2))).toBe(
    lines(`
create network books_default  (no network yet)
make the empty image          (not on the daemon yet)
create books 1                (no container yet)  [after network:books_default, image:devenv/scratch:1]
  - deliver ci:124 to books
  - create container books-books-1
start books 1                 (just created)  [after create:books]
wait for books 1              (just started)  [after start:books]
create books 2                (no container yet)  [after network:books_default, image:devenv/scratch:1]
start books 2                 (just created)  [after create:books/2, create:books, start:books]
wait for books 2              (just started)  [after start:books/2]
`),
  );
});

test("scaling up creates what is missing and leaves the others alone", async () => {
  await scene.given(at(1));
  const { id } = scene.container("books-books-1");
  expect(scene.text(at(3))).toMatch(/^create books 2 .*\n.*\n.*\ncreate books 3/);
  await scene.given(at(3));
  expect(scene.container("books-books-1").id).toBe(id);
  expect(answers(3)).toEqual([code("ci:124"), code("ci:124"), code("ci:124")]);
  expect(scene.text(at(3))).toBe("nothing to do");
});

test("scaling down removes the last ones, and 0 is none", async () => {
  await scene.given(at(3));
  expect(scene.text(at(1))).toMatch(
    /^remove books-books-2 +\(scaled to 1\)\n.*\n.*\nremove books-books-3 +\(scaled to 1\)$/m,
  );
  await scene.given(at(1));
  await scene.given(at(0));
  expect([...scene.world.containers.keys()]).toEqual([]);
  expect(scene.text(at(0))).toBe("nothing to do");
});

test("a changed definition replaces one after the other, so that the service answers all the time", async () => {
  await scene.given(at(3));
  let fewest = 3;
  scene.world.fate = () => {
    fewest = Math.min(fewest, answers(3).filter(Boolean).length);
    return "done";
  };
  await scene.given(at(3, "ci:124", { user: "65534" }));
  expect(fewest).toBe(2);
  expect(scene.container("books-books-3").spec.user).toBe("65534");
});

test("a replacement that does not come up stops the rest", async () => {
  await scene.given(at(3));
  const changed = at(3, "ci:124", { user: "65534" });
  scene.world.fate = (operation) => (operation.kind === "await" && operation.replica === 2 ? "refused" : "done");
  expect(await scene.up(changed)).toBeDefined();
  const users = [1, 2, 3].map((number) => scene.container(`books-books-${number}`).spec.user);
  expect(users).toEqual(["65534", undefined, undefined]);
  expect(answers(3).every(Boolean)).toBe(true);
});

describe("new code", () => {
  test("is taken up by one after the other, in one step that notes it at its end", async () => {
    await scene.given(at(2));
    expect(scene.text(at(2, "ci:125"))).toBe(
      lines(`
update books  (ci:125 instead of ci:124)
  - deliver ci:125 to books
  - restart the process of books 1
  - wait until books 1 is ready
  - restart the process of books 2
  - wait until books 2 is ready
  - note ci:125 as the last good build of books
`),
    );
    await scene.given(at(2, "ci:125"));
    expect(answers(2)).toEqual([code("ci:125"), code("ci:125")]);
    expect(scene.text(at(2, "ci:125"))).toBe("nothing to do");
  });

  test.each([1, 2])("that does not answer in container %i makes way for the old in all of them", async (number) => {
    await scene.given(at(2));
    scene.world.fate = (operation) => (operation.kind === "await" && operation.replica === number ? "refused" : "done");
    expect(await scene.up(at(2, "ci:125"))).toBeDefined();
    expect(answers(2)).toEqual([code("ci:124"), code("ci:124")]);
    scene.world.fate = () => "done";
    expect(scene.text(at(2))).toBe("nothing to do");
  });

  test("together with a new definition and a new size is one step, too", async () => {
    await scene.given(at(2));
    const wish = at(3, "ci:125", { user: "65534" });
    expect(scene.text(wish)).toMatch(/^update books +\(ci:125 instead of ci:124\)$/m);
    scene.world.broken.add(code("ci:125"));
    expect(await scene.up(wish)).toBeDefined();
    expect(answers(2)).toEqual([code("ci:124"), code("ci:124")]);
    scene.world.broken.clear();
    await scene.given(wish);
    expect(answers(3)).toEqual([code("ci:125"), code("ci:125"), code("ci:125")]);
    expect(scene.text(wish)).toBe("nothing to do");
  });

  test("of a devenv that was killed between two containers is taken up by all at the next `up`", async () => {
    await scene.given(at(2));
    scene.world.fate = (operation) =>
      operation.kind === "restartProcess" && operation.replica === 2 ? "killed" : "done";
    await scene.up(at(2, "ci:125"));
    scene.world.fate = () => "done";
    expect(scene.text(at(2, "ci:125"))).toMatch(/^update books +\(a swap was interrupted\)$/m);
    await scene.given(at(2, "ci:125"));
    expect(answers(2)).toEqual([code("ci:125"), code("ci:125")]);
  });
});

test("what depends on a service waits for all of its containers", () => {
  const app = service("app", { dependsOn: [dependsOn("books", "service_healthy")] });
  const wish = at(2);
  expect(scene.text({ ...wish, services: [...wish.services, app] })).toMatch(
    /^start app .*\[after create:app, start:books, ready:books, start:books\/2, ready:books\/2\]$/m,
  );
});

test("a container that was given another name makes way for it", async () => {
  await scene.given(at(1, "ci:124", { ports: [port(8081)] }));
  const renamed = at(1, "ci:124", { ports: [port(8081)], containerName: "library" });
  expect(scene.text(renamed)).toContain("remove books-books-1  (its container has another name now)");
  await scene.given(renamed);
  expect([...scene.world.containers.keys()]).toEqual(["library"]);
  expect(scene.text(renamed)).toBe("nothing to do");
});
