import { describe, expect, test } from "vitest";
import { LABEL } from "../../../src/model/container.ts";
import { type ModeChoices, modeText, targetOf } from "../../../src/model/mode.ts";
import { serviceName } from "../../../src/model/names.ts";
import type { ModeChoice, Profile, Service } from "../../../src/model/profile.ts";
import { desire } from "../../../src/plan/desired.ts";
import { routesOf, withModes } from "../../../src/plan/forwarder.ts";
import { modeProblems, offNotes } from "../../../src/plan/mode-checks.ts";
import { dependsOn, facts, goService, imageBuild, port, profile, service } from "./samples.ts";

const RUNTIME = { program: "/usr/bin/node", libraries: ["/lib/libc.so.6"] };

const choices = (modes: Record<string, ModeChoice>): ModeChoices =>
  new Map(Object.entries(modes).map(([name, mode]) => [serviceName(name), mode]));

const HOST: ModeChoice = { kind: "host", port: 9090 };
const OFF: ModeChoice = { kind: "off" };

const led = (of: Profile, modes: Record<string, ModeChoice>) => withModes(of, choices(modes), RUNTIME);
const named = ({ services }: Profile, name: string): Service =>
  services.find((one) => one.name === name) ?? expect.unreachable(`${name} is not there`);
const hashOf = (of: Profile, name: string) =>
  desire(of, facts()).services.find((one) => one.service.name === name)?.containers[0]?.spec.labels[LABEL.hash];

describe("a forwarder", () => {
  const search = goService("search", {
    ports: [port(8081)],
    labels: { team: "search" },
    environment: { DATABASE: "x" },
    dependsOn: [dependsOn("db", "service_healthy")],
    stopGraceMs: 3000,
  });
  const books = profile([
    search,
    service("db"),
    goService("gateway", { dependsOn: [dependsOn("search", "service_healthy")] }),
  ]);

  test("has the place of its service and nothing of its program", () => {
    const { ports, labels, attachments, stopGraceMs, ...forwarder } = named(led(books, { search: HOST }), "search");
    expect({ ports, labels, attachments, stopGraceMs }).toEqual({
      ports: search.ports,
      labels: { team: "search", [LABEL.forwarder]: "true" },
      attachments: search.attachments,
      stopGraceMs: 3000,
    });
    expect(forwarder).toMatchObject({
      image: "scratch",
      entrypoint: ["/bin/node", "/devenv/init/forward.mjs"],
      command: ["search", "8080"],
      environment: {},
      dependsOn: [],
      build: undefined,
      ready: undefined,
    });
    expect(forwarder.volumes.map(({ target }) => target)).toEqual(["/bin/node", "/lib/libc.so.6"]);
  });

  test("is the same container wherever it leads", () => {
    const one = led(books, { search: HOST });
    const other = led(books, { search: { kind: "remote", url: "https://example.org" } });
    expect(hashOf(one, "search")).toBe(hashOf(other, "search"));
  });

  test("leaves every other container what it was, and has nobody wait for what it leads to", () => {
    const one = led(books, { search: HOST });
    for (const name of ["db", "gateway"]) expect(hashOf(one, name)).toBe(hashOf(books, name));
    expect(named(one, "gateway").dependsOn).toEqual([dependsOn("search", "service_started")]);
  });

  test("takes the image's build along to those that share the image", () => {
    const built = service("api", { image: "team/api", imageBuild: imageBuild("/team/api") });
    const worker = service("worker", { image: "team/api", expose: [{ port: 80, protocol: "tcp" }] });
    expect(named(led(profile([built, worker]), { api: OFF }), "worker").imageBuild).toEqual(built.imageBuild);
  });
});

test("what is off is gone, is no orphan, and is waited for by nobody", () => {
  const books = profile([goService("search"), goService("gateway", { dependsOn: [dependsOn("search")] })]);
  const without = led(books, { search: OFF });
  expect(without.services.map(({ name }) => name)).toEqual(["gateway"]);
  expect(without.disabled).toEqual(["search"]);
  expect(named(without, "gateway").dependsOn).toEqual([]);
  expect(hashOf(without, "gateway")).toBe(hashOf(books, "gateway"));
});

test("a choice goes before the profile's mode, which goes before none", () => {
  const books = profile([goService("search", { mode: { kind: "local" } }), goService("books")]);
  expect(led(books, {}).services.map(({ mode }) => mode?.kind)).toEqual(["local", undefined]);
  expect(led(books, { search: { kind: "ci" } }).services[0]?.mode?.kind).toBe("ci");
});

describe("the routes", () => {
  const several = goService("search", { ports: [port(0, 9000)], expose: [{ port: 9100, protocol: "tcp" }] });
  const route = (mode: ModeChoice) =>
    routesOf(profile([several]), choices({ search: mode })).map(({ port: from, target }) => [from, target]);

  test("lead the probed port to the one that was named, and further ones to the same number there", () => {
    expect(route(HOST)).toEqual([
      [8080, { kind: "tcp", host: "127.0.0.1", port: 9090 }],
      [9000, { kind: "tcp", host: "127.0.0.1", port: 9000 }],
      [9100, { kind: "tcp", host: "127.0.0.1", port: 9100 }],
    ]);
  });

  test.each<[string, object]>([
    ["https://example.org/v1", { kind: "http", url: "https://example.org/v1" }],
    ["tcp://db.example.org:5432", { kind: "tcp", host: "db.example.org", port: 5432 }],
    ["tls://[2001:db8::1]:443", { kind: "tls", host: "2001:db8::1", port: 443 }],
  ])("lead to %s", (url, target) => {
    expect(route({ kind: "remote", url })[0]).toEqual([8080, target]);
    expect(route({ kind: "remote", url })[1]).toEqual([9000, expect.objectContaining({ kind: "tcp", port: 9000 })]);
  });
});

describe("a mode that cannot be", () => {
  const image = service("db", { expose: [{ port: 5432, protocol: "tcp" }] });
  const udp = service("dns", { expose: [{ port: 53, protocol: "udp" }] });
  const silent = service("job");
  const sharer = service("sidecar", { attachments: { kind: "service", service: serviceName("db") } });
  const inPid = service("debugger", { settings: { pid: "service:db" } });
  const onHost = service("net", { attachments: { kind: "host" }, expose: [{ port: 1, protocol: "tcp" }] });
  const homeless = goService("web", { repo: undefined });

  test.each<[string, readonly Service[], Record<string, ModeChoice>, string]>([
    [
      "CI's build of an image's own program",
      [image],
      { db: { kind: "ci" } },
      "db cannot be in mode ci: it runs its image's own program",
    ],
    [
      "a build without a work tree",
      [homeless],
      { web: { kind: "local" } },
      "web cannot be in mode local: the profile does not say where its code is",
    ],
    ["UDP", [udp], { dns: HOST }, "dns cannot be in mode host: it has UDP ports, and only TCP can be led elsewhere"],
    [
      "no port",
      [silent],
      { job: HOST },
      "job cannot be in mode host: the profile does not say at which port the others reach it",
    ],
    [
      "the host's network",
      [onHost],
      { net: HOST },
      "net cannot be in mode host: with its network_mode it has no name for the others",
    ],
    [
      "what others are in",
      [image, sharer],
      { db: HOST },
      "db cannot be in mode host: sidecar shares its container's network, processes or volumes",
    ],
    [
      "what others debug",
      [image, inPid],
      { db: OFF },
      "db cannot be off: debugger shares its container's network, processes or volumes",
    ],
  ])("%s", (_, services, modes, message) => {
    const [problem, ...others] = modeProblems(profile(services), choices(modes));
    expect(problem?.message).toBe(message);
    expect(problem?.hint).toContain("`devenv use --clear");
    expect(others).toEqual([]);
  });

  test("is told of the profile's own, too, where nothing can be cleared", () => {
    const [problem] = modeProblems(profile([{ ...silent, mode: HOST }]), choices({}));
    expect(problem?.message).toContain("job cannot be in mode host");
    expect(problem?.hint).not.toContain("--clear");
  });

  test("stands in nobody's way when another one is chosen", () => {
    expect(modeProblems(profile([{ ...silent, mode: HOST }]), choices({ job: OFF }))).toEqual([]);
  });
});

test("who depends on what is off is named, without those that are off themselves", () => {
  const on = (name: string) => goService(name, { dependsOn: [dependsOn("search")] });
  const books = profile([goService("search"), on("a"), on("b"), on("c"), on("d")]);
  expect(offNotes(books, choices({ search: OFF, d: OFF }))).toEqual(["a, b and c depend on search, which is off"]);
  expect(offNotes(books, choices({ a: OFF }))).toEqual([]);
});

test("a mode as text shows no password", () => {
  const remote: ModeChoice = { kind: "remote", url: "https://ada:s@fe@example.org/v1?a@b" };
  expect(modeText(remote)).toBe("remote:https://…@example.org/v1?a@b");
  expect([HOST, OFF].map((mode) => [modeText(mode), targetOf(mode)])).toEqual([
    ["host:9090", "host:9090"],
    ["off", undefined],
  ]);
});
