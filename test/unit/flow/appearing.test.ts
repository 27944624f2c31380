import { expect, test } from "vitest";
import { unforwardedNotes, withAppearing } from "../../../src/flow/appearing.ts";
import type { Endpoint } from "../../../src/model/endpoint.ts";
import type { PortBinding } from "../../../src/model/profile.ts";
import { service } from "../plan/samples.ts";

const behindSsh: Endpoint = {
  provider: "ssh",
  address: { kind: "unix", path: "/run/user/1000/devenv/d.sock" },
  platform: { os: "linux", arch: "amd64" },
  mountsHostFolders: false,
  reachesContainers: false,
  sharesSockets: false,
  publishedOn: "127.0.0.1",
  publishedByForward: true,
  version: "28.2.2",
};
const here: Endpoint = { ...behindSsh, provider: "docker", publishedByForward: false };

const port = (containerPort: number, protocol: PortBinding["protocol"], hostPort = containerPort): PortBinding => ({
  ...{ hostAddress: "10.1.2.3", hostPort, containerPort, protocol },
});
const dns = service("dns", { ports: [port(8053, "tcp"), port(53, "udp", 5353), port(9000, "sctp", 0)] });

test("what ssh does not forward is told by its service, its port and its protocol", () => {
  expect(unforwardedNotes(behindSsh, [service("web", { ports: [port(80, "tcp")] }), dns])).toEqual([
    "dns: port 5353/udp does not appear on this machine: only TCP is forwarded from ssh",
    "dns: port 9000/sctp does not appear on this machine: only TCP is forwarded from ssh",
  ]);
  expect(unforwardedNotes(here, [dns])).toEqual([]);
});

test("a forwarded port appears on loopback, whatever address it has over there", () => {
  expect(withAppearing(behindSsh, dns).ports[0]?.hostAddress).toBe("127.0.0.1");
  expect(withAppearing(here, dns).ports[0]?.hostAddress).toBe("10.1.2.3");
});
