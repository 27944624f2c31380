import { describe, expect, test } from "vitest";
import type { ContainerDetail, ObservedContainer } from "../../../src/model/container.ts";
import type { DeliveryRecord, ObservedDelivery } from "../../../src/model/delivery.ts";
import { artifactDigest, containerId, serviceName } from "../../../src/model/names.ts";
import type { Service } from "../../../src/model/profile.ts";
import { addressOf, releaseInPlace, type ServiceFacts, serviceStatus } from "../../../src/state/service-status.ts";
import { digestOf, goService, port, release, service } from "../plan/samples.ts";
import { observedContainer } from "./containers.ts";

const books = goService("books", { ports: [port(8081)] });
const container = observedContainer("books", { networks: { books_default: "" }, ports: [port(8081)] });
const detail: ContainerDetail = {
  id: containerId("1"),
  state: "running",
  health: "none",
  exitCode: 0,
  oomKilled: false,
  hasMemoryLimit: false,
  startedAt: "2026-11-20T13:00:00Z",
  finishedAt: "0001-01-01T00:00:00Z",
  restarts: 0,
  pid: 4711,
  hasInput: false,
  address: "172.18.0.4",
  healthOutput: undefined,
};
const ci124 = release("books", "ci:124");
const local = release("books", "local:3f9a12bc44de");
const since = "2026-11-20T13:30:00Z";

function delivered(of = ci124, record: Partial<DeliveryRecord> = {}): ObservedDelivery {
  return {
    artifact: of.artifact.digest,
    config: of.config,
    record: { service: serviceName("books"), good: ci124, ...record },
  };
}

const running: ServiceFacts = { service: books, container, detail, delivery: delivered(), answers: true };
const at = (changes: Partial<ObservedContainer>, more: Partial<ContainerDetail> = {}): ServiceFacts => ({
  ...running,
  container: { ...container, ...changes },
  detail: { ...detail, ...more },
  answers: changes.state === undefined || changes.state === "running" ? running.answers : false,
});
const trial = { release: local, since };
const rolledBack = { from: local, reason: "exit status 2", at: since };
const ended = { finishedAt: "2026-11-20T14:00:00Z" };

test("a service that runs and answers is ready, with all that is known of it", () => {
  expect(serviceStatus(running)).toEqual({
    name: "books",
    state: "ready",
    mode: "ci",
    build: "ci:124",
    ready: true,
    address: "http://127.0.0.1:8081",
    since: "2026-11-20T13:00:00Z",
  });
});

test("a service whose newest code has answered and not settled yet is ready, and says when it counts as good", () => {
  const settling = { ...trial, answeredAt: "2026-11-20T13:30:01.500Z" };
  const facts = { ...running, delivery: delivered(local, { trial: settling }) };
  expect(serviceStatus(facts)).toMatchObject({
    state: "ready",
    build: "local:3f9a12bc44de",
    since: "2026-11-20T13:00:00Z",
    settlesAt: "2026-11-20T13:30:11.500Z",
  });
  expect(serviceStatus({ ...facts, answers: false })).not.toHaveProperty("settlesAt");
});

test.each<[string, ServiceFacts, object]>([
  [
    "has no container",
    { ...running, container: undefined, detail: undefined },
    { state: "off", ready: false, since: null },
  ],
  ["was created but not started", at({ state: "created" }), { state: "off", ready: false }],
  [
    "could not be started",
    at({ state: "created" }, { exitCode: 127 }),
    { state: "crashed", ready: false, reason: "its program could not be started" },
  ],
  [
    "came to its end",
    at({ state: "exited", statusText: "Exited (0) 1 minute ago" }, ended),
    { state: "off", ready: false, since: ended.finishedAt },
  ],
  ["was stopped", at({ state: "exited" }, { ...ended, exitCode: 143 }), { state: "off", ready: false }],
  [
    "was stopped, as far as the list tells",
    { ...at({ state: "exited", statusText: "Exited (143) 1 minute ago" }), detail: undefined },
    { state: "off", since: null },
  ],
  [
    "failed",
    at({ state: "exited" }, { ...ended, exitCode: 2 }),
    { state: "crashed", ready: false, reason: "ended with exit code 2", since: ended.finishedAt },
  ],
  [
    "failed, as far as the list tells",
    { ...at({ state: "exited", statusText: "Exited (137) 1 minute ago" }), detail: undefined },
    { state: "crashed", reason: "ended with exit code 137" },
  ],
  [
    "had no memory left",
    at({ state: "exited" }, { ...ended, exitCode: 137, oomKilled: true }),
    { state: "crashed", reason: "ran out of memory and was killed" },
  ],
  [
    "crashes again and again",
    at({ state: "restarting" }, { ...ended, exitCode: 1, restarts: 4 }),
    { state: "crashed", reason: "ended with exit code 1, restarted 4 times" },
  ],
  [
    "crashed for the second time",
    at({ state: "restarting" }, { ...ended, exitCode: 1, restarts: 1 }),
    { state: "crashed", reason: "ended with exit code 1, restarted once" },
  ],
  [
    "is given up by the daemon",
    { ...at({ state: "dead", statusText: "Dead" }), detail: undefined },
    { state: "crashed", reason: "Dead" },
  ],
  ["is being removed", at({ state: "removing" }), { state: "off" }],
  ["is paused", at({ state: "paused" }), { state: "unhealthy", ready: false, reason: "is paused" }],
  ["is silent", { ...running, answers: false }, { state: "unhealthy", ready: false, reason: "does not answer" }],
  [
    "is called unhealthy by Docker",
    { ...at({ health: "unhealthy" }, { healthOutput: "connection refused\n" }), answers: undefined },
    { state: "unhealthy", reason: "connection refused" },
  ],
  ["is called healthy by Docker", { ...at({ health: "healthy" }), answers: undefined }, { state: "ready" }],
  ["is called starting by Docker", { ...at({ health: "starting" }), answers: undefined }, { state: "starting" }],
  [
    "is silent within its deadline",
    { ...at({ statusText: "Up 9 seconds" }), answers: false },
    { state: "starting", ready: false },
  ],
  [
    "is silent since a moment ago",
    { ...at({ statusText: "Up Less than a second" }), answers: false },
    { state: "starting" },
  ],
  ["is silent at its deadline", { ...at({ statusText: "Up 10 seconds" }), answers: false }, { state: "unhealthy" }],
  ["is silent for a minute", { ...at({ statusText: "Up About a minute" }), answers: false }, { state: "unhealthy" }],
  [
    "has a trial in place",
    { ...running, delivery: delivered(local, { trial }) },
    { state: "swapping", mode: "local", build: "local:3f9a12bc44de", ready: true, since },
  ],
  [
    "was rolled back",
    { ...running, delivery: delivered(ci124, { rolledBack }) },
    { state: "rolledBack", mode: "ci", build: "ci:124", ready: true, reason: "exit status 2", since },
  ],
  [
    "was rolled back and is silent all the same",
    { ...running, delivery: delivered(ci124, { rolledBack }), answers: false },
    { state: "unhealthy", reason: "does not answer" },
  ],
  [
    "runs a local build",
    { ...running, delivery: delivered(local, { good: local }) },
    { state: "ready", mode: "local", build: "local:3f9a12bc44de" },
  ],
  [
    "runs code that no record names",
    { ...running, delivery: { artifact: digestOf("x"), config: undefined, record: undefined } },
    { mode: "ci", build: `unknown:${digestOf("x").slice(0, 12)}` },
  ],
  ["never had any code", { ...running, delivery: undefined }, { mode: "ci", build: null }],
])("a service that %s", (_, facts, expected) => {
  expect(serviceStatus(facts)).toMatchObject(expected);
});

test("a slow starter has its own deadline", () => {
  const slow: Service = { ...books, ready: { kind: "tcp", port: 8080, withinMs: 180_000 } };
  const silent = (statusText: string) => serviceStatus({ ...at({ statusText }), service: slow, answers: false }).state;
  expect(silent("Up About a minute")).toBe("starting");
  expect(silent("Up 2 minutes")).toBe("starting");
  expect(silent("Up 3 minutes")).toBe("unhealthy");
  expect(silent("Up About an hour")).toBe("unhealthy");
});

test("a service without code of its own shows its image", () => {
  const facts = { ...running, service: service("postgres"), delivery: undefined };
  expect(serviceStatus(facts)).toMatchObject({ mode: "image", build: "postgres:15" });
});

describe("what is in place", () => {
  test("is what the pointer points at, whatever the record calls good", () => {
    expect(releaseInPlace(delivered(local, { trial }))).toBe(local);
    expect(releaseInPlace(delivered(ci124, { trial }))).toBe(ci124);
    expect(releaseInPlace(delivered(local, { rolledBack }))).toBe(local);
  });

  test("is nothing that can be named when no record fits the pointer", () => {
    expect(releaseInPlace({ ...delivered(), artifact: artifactDigest("0".repeat(64)) })).toBeUndefined();
    expect(releaseInPlace(undefined)).toBeUndefined();
  });
});

describe("an address", () => {
  const ports = (...bindings: Service["ports"]) => addressOf(books, { ...container, ports: bindings });

  test.each<[string, string | null, string | null]>([
    ["of a published port is on this machine", ports(port(8081)), "http://127.0.0.1:8081"],
    [
      "of a port on all addresses is on this machine",
      ports({ ...port(8081), hostAddress: "0.0.0.0" }),
      "http://127.0.0.1:8081",
    ],
    ["in IPv6 is in brackets", ports({ ...port(8081), hostAddress: "::1" }), "http://[::1]:8081"],
    ["of several ports is that of the probed one", ports(port(9000, 9000), port(8081)), "http://127.0.0.1:8081"],
    ["of a port that is not probed has no scheme", ports(port(9000, 9000)), "127.0.0.1:9000"],
    [
      "that the daemon chose is told by the container",
      addressOf({ ...books, ports: [port(0)] }, { ...container, ports: [port(32768)] }),
      "http://127.0.0.1:32768",
    ],
    ["without a container is what the profile says", addressOf(books, undefined), "http://127.0.0.1:8081"],
    [
      "without a published port is the name in the cluster",
      addressOf({ ...books, ports: [] }, { ...container, ports: [] }),
      "books:8080",
    ],
    [
      "without a probe is the first exposed port",
      addressOf(
        {
          ...books,
          ports: [],
          ready: undefined,
          expose: [4222, 8222].map((port) => ({ port, protocol: "tcp" as const })),
        },
        undefined,
      ),
      "books:4222",
    ],
    ["is unknown where no port is", addressOf(service("worker"), undefined), null],
  ])("%s", (_, address, expected) => {
    expect(address).toBe(expected);
  });
});
