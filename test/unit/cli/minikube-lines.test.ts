import { expect, test } from "vitest";
import { minikubeLines } from "../../../src/cli/minikube.ts";
import type { MinikubeStatus } from "../../../src/model/minikube.ts";

const SOCKET = "/home/ada/.local/state/devenv/ssh/3459c4785b3c/docker.sock";

const behindSsh: MinikubeStatus = {
  ...{ profile: "devenv-books", state: "running", driver: "ssh", host: "Running", version: "1.38.1" },
  ...{ ip: "192.168.64.7", docker: SOCKET, mounts: [], services: [] },
  push: "a machine behind ssh gets them only where the profile says `mount: true`",
};

const withKubernetes: MinikubeStatus = {
  ...{ profile: "devenv-books", state: "paused", driver: "kvm2", host: "Running", version: "1.38.1" },
  ...{ apiserver: "Paused", ip: "192.168.39.2", docker: SOCKET },
  mounts: [
    { path: "/home/ada/books", mounted: true, since: "2026-03-01T12:00:00Z", remounts: 0 },
    { path: "/srv", mounted: false, since: "2026-03-01T12:00:00Z", remounts: 1, problem: "it was killed" },
  ],
  services: ["http://192.168.39.2:30080"],
};

test("a machine that runs: how it is reached, what it has of this one, what it publishes", () => {
  expect(minikubeLines(withKubernetes, undefined).split("\n")).toEqual([
    "minikube's machine devenv-books runs, and what Kubernetes has in it is paused",
    "  driver      kvm2",
    "  address     192.168.39.2",
    `  docker      unix://${SOCKET}`,
    "  kubernetes  Paused",
    "  folder      /home/ada/books",
    "  folder      /srv (not mounted: it was killed)",
    "  service     http://192.168.39.2:30080",
    "  minikube    1.38.1",
  ]);
});

test("on a terminal that is too narrow lines go on at a word, below their words; an address stays in one piece", () => {
  expect(minikubeLines(behindSsh, 60).split("\n")).toEqual([
    "minikube's machine devenv-books runs",
    "  driver      ssh",
    "  address     192.168.64.7",
    `  docker      unix://${SOCKET}`,
    "  kubernetes  none",
    "  folders     none, files are sent (push): a machine behind",
    "              ssh gets them only where the profile says",
    "              `mount: true`",
    "  minikube    1.38.1",
  ]);
});

test.each([
  ["is not there; `devenv up` makes it", { state: "absent", driver: undefined }],
  ["does not answer: it is switched off, or has another address now", { state: "stopped", driver: "ssh" }],
  ["is stopped; `devenv up` starts it", { state: "stopped", driver: "kvm2" }],
  ["is in a state that minikube has no name for (Error)", { state: "broken", driver: "kvm2", host: "Error" }],
] as const)("a machine that does not run %s", (words, changes) => {
  const { profile, version } = behindSsh;
  const [first] = minikubeLines({ profile, version, mounts: [], services: [], ...changes }, undefined).split("\n");
  expect(first).toBe(`minikube's machine devenv-books ${words}`);
});
