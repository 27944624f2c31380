import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import { type RunningDevenv, startWatch } from "../harness/devenv.ts";
import { clusterWith, commitVersion, type TestCluster } from "./save-loop-cluster.ts";

let cluster: TestCluster;
let devenv: RunningDevenv;

beforeAll(async () => {
  const ready = "      ready: { http: /healthz, port: 8080, within: 5s }\n      settle: 100ms";
  cluster = await clusterWith(
    { socket: inject("dockerSocket"), extension: "  delivery: push\n" },
    { name: "books", devenv: ready },
    { name: "reviews", devenv: ready, yaml: "    scale: 2" },
  );
  devenv = await startWatch(cluster);
});
afterAll(async () => {
  await devenv?.interrupt();
  await cluster?.remove();
});

const docker = async (...args: string[]): Promise<string> => {
  const { stdout, output, code } = await systemProcesses.run("docker", args, { env: cluster.env });
  if (code !== 0) throw new Error(output);
  return stdout.trim();
};
const helper = () => `${cluster.cluster}.devenv`;

test("the first fill: containers run CI's code out of a volume that they cannot write", async () => {
  expect(await cluster.answer("books")).toBe("ci");
  const mounts = await docker("inspect", "-f", "{{json .Mounts}}", `${cluster.cluster}-books-1`);
  expect(JSON.parse(mounts)).toEqual([
    expect.objectContaining({ Type: "volume", Name: helper(), Destination: "/devenv", RW: false }),
  ]);
  const { services } = JSON.parse((await cluster.run("status", "--json")).stdout) as { services: { name: string }[] };
  expect(services.map(({ name }) => name)).toEqual(["books", "reviews"]);
});

test("a save is swapped in, in the running container", async () => {
  const before = await cluster.container("books");
  const committed = await commitVersion(cluster, devenv, "books", "pushed");
  expect(await cluster.answer("books")).toBe("pushed");
  expect(await cluster.container("books")).toEqual(before);
  expect(await cluster.status("books")).toMatchObject({ state: "ready", mode: "local", build: committed.build });
});
