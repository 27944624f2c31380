import { expect, test } from "vitest";
import { containerBody, graceSeconds } from "../../../src/docker/spec.ts";
import type { ContainerSpec } from "../../../src/model/container.ts";
import { serviceName } from "../../../src/model/names.ts";
import { on } from "../../harness/container-spec.ts";

const bare: ContainerSpec = {
  service: serviceName("books"),
  image: "devenv/scratch:1",
  entrypoint: undefined,
  command: undefined,
  environment: {},
  labels: {},
  user: undefined,
  workingDir: undefined,
  hostname: undefined,
  stopSignal: undefined,
  stopGraceMs: 10_000,
  mounts: [],
  tmpfs: {},
  ports: [],
  expose: [],
  network: on("library", "books"),
  restart: { kind: "no" },
  init: false,
  healthcheck: undefined,
  settings: {},
};

test("what a profile does not say is left to the image", () => {
  expect(containerBody(bare)).toEqual({
    Image: "devenv/scratch:1",
    StopTimeout: 10,
    Env: [],
    Labels: {},
    ExposedPorts: {},
    HostConfig: {
      NetworkMode: "library",
      PortBindings: {},
      Mounts: [],
      Tmpfs: {},
      RestartPolicy: { Name: "no" },
      Init: false,
    },
    NetworkingConfig: { EndpointsConfig: { library: { Aliases: ["books"] } } },
  });
});

test("all that a profile says is in the body", () => {
  const body = containerBody({
    ...bare,
    entrypoint: ["/init"],
    command: ["serve", "-v"],
    environment: { A: "1", B: "x=y" },
    labels: { team: "library" },
    user: "1000:1000",
    workingDir: "/srv",
    hostname: "books-1",
    stopSignal: "SIGQUIT",
    tmpfs: { "/tmp": "size=64m" },
    expose: [{ port: 9000, protocol: "tcp" }],
    restart: { kind: "on-failure", maxRetries: 3 },
    init: true,
  });
  expect(body).toMatchObject({
    Entrypoint: ["/init"],
    Cmd: ["serve", "-v"],
    Env: ["A=1", "B=x=y"],
    Labels: { team: "library" },
    User: "1000:1000",
    WorkingDir: "/srv",
    Hostname: "books-1",
    StopSignal: "SIGQUIT",
    ExposedPorts: { "9000/tcp": {} },
    HostConfig: {
      Tmpfs: { "/tmp": "size=64m" },
      Init: true,
      RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 },
    },
  });
});

test("a port is published on its address, several times if so wished, and on any port for 0", () => {
  const port = { hostAddress: "127.0.0.1", hostPort: 8081, containerPort: 8080, protocol: "tcp" } as const;
  const ports = [port, { ...port, hostAddress: "::1", hostPort: 0 }, { ...port, protocol: "udp" } as const];
  const { ExposedPorts, HostConfig } = containerBody({ ...bare, ports });
  expect(ExposedPorts).toEqual({ "8080/tcp": {}, "8080/udp": {} });
  expect(HostConfig?.PortBindings).toEqual({
    "8080/tcp": [
      { HostIp: "127.0.0.1", HostPort: "8081" },
      { HostIp: "::1", HostPort: "" },
    ],
    "8080/udp": [{ HostIp: "127.0.0.1", HostPort: "8081" }],
  });
});

test("folders and volumes are mounts, so that a missing folder is an error and not an empty folder of root's", () => {
  const mounts = [
    { kind: "bind", source: "/state/mount", target: "/devenv", readOnly: true },
    { kind: "volume", source: "library_data", target: "/data", readOnly: false },
  ] as const;
  expect(containerBody({ ...bare, mounts }).HostConfig?.Mounts).toEqual([
    { Type: "bind", Source: "/state/mount", Target: "/devenv", ReadOnly: true },
    { Type: "volume", Source: "library_data", Target: "/data", ReadOnly: false },
  ]);
});

test("a health check's times are nanoseconds, and 0 (the image's own) where the profile names none", () => {
  const healthcheck = { test: ["CMD", "true"], intervalMs: 1500, timeoutMs: undefined, startPeriodMs: 2, retries: 4 };
  expect(containerBody({ ...bare, healthcheck }).Healthcheck).toEqual({
    Test: ["CMD", "true"],
    Interval: 1_500_000_000,
    Timeout: 0,
    StartPeriod: 2_000_000,
    Retries: 4,
  });
});

test("a grace that is no whole number of seconds is rounded up", () => {
  expect([0, 1, 999, 1000, 1001].map(graceSeconds)).toEqual([0, 1, 1, 1, 2]);
});
