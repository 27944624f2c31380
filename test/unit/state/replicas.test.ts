import { expect, test } from "vitest";
import { serviceName } from "../../../src/model/names.ts";
import type { ServiceState, ServiceStatus } from "../../../src/model/status.ts";
import { combined, stateWords } from "../../../src/state/replicas.ts";

const row = (state: ServiceState, changes: Partial<ServiceStatus> = {}): ServiceStatus => ({
  name: serviceName("books"),
  state,
  mode: "ci",
  build: "ci:124",
  ready: state === "ready" || state === "rolledBack",
  address: null,
  since: null,
  ...changes,
});

test("of one container the row is its own", () => {
  expect(combined([row("ready")])).toEqual(row("ready"));
});

test("the worst state counts, with its reason and its time, and the service is not ready", () => {
  const crashed = row("crashed", { reason: "ended with exit code 1", since: "2026-11-20T13:00:00Z" });
  expect(combined([row("ready", { address: "127.0.0.1:8081" }), crashed, row("off")])).toEqual({
    ...crashed,
    address: "127.0.0.1:8081",
    replicas: { ready: 1, of: 3 },
  });
});

test("a service is ready when all of its containers are", () => {
  expect(combined([row("ready"), row("ready")])).toMatchObject({ state: "ready", ready: true });
  expect(combined([row("ready"), row("off")])).toMatchObject({ state: "off", ready: false });
});

test("how many are ready is said where not all are", () => {
  expect(stateWords("crashed", row("crashed", { replicas: { ready: 2, of: 3 } }), 0)).toBe("crashed 2/3");
  expect(stateWords("ready", row("ready", { replicas: { ready: 3, of: 3 } }), 0)).toBe("ready");
  expect(stateWords("crashed", row("crashed"), 0)).toBe("crashed");
});

test("when its newest code counts as good is said until then", () => {
  const settling = row("ready", { settlesAt: "2026-11-20T13:00:10.000Z" });
  const at = (time: string) => stateWords("ready", settling, Date.parse(`2026-11-20T13:00:${time}Z`));
  expect([at("00"), at("01.500"), at("09.750"), at("10")]).toEqual([
    "settles in 10 s",
    "settles in 9 s",
    "settles in 250 ms",
    "ready",
  ]);
});
