import { expect, test } from "vitest";
import { expectLeadable, expectMountable } from "../../../src/flow/capabilities.ts";
import type { Endpoint } from "../../../src/model/endpoint.ts";
import { EXIT } from "../../../src/model/failure.ts";

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

test("a daemon that sees other files is refused, with its address and what to use instead", () => {
  expect(() => expectMountable(remote)).toThrow(
    expect.objectContaining({
      message: "the Docker daemon at tcp://build.example:2376 cannot mount folders of this machine",
      hint: expect.stringContaining("provider: engine"),
      exitCode: EXIT.environment,
    }),
  );
});

test("a daemon of this machine is not", () => {
  expect(() => expectMountable({ ...remote, mountsHostFolders: true })).not.toThrow();
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
