import { expect, test } from "vitest";
import type { ObservedContainer } from "../../../src/model/container.ts";
import type { RelayState } from "../../../src/model/relay.ts";
import { type ForwardedFacts, forwardedStatus } from "../../../src/state/forwarded-status.ts";
import { goService } from "../plan/samples.ts";
import { observedContainer } from "./containers.ts";

const search = goService("search");
const container = observedContainer("search", { statusText: "Up 1 second", address: "172.18.0.5" });

const relay = (problem?: string): RelayState => ({
  pid: 1,
  authorities: undefined,
  routes: [
    { route: { service: search.name, port: 8080, target: { kind: "tcp", host: "127.0.0.1", port: 9090 } }, problem },
  ],
});

const row = (facts: Partial<ForwardedFacts>) =>
  forwardedStatus({
    service: search,
    mode: { kind: "host", port: 9090 },
    container,
    detail: undefined,
    relay: relay(),
    answers: true,
    ...facts,
  });

test("what answers there is ready, with where it is in place of a build", () => {
  expect(row({})).toMatchObject({
    state: "ready",
    ready: true,
    mode: "host",
    build: "host:9090",
    address: "search:8080",
  });
  expect(row({ answers: undefined })).toMatchObject({ state: "ready" });
});

test.each<[string, Partial<ForwardedFacts>, string]>([
  [
    "its relay is dead",
    { relay: undefined },
    "the relay that leads it to host:9090 does not run; `devenv up` starts it",
  ],
  [
    "its relay leads others",
    { relay: { ...relay(), routes: [] } },
    "the relay does not lead it to host:9090; `devenv up` mends that",
  ],
  [
    "nothing listens",
    { relay: relay("nothing listens on 127.0.0.1:9090"), answers: false },
    "nothing listens on 127.0.0.1:9090",
  ],
  ["its probe fails", { answers: false }, "host:9090 does not answer its probe"],
])("where %s it is unhealthy at once, with the reason", (_, facts, reason) => {
  expect(row(facts)).toMatchObject({ state: "unhealthy", ready: false, reason });
});

test("without a container it is off, and still says where it will lead", () => {
  const off = row({ container: undefined, relay: undefined });
  expect(off).toMatchObject({ state: "off", ready: false, mode: "host", build: "host:9090" });
  expect(off.reason).toBeUndefined();
});

test("a forwarder that ended is told as crashed, not as a service that does not answer", () => {
  const ended: ObservedContainer = { ...container, state: "exited", statusText: "Exited (1) 2 seconds ago" };
  expect(row({ container: ended })).toMatchObject({ state: "crashed", reason: "ended with exit code 1" });
});

test("the password of a remote is not shown", () => {
  const shown = row({ mode: { kind: "remote", url: "https://ada:safe@example.org/v1" } });
  expect(shown).toMatchObject({ mode: "remote", build: "https://…@example.org/v1" });
});
