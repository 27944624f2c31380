import { expect, test } from "vitest";
import { serviceName } from "../../../src/model/names.ts";
import type { Profile, Service } from "../../../src/model/profile.ts";
import { profileChange } from "../../../src/plan/profile-change.ts";
import { network, profile, service } from "./samples.ts";

const of = (...services: readonly Service[]): Profile => profile(services);
const books = service("books");
const authors = service("authors");

/** Names alone, sorted, for a table. */
function changeOf(before: Profile, after: Profile, unsettled: readonly string[] = []) {
  const change = profileChange(before, after, new Set(unsettled.map(serviceName)));
  return Object.fromEntries(Object.entries(change).map(([key, names]) => [key, [...names].sort().join(" ")]));
}

test("a profile that says the same changes nothing, in whatever order it says it", () => {
  const again = of({ ...books, environment: { B: "2", A: "1" } }, authors);
  expect(changeOf(of({ ...books, environment: { A: "1", B: "2" } }, authors), again)).toEqual({
    ...{ changed: "", gone: "", recoded: "", affected: "" },
  });
});

test("a service that is described otherwise is changed, and no other is", () => {
  expect(changeOf(of(books, authors), of({ ...books, environment: { A: "1" } }, authors))).toEqual({
    ...{ changed: "books", gone: "", recoded: "", affected: "books" },
  });
});

test("what comes and what goes", () => {
  expect(changeOf(of(books), of(authors))).toMatchObject({ changed: "authors", gone: "books", recoded: "authors" });
});

test("another way to its code is told apart from another container", () => {
  const local = { ...books, mode: { kind: "local" } as const };
  expect(changeOf(of(books), of(local)).recoded).toBe("books");
});

test("who shares something with it, or asked to be restarted with it, may have to follow", () => {
  const restart = { service: books.name, condition: "service_started", required: true, restart: true } as const;
  const follower = { ...authors, dependsOn: [restart] };
  const last = service("last", { dependsOn: [{ ...restart, service: authors.name }] });
  const other = service("other", { dependsOn: [{ ...restart, restart: false }] });
  const after = of({ ...books, user: "1000" }, follower, last, other);
  expect(changeOf(of(books, follower, last, other), after)).toMatchObject({
    changed: "books",
    affected: "authors books last",
  });
});

test("a network that is another one changes whoever is on it", () => {
  const lonely = service("lonely", { attachments: { kind: "none" } });
  const before = { ...of(books, lonely), networks: [network("default")] };
  const after = { ...before, networks: [{ ...network("default"), internal: true }] };
  expect(changeOf(before, after).changed).toBe("books");
});

test("another environment is in every container", () => {
  expect(changeOf(of(books, authors), { ...of(books, authors), environment: "staging" }).changed).toBe("authors books");
});

test("what the edit before could not bring is tried again", () => {
  expect(changeOf(of(books, authors), of(books, authors), ["books"])).toMatchObject({ changed: "books", recoded: "" });
});
