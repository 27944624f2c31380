import { beforeEach, expect, test } from "vitest";
import { release, service } from "./samples.ts";
import { books, ci124, everything, gateway, lines, postgres, Scene } from "./scene.ts";

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

test("a plan for one service leaves changes of the others for later", async () => {
  await scene.given(everything);
  const services = [
    { ...postgres, environment: { A: "1" } },
    { ...books, environment: { A: "1" } },
    { ...gateway, environment: { A: "1" } },
  ];
  const plan = scene.text({ ...everything, services }, ["books"]);
  expect(plan).toMatch(/^replace books +\(its definition changed\)$/m);
  expect(plan).not.toMatch(/postgres|gateway/);
});

test("a plan for one service leaves orphans alone", async () => {
  await scene.given(everything);
  expect(scene.text({ ...everything, services: [postgres, gateway] }, ["gateway"])).toBe("nothing to do");
});

test("a plan for one service makes its image, its volumes and the network, and no others", () => {
  const cache = service("cache", {
    image: "redis:7",
    volumes: [{ kind: "volume", source: "kept", target: "/data", readOnly: false }],
  });
  const wish = { services: [postgres, cache], volumes: ["data", "kept"], releases: ci124 };
  expect(scene.text(wish, ["cache"])).toBe(
    lines(`
create network books_default  (no network yet)
create volume books_kept      (no volume yet)
get image redis:7             (not on the daemon yet)
create cache                  (no container yet)  [after network:books_default, volume:books_kept, image:redis:7]
start cache                   (just created)  [after create:cache]
wait for cache                (just started)  [after start:cache]
`),
  );
});

test("a plan for one service takes its new code up, and no other's", async () => {
  await scene.given(everything);
  const releases = { books: release("books", "ci:125"), gateway: release("gateway", "ci:125") };
  expect(scene.text({ ...everything, releases }, ["gateway"])).toMatch(/^update gateway/);
  expect(scene.text({ ...everything, releases }, ["gateway"])).not.toContain("books");
});
