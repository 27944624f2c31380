import { beforeEach, describe, expect, test } from "vitest";
import type { Operation } from "../../../src/model/operation.ts";
import { printOperation } from "../../../src/plan/print.ts";
import { release } from "./samples.ts";
import { books, ci124, everything, gateway, postgres, Scene, type Wish } from "./scene.ts";

const changed: Wish = { ...everything, services: [postgres, { ...books, user: "65534" }, gateway] };
const updated: Wish = { ...everything, releases: { ...ci124, books: release("books", "ci:125") } };
const both: Wish = { ...changed, releases: { ...ci124, books: release("books", "ci:125") } };

let scene: Scene;
beforeEach(async () => {
  scene = new Scene();
  await scene.given(everything);
  scene.world.broken.add(release("books", "ci:125").artifact.digest);
});

/** What is done after the wait for an answer has failed. */
async function goingBack(wish: Wish): Promise<string[]> {
  scene.world.log.length = 0;
  let isBack = false;
  const back: Operation[] = [];
  scene.world.fate = (operation) => {
    if (isBack) back.push(operation);
    if (operation.kind !== "await") return "done";
    isBack = true;
    return "refused";
  };
  expect(await scene.up(wish)).toBeDefined();
  scene.world.fate = () => "done";
  return back.map(printOperation);
}

describe("new code that does not answer", () => {
  test("makes way for the last good code, and its process is started and waited for", async () => {
    expect(await goingBack(updated)).toEqual([
      "deliver ci:124 to books",
      "restart the process of books",
      "wait until books is ready",
      "deliver ci:124 to books",
    ]);
    expect(scene.world.answering("books")).toBe(ci124.books.artifact.digest);
    expect(scene.text(everything)).toBe("nothing to do");
  });

  test("in a new container makes way for the last good code, too", async () => {
    scene.world.containers.delete("books-books-1");
    expect(await scene.up(updated)).toBeDefined();
    expect(scene.world.answering("books")).toBe(ci124.books.artifact.digest);
    expect(scene.text(everything)).toBe("nothing to do");
  });
});

test("a new container that cannot be started leaves the last good code in place", async () => {
  scene.world.containers.delete("books-books-1");
  scene.world.fate = ({ kind }) => (kind === "start" ? "refused" : "done");
  expect((await scene.up(updated))?.message).toContain("start refused");
  const delivery = scene.world.deliveries.get(books.name);
  expect(delivery?.artifact).toBe(ci124.books.artifact.digest);
  expect(delivery?.record).toMatchObject({
    service: "books",
    good: ci124.books,
    rolledBack: { from: release("books", "ci:125") },
  });
});

test("code that could not be delivered restarts nothing", async () => {
  scene.world.fate = ({ kind }) => (kind === "deliver" ? "refused" : "done");
  scene.world.log.length = 0;
  await scene.up(updated);
  expect(scene.world.log).toEqual([]);
});

describe("a replacement that does not answer", () => {
  test("is stopped and removed, and the old container comes back under its name", async () => {
    const old = scene.container("books-books-1");
    expect(await goingBack(changed)).toEqual([
      "stop container books-books-1",
      "rename container books-books-1 to books-books-1.new",
      "rename container books-books-1.old to books-books-1",
      "start container books-books-1",
      "remove container books-books-1.new",
    ]);
    expect(scene.container("books-books-1")).toBe(old);
    expect(scene.text(everything)).toBe("nothing to do");
  });

  test("gives the old container its code back before that starts", async () => {
    expect(await goingBack(both)).toEqual([
      "stop container books-books-1",
      "rename container books-books-1 to books-books-1.new",
      "rename container books-books-1.old to books-books-1",
      "deliver ci:124 to books",
      "start container books-books-1",
      "remove container books-books-1.new",
      "deliver ci:124 to books",
    ]);
    expect(scene.world.answering("books")).toBe(ci124.books.artifact.digest);
  });

  test("of a container that did not run starts nothing", async () => {
    scene.container("books-books-1").state = "exited";
    expect(await goingBack(changed)).not.toContain("start container books-books-1");
  });

  test("revives a container that only an interrupted replacement had stopped", async () => {
    await scene.killedAt("rename", changed);
    expect(scene.container("books-books-1").state).toBe("exited");
    expect(await goingBack(both)).toContain("start container books-books-1");
    expect(scene.world.answering("books")).toBe(ci124.books.artifact.digest);
  });
});

test("a replacement that answers stands, even where the old container cannot be removed", async () => {
  scene.world.fate = (operation) =>
    operation.kind === "remove" && operation.container.endsWith(".old") ? "doneButRefused" : "done";
  expect((await scene.up(changed))?.message).toContain("timed out");
  expect(scene.container("books-books-1").spec.user).toBe("65534");
  expect(scene.world.answering("books")).toBe(ci124.books.artifact.digest);
  expect(scene.text(changed)).toBe("nothing to do");
});
