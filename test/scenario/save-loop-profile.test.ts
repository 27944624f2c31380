import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ofType, type RunningDevenv, startWatch, untilSettled } from "../harness/devenv.ts";
import { eventually } from "../harness/eventually.ts";
import { leftovers } from "../harness/leftovers.ts";
import { clusterOf, commitVersion, goProgram, ofService, type TestCluster } from "./save-loop-cluster.ts";

let cluster: TestCluster;
let devenv: RunningDevenv;

beforeAll(async () => {
  const soon = "      settle: 2s\n      ready: { http: /healthz, port: 8080, within: 5s }";
  cluster = await clusterOf({ name: "books" }, { name: "authors", devenv: soon });
  devenv = await startWatch(cluster);
});
afterAll(async () => {
  await devenv?.kill();
  await cluster?.remove();
});

/** Edits the profile's text, and gives what the loop says of it. */
async function edit(change: (text: string) => string) {
  const since = devenv.events.length;
  await cluster.replace(cluster.profile, change(await readFile(cluster.profile, "utf8")));
  return devenv.until(ofType("replanned", "replanFailed"), since);
}

/** Adds a line to the entry of a service, which the recipes begin with its image. */
const withLine = (service: string, line: string) => (text: string) =>
  text.replace(`  ${service}:\n`, `  ${service}:\n    ${line}\n`);

/** The container and its process 1. */
const identity = async (service: string) => {
  const { id, startedAt } = await cluster.container(service);
  return { id, startedAt };
};

const expectNothingLeft = async (...services: string[]) => {
  const names = services.map((name) => `${cluster.cluster}-${name}-1`);
  await eventually(
    () => leftovers(cluster, names),
    (left) => left.length === 0,
  );
};

test("an edited service is made anew with the code that it ran, and no other is touched, its settling neither", async () => {
  await commitVersion(cluster, devenv, "books", "books of mine");
  const since = devenv.events.length;
  await commitVersion(cluster, devenv, "authors", "authors of mine");
  const [books, authors] = [await identity("books"), await identity("authors")];
  const told = await edit(withLine("books", "environment: { ADDED: yes }"));
  expect(told).toMatchObject({ type: "replanned", changed: ["books"], gone: [] });
  expect(await identity("authors")).toEqual(authors);
  expect((await identity("books")).id).not.toBe(books.id);
  expect(await cluster.answer("books")).toBe("books of mine");
  await untilSettled(devenv, "authors", since);

  await commitVersion(cluster, devenv, "books", "after the edit");
  expect(await cluster.answer("books")).toBe("after the edit");
  await expectNothingLeft("books", "authors");
});

test("what is saved while an edit is carried out is swapped in after it", async () => {
  const since = devenv.events.length;
  const edited = edit(withLine("books", "labels: { added: yes }"));
  await devenv.until(ofType("profileChanged"), since);
  await cluster.save("books", goProgram("in its middle"));
  expect(await edited).toMatchObject({ type: "replanned", changed: ["books"] });
  await eventually(
    () => cluster.answer("books").catch(() => undefined),
    (answer) => answer === "in its middle",
  );
  await expectNothingLeft("books", "authors");
});

test("a profile with a mistake is told with its place, and changes nothing; mended, it is in place", async () => {
  const before = await identity("books");
  const wrong = await edit(withLine("books", "enviroment: { TYPO: yes }"));
  if (wrong.type !== "replanFailed") throw new Error("it was taken");
  const places = [wrong.failure, ...(wrong.failure.problems ?? [])].flatMap(({ where }) => where ?? []);
  expect(places[0]).toMatchObject({ file: cluster.profile, column: 5 });
  expect(wrong.failure.hint).toContain("goes on by the profile as it was");
  expect(await identity("books")).toEqual(before);
  await commitVersion(cluster, devenv, "books", "beside a mistake");
  expect(await cluster.answer("books")).toBe("beside a mistake");

  const mended = await edit((text) => text.replace("    enviroment: { TYPO: yes }\n", ""));
  expect(mended).toMatchObject({ type: "replanned", changed: [], steps: 0 });
  expect(await identity("books")).toEqual(before);
});

test("a service that the edit adds comes up and is swapped; one that it takes away goes", async () => {
  const before = await identity("books");
  const text = await readFile(cluster.profile, "utf8");
  const added = text.slice(text.indexOf("  authors:\n")).replaceAll("authors", "reviews");
  await cluster.write("reviews", "go.mod", "module reviews\n\ngo 1.19\n");
  await cluster.write("reviews", "cmd/reviews/main.go", goProgram("reviews of mine"));
  const told = await edit((now) => `${now}${added.replace("x-devenv:\n", "x-devenv:\n      mode: local\n")}`);
  expect(told).toMatchObject({ type: "replanned", changed: ["reviews"] });
  expect(await cluster.answer("reviews")).toBe("reviews of mine");
  await commitVersion(cluster, devenv, "reviews", "saved");
  expect(await cluster.answer("reviews")).toBe("saved");
  expect(await identity("books")).toEqual(before);

  const taken = await edit(() => text);
  expect(taken).toMatchObject({ type: "replanned", changed: [], gone: ["reviews"] });
  await expectNothingLeft("books", "authors");
  expect(await identity("books")).toEqual(before);
});

test("what does not come up is told, what ran goes on, and the next edit tries it again", async () => {
  const failed = await edit((text) => text.replace("[/devenv/bin/authors]", "[/devenv/bin/nobody]"));
  if (failed.type !== "replanFailed") throw new Error("it came up");
  expect(failed.failure.hint).toContain("What ran before is back in place");
  // It was started again, which is not waited for.
  await eventually(
    () => cluster.answer("authors").catch(() => undefined),
    (answer) => answer === "authors of mine",
  );
  const mended = await edit((text) => text.replace("[/devenv/bin/nobody]", "[/devenv/bin/authors]"));
  expect(mended).toMatchObject({ type: "replanned", changed: ["authors"] });
  expect(await cluster.answer("authors")).toBe("authors of mine");
  await expectNothingLeft("books", "authors");
});

test("another build of the same service is built at once", async () => {
  await cluster.write("books", "cmd/other/main.go", goProgram("of the other package"));
  const since = devenv.events.length;
  await edit((text) => text.replace("go: ./cmd/books", "go: ./cmd/other"));
  await devenv.until(ofService("books", "committed"), since);
  expect(await cluster.answer("books")).toBe("of the other package");
  await expectNothingLeft("books", "authors");
});
