import { expect, test } from "vitest";
import type { ObservedContainer } from "../../../src/model/container.ts";
import { isUnanswered, type ObservedDelivery, settlingRelease } from "../../../src/model/delivery.ts";
import { serviceName } from "../../../src/model/names.ts";
import { withoutCrashed } from "../../../src/plan/crashed-settling.ts";
import { observedContainer } from "../state/containers.ts";
import { release } from "./samples.ts";

const books = serviceName("books");
const [good, local] = [release("books", "ci:124"), release("books", "local:3f9a12bc44de")];
const AT = "2026-11-20T13:30:00Z";
const settling: ObservedDelivery = {
  artifact: local.artifact.digest,
  config: undefined,
  record: { service: books, good, trial: { release: local, since: AT, answeredAt: AT } },
};

const seenWith = (...containers: ObservedContainer[]) =>
  withoutCrashed(new Map([[books, settling]]), containers).get(books);

test.each<[string, Partial<ObservedContainer>]>([
  ["crashed", { state: "exited", statusText: "Exited (2) 3 seconds ago" }],
  ["crashes again and again", { state: "restarting", statusText: "Restarting (1) 2 seconds ago" }],
])("code that settled when its devenv was ended, and %s, counts as code that never answered", (_how, container) => {
  const seen = seenWith(observedContainer("books", container));
  expect(isUnanswered(seen?.record)).toBe(true);
  expect(seen?.record?.good).toEqual(good);
});

test("one crashed container of several is enough", () => {
  const crashed = observedContainer("books", { state: "exited", statusText: "Exited (2) 3 seconds ago" });
  expect(isUnanswered(seenWith(observedContainer("books", {}), crashed)?.record)).toBe(true);
});

test.each<[string, ObservedContainer[]]>([
  ["runs", [observedContainer("books", {})]],
  ["was stopped", [observedContainer("books", { state: "exited", statusText: "Exited (143) 1 hour ago" })]],
  ["ended with its machine", [observedContainer("books", { state: "exited", statusText: "Exited (137) 1 hour ago" })]],
  ["has no container", []],
  ["is not it that crashed", [observedContainer("gateway", { state: "exited", statusText: "Exited (2) now" })]],
  [
    "is led elsewhere",
    [observedContainer("books", { state: "exited", statusText: "Exited (2) now", isForwarder: true })],
  ],
])("code that settled when its devenv was ended, and %s, stands", (_how, containers) => {
  expect(settlingRelease(seenWith(...containers)?.record)).toEqual(local);
});
