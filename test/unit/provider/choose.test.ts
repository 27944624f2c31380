import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clusterName } from "../../../src/model/names.ts";
import { chooseProvider, findEndpoints, findProvider } from "../../../src/provider/choose.ts";
import type { Surroundings } from "../../../src/provider/surroundings.ts";
import { INFO, serve, surroundingsIn } from "./surroundings.ts";

let folder: string;
const servers: Server[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dv-"));
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  rmSync(folder, { recursive: true, force: true });
});

const docker = () => join(folder, "docker.sock");
const engine = () => join(folder, "state/engine/docker.sock");
const answer = async (path: string, version: string) => {
  mkdirSync(dirname(path), { recursive: true });
  servers.push(await serve(path, { ...INFO, ServerVersion: version }));
};
/** Only this folder's sockets: the machine that runs the test may have a Docker of its own. */
const here = (environment: Record<string, string> = {}): Surroundings =>
  surroundingsIn(folder, { DOCKER_HOST: `unix://${docker()}`, ...environment });
type Choice = Parameters<typeof chooseProvider>[0];
/** Of a cluster that has nothing. */
const wish = (provider: Choice["provider"]): Choice => ({
  // No machine of it could ever start: its sockets' paths would be too long.
  ...{ provider, name: clusterName("shop".repeat(30)), workspace: folder, services: [] },
});
const choose = (provider: Choice["provider"], surroundings: Surroundings) => {
  const notes: string[] = [];
  return chooseProvider(wish(provider), surroundings, (note) => notes.push(note)).then(({ provider, version }) => ({
    provider,
    version,
    notes,
  }));
};

describe("auto", () => {
  it("takes the person's own Docker before our engine", async () => {
    await answer(docker(), "docker");
    await answer(engine(), "engine");
    expect(await choose("auto", here())).toEqual({ provider: "docker", version: "docker", notes: [] });
    expect(await findProvider(wish("auto"), here())).toMatchObject({ provider: "docker" });
  });

  it("takes our engine when it runs and no other Docker answers, and says what was silent", async () => {
    await answer(engine(), "engine");
    expect(await choose("auto", here())).toMatchObject({ provider: "engine", version: "engine" });
  });

  it("knows our engine again behind DOCKER_HOST", async () => {
    await answer(engine(), "engine");
    const endpoints = await findEndpoints(here({ DOCKER_HOST: `unix://${engine()}` }));
    expect(endpoints.map(({ provider }) => provider)).toEqual(["engine"]);
  });

  it("lists all that was tried, and what to do, when nothing can be had", async () => {
    const choice = choose("auto", { ...here(), machine: { ...here().machine, platform: "darwin" } });
    await expect(choice).rejects.toMatchObject({
      class: "environment",
      exitCode: 3,
      problems: expect.arrayContaining([
        { message: `DOCKER_HOST=unix://${docker()}: no such socket` },
        { message: "engine: devenv's own engine runs on Linux only" },
      ]),
      hint: expect.stringContaining("Docker Desktop"),
    });
  });

  it("goes on to the engine from a Docker that it cannot use, with the reason in the list", async () => {
    const surroundings = here({ DOCKER_HOST: "ssh://me@server" });
    await answer(engine(), "engine");
    expect(await choose("auto", surroundings)).toMatchObject({ provider: "engine" });
    servers.push(await serve(docker()));
    expect(await findEndpoints(surroundings)).toHaveLength(1);
  });

  it("is interrupted, and starts nothing, on Ctrl-C while it looks", async () => {
    const choice = chooseProvider(wish("auto"), here(), () => {}, AbortSignal.abort());
    await expect(choice).rejects.toMatchObject({ exitCode: 130 });
  });
});

describe("a named provider", () => {
  it("is the only one that is asked", async () => {
    await answer(docker(), "docker");
    await answer(engine(), "engine");
    expect(await choose("engine", here())).toMatchObject({ provider: "engine" });
    expect(await findProvider(wish("engine"), here())).toMatchObject({ version: "engine" });
    expect(await findProvider(wish("docker"), here())).toMatchObject({ version: "docker" });
  });

  it("is not replaced by another when it is silent", async () => {
    await answer(engine(), "engine");
    await expect(choose("docker", here())).rejects.toMatchObject({ class: "environment" });
    expect(await findProvider(wish("docker"), here())).toBeUndefined();
  });

  it("is told how to be had where its program is not installed", async () => {
    const hint = expect.stringContaining("k8s.io/minikube/cmd/minikube@v");
    await expect(choose("minikube", here())).rejects.toMatchObject({ class: "environment", hint });
    expect(await findProvider(wish("minikube"), here())).toBeUndefined();
  });
});

it("is the user's mistake when ssh has no host", async () => {
  await expect(choose("ssh", here())).rejects.toMatchObject({ class: "user", hint: expect.stringContaining("ssh:") });
});

it("finds every daemon that answers, in the order of auto", async () => {
  expect(await findEndpoints(here())).toEqual([]);
  await answer(engine(), "engine");
  await answer(docker(), "docker");
  expect((await findEndpoints(here())).map(({ provider }) => provider)).toEqual(["docker", "engine"]);
});
