import { expect, test } from "vitest";
import {
  deliveryOn,
  expectLeadable,
  expectMountable,
  expectSameDelivery,
  expectSources,
} from "../../../src/flow/capabilities.ts";
import type { Endpoint } from "../../../src/model/endpoint.ts";
import { EXIT } from "../../../src/model/failure.ts";
import { serviceName } from "../../../src/model/names.ts";
import { profile as sampleProfile, service as sampleService } from "../plan/samples.ts";

const remote: Endpoint = {
  provider: "docker",
  address: { kind: "tcp", host: "build.example", port: 2376 },
  platform: { os: "linux", arch: "amd64" },
  mountsHostFolders: false,
  reachesContainers: false,
  sharesSockets: false,
  publishedOn: "build.example",
  version: "28.2.2",
};

const here: Endpoint = { ...remote, mountsHostFolders: true };

test.each([
  ["a daemon of this machine mounts", here, undefined, "mount"],
  ["one that sees other files is pushed to", remote, undefined, "push"],
  ["one of this machine is pushed to where the profile says so", here, "push", "push"],
] as const)("%s", (_, endpoint, wanted, delivery) => {
  expect(deliveryOn(endpoint, wanted)).toBe(delivery);
  expect(() => expectMountable(endpoint, wanted)).not.toThrow();
});

test("a profile that insists on the mount is refused by a daemon that sees other files, with what to write instead", () => {
  expect(() => expectMountable(remote, "mount")).toThrow(
    expect.objectContaining({
      message: "the Docker daemon at tcp://build.example:2376 cannot mount folders of this machine",
      hint: expect.stringContaining("`delivery: auto` or `push`"),
      exitCode: EXIT.environment,
    }),
  );
  expect(() => expectMountable(here, "mount")).not.toThrow();
});

test("host folders in a profile are refused by a daemon that sees other files, each by its service", () => {
  const page = { kind: "bind", source: "/home/you/page", target: "/usr/share/nginx/html", readOnly: true } as const;
  const data = { kind: "volume", source: "data", target: "/data", readOnly: false } as const;
  const web = sampleService("web", { volumes: [data, page] });
  expect(() => expectSources(remote, [web])).toThrow(
    expect.objectContaining({
      message:
        "web mounts /home/you/page as /usr/share/nginx/html, but the Docker daemon at tcp://build.example:2376 cannot mount folders of this machine",
      exitCode: EXIT.usage,
    }),
  );
  expect(() => expectSources(remote, [web, { ...web, name: serviceName("other") }])).toThrow(
    expect.objectContaining({ problems: [expect.anything(), expect.anything()] }),
  );
  expect(() => expectSources(here, [web])).not.toThrow();
  expect(() => expectSources(remote, [sampleService("db", { volumes: [data] })])).not.toThrow();
});

test("a virtual machine mounts what it shares, and its own; anything else is refused by name", () => {
  const machine = { cluster: "shop", folders: ["/home/you/shop"] };
  const vm: Endpoint = { ...here, provider: "vm", machine };
  const mounting = (...sources: string[]) =>
    sources.map((source, at) => {
      const bind = { kind: "bind", source, target: "/there", readOnly: false } as const;
      return sampleService(`web${at}`, { volumes: [bind] });
    });
  expect(() => expectSources(vm, mounting("/home/you/shop/page", "/var/run/docker.sock"))).not.toThrow();
  expect(() => expectSources(vm, mounting("/home/you/shopping"))).toThrow(
    expect.objectContaining({
      message:
        "web0 mounts /home/you/shopping as /there, but the virtual machine of shop does not share that with this machine",
      hint: expect.stringContaining("devenv vm suspend shop"),
      exitCode: EXIT.usage,
    }),
  );
  expect(() => expectSources(vm, mounting("/home/you", "/etc"))).toThrow(
    expect.objectContaining({
      problems: [{ message: expect.stringContaining("web0") }, { message: expect.stringContaining("web1") }],
      hint: expect.stringContaining("cannot be shared"),
    }),
  );
});

test("a profile whose delivery was edited while containers have the other is told to be brought up first", () => {
  const profile = sampleProfile([]);
  expect(() => expectSameDelivery(profile, {}, ["a helper"])).toThrow(/have what `delivery: push` brought/);
  expect(() => expectSameDelivery(profile, {}, [])).not.toThrow();
  expect(() => expectSameDelivery(profile, { volume: "books.devenv" }, ["a helper"])).not.toThrow();
});

test("a daemon whose containers cannot reach a socket of this machine leads nothing to it, and the way back is named", () => {
  expect(() => expectLeadable(remote, ["search"])).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(/^search: the modes host and remote need a Docker daemon on this machine/),
      hint: expect.stringContaining("devenv use --clear search"),
      exitCode: EXIT.environment,
    }),
  );
  expect(() => expectLeadable(remote, [])).not.toThrow();
  expect(() => expectLeadable({ ...remote, sharesSockets: true }, ["search"])).not.toThrow();
});
