import { beforeEach, describe, expect, test } from "vitest";
import { goService, imageBuild, release, service } from "./samples.ts";
import { books, ci124, everything, gateway, lines, postgres, Scene } from "./scene.ts";

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

describe("a cluster that is not there yet", () => {
  test("is made whole: the ground first, then everything at once, each started after what it depends on", () => {
    expect(scene.text(everything)).toBe(
      lines(`
create network books_default  (no network yet)
create volume books_data      (no volume yet)
get image postgres:15         (not on the daemon yet)
make the empty image          (not on the daemon yet)
create postgres               (no container yet)  [after network:books_default, volume:books_data, image:postgres:15]
start postgres                (just created)  [after create:postgres]
wait for postgres             (just started)  [after start:postgres]
create books                  (no container yet)  [after network:books_default, volume:books_data, image:devenv/scratch:1]
  - deliver ci:124 to books
  - create container books-books-1
start books                   (just created)  [after create:books, start:postgres, ready:postgres]
wait for books                (just started)  [after start:books]
create gateway                (no container yet)  [after network:books_default, volume:books_data, image:devenv/scratch:1]
  - deliver ci:124 to gateway
  - create container books-gateway-1
start gateway                 (just created)  [after create:gateway, start:books]
wait for gateway              (just started)  [after start:gateway]
`),
    );
  });

  test("is planned no second time once it is there", async () => {
    await scene.given(everything);
    expect(scene.text(everything)).toBe("nothing to do");
  });

  test("comes back after `down` with the code that it had, as a trial only where the code is new", async () => {
    await scene.given(everything);
    scene.world.containers.clear();
    expect(scene.text({ services: [goService("books")], releases: { books: release("books", "ci:124") } })).toBe(
      lines(`
create books    (no container yet)
start books     (just created)  [after create:books]
wait for books  (just started)  [after start:books]
`),
    );
    expect(scene.text({ services: [goService("books")], releases: { books: release("books", "ci:125") } })).toBe(
      lines(`
create books    (no container yet)
  - deliver ci:125 to books
  - create container books-books-1
start books     (just created)  [after create:books]
wait for books  (just started)  [after start:books]
  - wait until books is ready
  - note ci:125 as the last good build of books
`),
    );
  });
});

describe("a changed definition", () => {
  const changed = { ...everything, services: [postgres, { ...books, environment: { LOG: "debug" } }, gateway] };

  test("replaces that one container, under a temporary name until it answers", async () => {
    await scene.given(everything);
    expect(scene.text(changed)).toBe(
      lines(`
replace books             (its definition changed)
  - create container books-books-1.new
  - stop container books-books-1
  - rename container books-books-1 to books-books-1.old
  - rename container books-books-1.new to books-books-1
  - start container books-books-1
  - wait until books is ready
remove books-books-1.old  (replaced)  [after start:books]
`),
    );
  });

  test("is started without the old one's stop where that does not run", async () => {
    await scene.given(everything);
    scene.container("books-books-1").state = "exited";
    expect(scene.text(changed)).not.toContain("stop container");
  });

  test("with new code delivers it before the old container stops, and notes it as good once it answers", async () => {
    await scene.given(everything);
    const both = { ...changed, releases: { ...ci124, books: release("books", "ci:125") } };
    expect(scene.text(both)).toBe(
      lines(`
replace books             (its definition changed)
  - deliver ci:125 to books
  - create container books-books-1.new
  - stop container books-books-1
  - rename container books-books-1 to books-books-1.old
  - rename container books-books-1.new to books-books-1
  - start container books-books-1
  - wait until books is ready
  - note ci:125 as the last good build of books
remove books-books-1.old  (replaced)  [after start:books]
`),
    );
  });

  test("is carried out, and leaves the other containers as they were", async () => {
    await scene.given(everything);
    const before = ["postgres", "gateway"].map((name) => scene.container(`books-${name}-1`).id);
    await scene.given(changed);
    expect(scene.container("books-books-1").spec.environment).toEqual({ LOG: "debug" });
    expect(["postgres", "gateway"].map((name) => scene.container(`books-${name}-1`).id)).toEqual(before);
    expect([...scene.world.containers.keys()].sort()).toEqual(["books-books-1", "books-gateway-1", "books-postgres-1"]);
  });
});

describe("an image", () => {
  const built = service("web", { image: "books-web", imageBuild: imageBuild("/team/profiles/books/web") });

  test("is built anew, and its containers replaced, when its build context changed", async () => {
    await scene.given({ services: [built], contexts: { "books-web": "context 1" } });
    expect(scene.text({ services: [built], contexts: { "books-web": "context 1" } })).toBe("nothing to do");
    const plan = scene.text({ services: [built], contexts: { "books-web": "context 2" } });
    expect(plan).toContain("build image books-web   (its build context changed)");
    expect(plan).toMatch(/^replace web .*\(its image is made anew\) {2}\[after image:books-web\]$/m);
  });

  test("that another service builds is not pulled", () => {
    const user = service("worker", { image: "books-web" });
    const plan = scene.text({ services: [built, user], contexts: { "books-web": "context 1" } });
    expect(plan).toContain("build image books-web");
    expect(plan).not.toContain("get image");
  });

  test("whose build context nobody looked at is a bug that is said, not a build on every `up`", () => {
    expect(() => scene.text({ services: [built] })).toThrow("no digest was taken of the build context of books-web");
  });

  test("with a new identity under the same name replaces the containers that run the old one", async () => {
    await scene.given(everything);
    scene.world.images.set("postgres:15", { id: "pulled by hand", context: undefined });
    expect(scene.text(everything)).toMatch(/^replace postgres +\(its image changed\)$/m);
  });

  test("that was deleted under a container is got again, and the container replaced", async () => {
    await scene.given(everything);
    scene.world.images.delete("postgres:15");
    expect(scene.text(everything)).toMatch(
      /^replace postgres +\(its image is made anew\) {2}\[after image:postgres:15\]$/m,
    );
  });
});

test("a network that was pruned is made again, and the containers that were bound to it are replaced", async () => {
  await scene.given(everything);
  for (const each of scene.world.containers.values()) each.state = "exited";
  scene.world.networks.clear();
  expect(scene.text(everything)).toMatch(
    /^replace books +\(its network is made anew\) {2}\[after network:books_default, start:postgres\]$/m,
  );
  await scene.given(everything);
  expect(scene.text(everything)).toBe("nothing to do");
});
