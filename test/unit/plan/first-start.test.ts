import { expect, test } from "vitest";
import { LABEL } from "../../../src/model/container.ts";
import type { Service } from "../../../src/model/profile.ts";
import { desire } from "../../../src/plan/desired.ts";
import { withPreSetup } from "../../../src/plan/first-start.ts";
import { facts, goService, profile, service } from "./samples.ts";
import { Scene } from "./scene.ts";

function specOf(of: Service) {
  const [first] = desire(profile([of]), facts()).services[0]?.containers ?? [];
  return first?.spec ?? expect.unreachable("a profile of one service desires one container");
}

const BEFORE = ["/devenv/init/busybox", "sh", "/devenv/init/first-start", "books", "--"];

test("a service with a pre_setup.sh has words before its program, be it supervised, written, or the image's", () => {
  const supervised = specOf(withPreSetup(goService("books")));
  expect(supervised).toMatchObject({ before: BEFORE, command: ["/devenv/bin/books"] });
  expect(supervised.entrypoint).toContain("/devenv/init/supervise");
  const written = specOf(withPreSetup(service("books", { command: ["nginx"] })));
  expect(written).toMatchObject({ before: BEFORE, entrypoint: undefined, command: ["nginx"] });
  expect(specOf(withPreSetup(service("books")))).toMatchObject({ before: BEFORE, command: undefined });
});

test("that it has one is part of what its container is, what is in it is not", () => {
  const plain = goService("books");
  const hashes = [plain, withPreSetup(plain), withPreSetup(plain)].map((of) => specOf(of).labels[LABEL.hash]);
  expect(hashes[0]).not.toBe(hashes[1]);
  expect(hashes[1]).toBe(hashes[2]);
  expect(specOf(plain).before).toBeUndefined();
});

test("the mark of a fresh container is put into it before its start, in a volume where its file system is read-only", () => {
  const plan = new Scene().text({ services: [withPreSetup(service("books"))] });
  expect(plan).toMatch(/create container \S+\n.*\/\.devenv\/fresh[\s\S]*start books/);
  const strict = specOf(withPreSetup(service("books", { settings: { readOnly: true } })));
  expect(strict.mounts).toContainEqual({ kind: "volume", source: undefined, target: "/.devenv", readOnly: false });
});
