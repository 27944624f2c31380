import { describe, expect, test } from "vitest";
import { LABEL } from "../../../src/model/container.ts";
import { clusterName } from "../../../src/model/names.ts";
import type { Service } from "../../../src/model/profile.ts";
import { canonical } from "../../../src/plan/canonical.ts";
import { type DesiredContainer, desire } from "../../../src/plan/desired.ts";
import { dependsOn, facts, goService, imageBuild, port, profile, release, service, volume } from "./samples.ts";

function only(of: Service): DesiredContainer {
  const [first] = desire(profile([of]), facts()).services[0]?.containers ?? [];
  return first ?? expect.unreachable("a profile of one service desires one");
}

const hashOf = (of: Service): string | undefined => only(of).spec.labels[LABEL.hash];

describe("a supervised service", () => {
  const books = goService("books", { command: ["/devenv/bin/books", "-v"], stopGraceMs: 6000 });

  test("has the supervisor as process 1, with half of the container's grace for its child", () => {
    const { entrypoint, command } = only(books).spec;
    expect(entrypoint).toEqual(["/devenv/init/busybox", "sh", "/devenv/init/supervise", "books", "3", "--"]);
    expect(command).toEqual(["/devenv/bin/books", "-v"]);
  });

  test("gives its child at least a second", () => {
    expect(only({ ...books, stopGraceMs: 500 }).spec.entrypoint?.[4]).toBe("1");
  });

  test("keeps its own entrypoint before its command", () => {
    const { command } = only({ ...books, entrypoint: ["/devenv/init/busybox", "env"] }).spec;
    expect(command).toEqual(["/devenv/init/busybox", "env", "/devenv/bin/books", "-v"]);
  });
});

test.each<[string, Partial<Service>]>([
  ["nothing is built", { build: undefined }],
  ["it is swapped by a signal", { swapRestart: { kind: "signal", signal: "SIGHUP" } }],
  ["it has no command to supervise", { command: undefined }],
])("a service is not supervised where %s", (_, changes) => {
  const { spec } = only(goService("books", changes));
  expect(spec.entrypoint).toBeUndefined();
});

describe("the config hash", () => {
  const books = goService("books", { environment: { A: "1", B: "2" }, ports: [port(8081)] });

  test("is the same however the keys were ordered", () => {
    expect(hashOf({ ...books, environment: { B: "2", A: "1" } })).toBe(hashOf(books));
  });

  test.each<[string, Partial<Service>]>([
    ["a variable", { environment: { A: "1", B: "3" } }],
    ["a port", { ports: [port(8082)] }],
    ["a label", { labels: { team: "books" } }],
    ["the user", { user: "65534" }],
    ["the grace", { stopGraceMs: 2000 }],
    ["the restart policy", { restart: { kind: "on-failure", maxRetries: 3 } }],
  ])("changes with %s", (_, changes) => {
    expect(hashOf({ ...books, ...changes })).not.toBe(hashOf(books));
  });

  test.each<[string, Partial<Service>]>([
    ["the probe", { ready: { kind: "tcp", port: 8080, withinMs: 1 } }],
    ["the dependencies", { dependsOn: [dependsOn("postgres")] }],
    ["the repository", { repo: "/elsewhere" }],
  ])("does not change with %s, which no container is made of", (_, changes) => {
    expect(hashOf({ ...books, ...changes })).toBe(hashOf(books));
  });

  test("does not change with the code, which is swapped in the running container", () => {
    const hash = (build: `ci:${string}`) =>
      desire(profile([books]), facts({ books: release("books", build) })).services[0]?.containers[0]?.spec.labels[
        LABEL.hash
      ];
    expect(hash("ci:124")).toBe(hash("ci:125"));
  });
});

test("every object carries the cluster's labels, and a profile's labels cannot take their place", () => {
  const posing = goService("books", { labels: { [LABEL.cluster]: "other", team: "books" } });
  const desired = desire(profile([posing]), facts());
  const labels = {
    [LABEL.cluster]: "books",
    [LABEL.workspace]: "/team",
    [LABEL.provider]: "docker",
    [LABEL.environment]: "local",
  };
  expect(desired.labels).toEqual(labels);
  expect(desired.services[0]?.containers[0]?.spec.labels).toMatchObject({
    ...labels,
    [LABEL.service]: "books",
    team: "books",
  });
});

test("names are those that Compose gives, and volumes are the cluster's own", () => {
  const books = goService("books", { volumes: [{ kind: "volume", source: "data", target: "/data", readOnly: false }] });
  const shop = { name: clusterName("shop"), volumes: [{ ...volume("data"), name: "shop_data" }] };
  const desired = desire(profile([books], shop), facts());
  expect(desired.networks.map(({ network }) => network.name)).toEqual(["shop_default"]);
  expect(desired.volumes.map(({ name }) => name)).toEqual(["shop_data"]);
  expect(desired.services[0]?.containers[0]?.name).toBe("shop-books-1");
  expect(desired.services[0]?.containers[0]?.spec.mounts).toEqual([
    { kind: "bind", source: "/state/clusters/books/mount", target: "/devenv", readOnly: true },
    { kind: "volume", source: "shop_data", target: "/data", readOnly: false },
  ]);
});

test("an image is the empty one, pulled, or built", () => {
  const web = service("web", { image: "books-web", imageBuild: imageBuild("/team/web") });
  const { services } = desire(profile([goService("books"), service("postgres"), web]), facts({}, { "books-web": "c" }));
  expect(services.map(({ image: { kind, name } }) => [kind, name])).toEqual([
    ["empty", "devenv/scratch:1"],
    ["pull", "postgres:15"],
    ["build", "books-web"],
  ]);
});

test("canonical text leaves the order of lists alone", () => {
  expect(canonical({ b: [2, 1], a: { d: 1, c: undefined } })).toBe('{"a":{"d":1},"b":[2,1]}');
});
