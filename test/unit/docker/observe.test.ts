import type { ContainerInfo } from "dockerode";
import { expect, test } from "vitest";
import { containerEvent } from "../../../src/docker/events.ts";
import { healthIn, observed } from "../../../src/docker/observe.ts";
import { layerProgress } from "../../../src/docker/pull-progress.ts";

test("health is read from the daemon's words", () => {
  expect(healthIn("Up 3 minutes (healthy)")).toBe("healthy");
  expect(healthIn("Up 3 minutes (unhealthy)")).toBe("unhealthy");
  expect(healthIn("Up 2 seconds (health: starting)")).toBe("starting");
  expect(healthIn("Up 3 minutes")).toBe("none");
  expect(healthIn("Exited (0) 2 minutes ago")).toBe("none");
});

test("an entry of the daemon's list becomes typed values, once", () => {
  const info = {
    Id: "ab".repeat(32),
    Names: ["/library-books"],
    Image: "devenv/scratch:1",
    ImageID: "sha256:1",
    State: "running",
    Status: "Up 2 minutes (healthy)",
    Labels: { "dev.devenv.cluster": "library", "dev.devenv.service": "books", "dev.devenv.hash": "f00" },
    HostConfig: { NetworkMode: "library" },
    NetworkSettings: { Networks: { library: { NetworkID: "n1", IPAddress: "172.20.0.3" } } },
    Ports: [
      { IP: "0.0.0.0", PrivatePort: 8080, PublicPort: 8081, Type: "tcp" },
      { IP: "::", PrivatePort: 8080, PublicPort: 8081, Type: "tcp" },
      { IP: "::", PrivatePort: 53, PublicPort: 5353, Type: "udp" },
      { PrivatePort: 9000, Type: "tcp" },
    ],
  };
  expect(observed(info as unknown as ContainerInfo)).toEqual({
    id: "ab".repeat(32),
    name: "library-books",
    number: 1,
    networks: { library: "n1" },
    networkOf: undefined,
    service: "books",
    hash: "f00",
    provider: "",
    environment: "",
    workspace: "",
    image: "devenv/scratch:1",
    imageId: "sha256:1",
    state: "running",
    health: "healthy",
    statusText: "Up 2 minutes (healthy)",
    address: "172.20.0.3",
    ports: [
      { hostAddress: "0.0.0.0", hostPort: 8081, containerPort: 8080, protocol: "tcp" },
      { hostAddress: "::", hostPort: 5353, containerPort: 53, protocol: "udp" },
    ],
  });
});

test("an event has our words and milliseconds", () => {
  const Actor = { ID: "ab", Attributes: { name: "t-books-1", "dev.devenv.service": "books", exitCode: "137" } };
  expect(containerEvent({ Action: "die", Actor, timeNano: 1_795_182_251_509_494_000 })).toEqual({
    action: "die",
    container: "ab",
    service: "books",
    name: "t-books-1",
    exitCode: 137,
    atMs: 1795182251509,
  });
  const renamed = { ID: "ab", Attributes: { name: "other", oldName: "/t-books-1" } };
  expect(containerEvent({ Action: "rename", Actor: renamed, timeNano: 0 })).toMatchObject({
    name: "other",
    oldName: "t-books-1",
  });
  const health = { Action: "health_status: healthy", Actor: { ID: "ab", Attributes: {} }, timeNano: 0 };
  expect(containerEvent(health)).toMatchObject({ action: "health_status", service: "", exitCode: undefined });
});

test("the layers' downloads are summed up", () => {
  const told: object[] = [];
  const line = layerProgress((progress) => told.push(progress));
  line({ status: "Pulling from library/debian", id: "bookworm" });
  line({ status: "Downloading", id: "a", progressDetail: { current: 10, total: 100 } });
  line({ status: "Downloading", id: "b", progressDetail: { current: 5, total: 50 } });
  line({ status: "Downloading", id: "a", progressDetail: { current: 100, total: 100 } });
  line({ status: "Pull complete", id: "a" });
  expect(told).toEqual([
    { note: "Pulling from library/debian" },
    { note: "bytes", done: 10, total: 100 },
    { note: "bytes", done: 15, total: 150 },
    { note: "bytes", done: 105, total: 150 },
    { note: "a: Pull complete" },
  ]);
});
