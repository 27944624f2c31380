import { describe, expect, it } from "vitest";
import type { Address } from "../../../src/model/endpoint.ts";
import { endpointOf } from "../../../src/provider/endpoint.ts";
import type { Answer } from "../../../src/provider/inquiry.ts";
import type { Machine } from "../../../src/provider/surroundings.ts";
import { surroundingsIn } from "./surroundings.ts";

const SOCKET = { kind: "unix", path: "/var/run/docker.sock" } as const;
const HERE: Answer = {
  version: "28.1.1",
  os: "linux",
  machine: "x86_64",
  kernel: "6.1.0",
  hostname: "laptop",
  operatingSystem: "Debian GNU/Linux 12 (bookworm)",
  rootless: false,
  dataRoot: "/",
  storageDriver: "overlay2",
  systemTime: "",
};
const DESKTOP = { kernel: "6.10.14-linuxkit", hostname: "docker-desktop", operatingSystem: "Docker Desktop" };

const endpoint = (answer: Partial<Answer>, address: Address = SOCKET, machine: Partial<Machine> = {}) => {
  const surroundings = surroundingsIn("/home/me");
  return endpointOf(
    "docker",
    address,
    { ...HERE, ...answer },
    {
      ...surroundings,
      machine: { ...surroundings.machine, ...machine },
    },
  );
};

describe("what a daemon can do for this machine", () => {
  it.each<[string, Partial<Answer>, boolean, boolean, boolean]>([
    ["on this machine", {}, true, true, true],
    ["without root, in a network of its own", { rootless: true }, true, false, true],
    ["with another kernel, behind a forwarded socket", { kernel: "5.4.0" }, false, false, false],
    ["with another name, seen from inside a container", { hostname: "host" }, false, false, false],
    ["whose data folder is not here", { dataRoot: "/no/such/folder" }, false, false, false],
    ["of Docker Desktop", DESKTOP, true, false, false],
    ["of colima", { kernel: "6.8.0", hostname: "colima" }, true, false, false],
    ["of OrbStack", { kernel: "6.12.0-orbstack", hostname: "orbstack" }, true, false, false],
    ["of Rancher Desktop", { kernel: "6.6.0", hostname: "lima-rancher-desktop" }, true, false, false],
  ])("%s", (_, answer, mountsHostFolders, reachesContainers, sharesSockets) => {
    expect(endpoint(answer)).toMatchObject({ mountsHostFolders, reachesContainers, sharesSockets });
  });

  it("is not to mount folders outside of the home folder, when it is a VM", () => {
    expect(endpoint(DESKTOP, SOCKET, { home: "/home/you" }).mountsHostFolders).toBe(false);
  });

  it("is to mount nothing from here, when it is a VM of another machine", () => {
    expect(endpoint(DESKTOP, { kind: "tcp", host: "10.0.0.1", port: 2375 }).mountsHostFolders).toBe(false);
  });

  it("is never reached in its containers from macOS", () => {
    expect(endpoint({}, SOCKET, { platform: "darwin" })).toMatchObject({ reachesContainers: false });
  });
});

it.each([
  ["x86_64", "amd64"],
  ["aarch64", "arm64"],
  ["armv7l", "arm"],
  ["riscv64", "riscv64"],
])("names the processor %s as Go does: %s", (machine, arch) => {
  expect(endpoint({ machine }).platform).toEqual({ os: "linux", arch });
});

it.each<[Address, string]>([
  [SOCKET, "127.0.0.1"],
  [{ kind: "tcp", host: "localhost", port: 2375 }, "127.0.0.1"],
  [{ kind: "tcp", host: "10.0.0.1", port: 2375 }, "10.0.0.1"],
  [{ kind: "tcp", host: "[fd00::1]", port: 2375 }, "fd00::1"],
])("publishes the ports of %j at %s", (address, at) => {
  expect(endpoint({}, address).publishedOn).toBe(at);
});
