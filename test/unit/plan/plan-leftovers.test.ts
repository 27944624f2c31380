import { beforeEach, describe, expect, test } from "vitest";
import { goService, port, release } from "./samples.ts";
import { books, ci124, everything, gateway, lines, postgres, Scene } from "./scene.ts";

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

describe("what is left over", () => {
  const orphaned = { services: [postgres, gateway], volumes: ["data"], releases: ci124 };

  test("of a service that left the profile is stopped and removed", async () => {
    await scene.given(everything);
    expect(scene.text(orphaned)).toBe(
      lines(`
remove books-books-1  (books is no longer in the profile)
  - stop container books-books-1
  - remove container books-books-1
`),
    );
  });

  test("and holds a port that a new service wants goes before that one starts", async () => {
    await scene.given(everything);
    const renamed = goService("library", { ports: [port(8081)] });
    const wanted = {
      services: [postgres, gateway, renamed],
      releases: { ...ci124, library: release("library", "ci:1") },
    };
    expect(scene.text(wanted)).toMatch(/^start library .*\[after create:library, remove:books-books-1\]$/m);
    await scene.given(wanted);
    expect(scene.world.answering("library")).toBeDefined();
  });

  test("under a temporary name, beside a service that answers, is removed", async () => {
    await scene.given(everything);
    const old = { ...scene.container("books-books-1"), name: "books-books-1.old", state: "exited" as const };
    scene.world.containers.set(old.name, old);
    expect(scene.text(everything)).toBe("remove books-books-1.old  (left behind by an interrupted replacement)");
  });

  test("under a temporary name, when the service is created anew, goes once that one answers", async () => {
    await scene.given(everything);
    const fresh = { ...scene.container("books-books-1"), name: "books-books-1.new", state: "created" as const };
    scene.world.containers.set(fresh.name, fresh);
    scene.world.containers.delete("books-books-1");
    expect(scene.text(everything)).toMatch(/^remove books-books-1.new .*\[after start:books, ready:books\]$/m);
  });

  test("of a replacement that was killed before its new container answered is put back, then replaced again", async () => {
    await scene.given(everything);
    const changed = { ...everything, services: [postgres, { ...books, environment: { LOG: "debug" } }, gateway] };
    await scene.killedAt("await", changed);
    scene.world.broken.add(ci124.books.artifact.digest);
    expect(scene.text(changed)).toBe(
      lines(`
replace books             (its definition changed)
  - remove container books-books-1
  - rename container books-books-1.old to books-books-1
  - create container books-books-1.new
  - rename container books-books-1 to books-books-1.old
  - rename container books-books-1.new to books-books-1
  - start container books-books-1
  - wait until books is ready
remove books-books-1.old  (replaced)  [after start:books]
`),
    );
  });

  test("of such a replacement is only put back when the profile wants the old one again", async () => {
    await scene.given(everything);
    await scene.killedAt("await", { ...everything, services: [postgres, { ...books, user: "65534" }, gateway] });
    scene.world.broken.add(ci124.books.artifact.digest);
    expect(scene.text(everything)).toBe(
      lines(`
start books     (its replacement was interrupted)
  - remove container books-books-1
  - rename container books-books-1.old to books-books-1
  - start container books-books-1
wait for books  (just started)  [after start:books]
`),
    );
  });
});
