import { beforeEach, describe, expect, test } from "vitest";
import type { Release } from "../../../src/model/artifact.ts";
import { serviceName } from "../../../src/model/names.ts";
import { release } from "./samples.ts";
import { ci124, everything, lines, Scene } from "./scene.ts";

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

describe("code", () => {
  const at = (of: Release) => ({ ...everything, releases: { ...ci124, books: of } });

  test("of a new CI build restarts the process, not the container", async () => {
    await scene.given(everything);
    expect(scene.text(at(release("books", "ci:125")))).toBe(
      lines(`
update books  (ci:125 instead of ci:124)
  - deliver ci:125 to books
  - restart the process of books
  - wait until books is ready
  - note ci:125 as the last good build of books
`),
    );
  });

  test("whose configuration alone changed says so", async () => {
    await scene.given(at(release("books", "ci:124", "a")));
    expect(scene.text(at(release("books", "ci:124", "b")))).toMatch(/^update books +\(its configuration changed\)$/m);
  });

  test("of the same content under another build's name changes nothing", async () => {
    await scene.given(everything);
    const { artifact, config } = release("books", "ci:124");
    expect(scene.text(at({ artifact: { ...artifact, build: "ci:125" }, config }))).toBe("nothing to do");
  });

  test("of an interrupted swap is taken up from the start, over the last good build", async () => {
    await scene.given(everything);
    const [good, trial] = [release("books", "ci:124"), release("books", "local:3f9a12bc44de")];
    scene.world.deliveries.set(serviceName("books"), {
      artifact: trial.artifact.digest,
      config: undefined,
      record: { service: serviceName("books"), good, trial: { release: trial, since: "2026-01-01T00:00:00Z" } },
    });
    expect(scene.text(at(good))).toBe(
      lines(`
update books  (a swap was interrupted)
  - deliver ci:124 to books
  - restart the process of books
  - wait until books is ready
`),
    );
    await scene.given(at(good));
    expect(scene.world.deliveries.get(serviceName("books"))?.record).toEqual({ service: "books", good });
    expect(scene.world.answering("books")).toBe(good.artifact.digest);
  });

  describe("that answered and has not settled yet", () => {
    const [good, local] = [release("books", "ci:124"), release("books", "local:3f9a12bc44de")];
    const trial = { release: local, since: "2026-01-01T00:00:00Z", answeredAt: "2026-01-01T00:00:01Z" };
    const record = { service: serviceName("books"), good, trial };
    const settling = async () => {
      await scene.given(at(local));
      const delivery = { artifact: local.artifact.digest, config: undefined, record };
      scene.world.deliveries.set(serviceName("books"), delivery);
    };

    test("is what stands", async () => {
      await settling();
      expect(scene.text(at(local))).toBe("nothing to do");
    });

    test("gives way to what is wanted instead, over what has settled", async () => {
      await settling();
      const ci125 = release("books", "ci:125");
      expect(scene.text(at(ci125))).toMatch(/^update books +\(ci:125 instead of local:3f9a12bc44de\)$/m);
      expect(scene.text(at(good))).toMatch(/^update books +\(ci:124 instead of local:3f9a12bc44de\)$/m);
    });
  });

  test("that somebody moved away is put back", async () => {
    await scene.given(everything);
    const there = scene.world.deliveries.get(serviceName("books"));
    scene.world.deliveries.set(serviceName("books"), { artifact: undefined, config: undefined, record: there?.record });
    expect(scene.text(everything)).toMatch(/^update books +\(its code was moved away\)$/m);
  });

  test("built here stays where the flow hands it in as what shall run", async () => {
    const local = release("books", "local:3f9a12bc44de");
    await scene.given(at(local));
    expect(scene.text(at(local))).toBe("nothing to do");
  });

  test("is left alone where the flow hands none in, even in the middle of a swap", async () => {
    await scene.given(everything);
    const [good, trial] = [release("books", "ci:124"), release("books", "local:3f9a12bc44de")];
    scene.world.deliveries.set(serviceName("books"), {
      artifact: trial.artifact.digest,
      config: undefined,
      record: { service: serviceName("books"), good, trial: { release: trial, since: "2026-01-01T00:00:00Z" } },
    });
    expect(scene.text({ ...everything, releases: { gateway: ci124.gateway } })).toBe("nothing to do");
  });
});
