import { hostname } from "node:os";
import { describe, expect, it } from "vitest";
import { dockerHost } from "../../src/model/endpoint.ts";
import { clusterName } from "../../src/model/names.ts";
import { chooseProvider, findEndpoints, findProvider } from "../../src/provider/choose.ts";
import { dockerEnv, dockerVariables } from "../../src/provider/docker-env.ts";
import { systemSurroundings } from "../../src/provider/surroundings.ts";
import { testDaemon } from "../harness/docker.ts";

const { daemon, endpoint } = await testDaemon();
/** No HOME of anybody: what their Docker is set to is not what is tested. */
const surroundings = systemSurroundings({
  PATH: process.env.PATH,
  HOME: "/nonexistent",
  DOCKER_HOST: dockerHost(endpoint.address),
});
/** Of a cluster that has nothing. */
const wish = (provider: "docker" | "auto") => ({
  ...{ provider, name: clusterName("shop"), workspace: "/nonexistent", services: [] },
});

describe("provider docker", () => {
  it("says of a real daemon what the daemon says of itself", async () => {
    const { version, platform } = await daemon.info();
    expect(await findProvider(wish("docker"), surroundings)).toEqual({
      provider: "docker",
      address: endpoint.address,
      platform,
      version,
      mountsHostFolders: true,
      reachesContainers: true,
      sharesSockets: true,
      publishedOn: "127.0.0.1",
    });
  });

  it("is what auto takes, and status finds", async () => {
    const chosen = await chooseProvider(wish("auto"), surroundings, (note) => expect(note).toBe("nothing is started"));
    expect(await findEndpoints(surroundings)).toEqual([chosen]);
  });

  it("promises no host folders of a daemon that is seen from a machine of another name", async () => {
    const elsewhere = { ...surroundings, machine: { ...surroundings.machine, hostname: `not-${hostname()}` } };
    expect(await findProvider(wish("docker"), elsewhere)).toMatchObject({
      mountsHostFolders: false,
      reachesContainers: false,
    });
  });

  it("comes back to the same daemon through what docker-env prints", async () => {
    const first = await chooseProvider(wish("docker"), surroundings, () => {});
    const { DOCKER_HOST } = dockerVariables(first);
    expect(dockerEnv(first, "bash", { unset: false })).toContain(`export DOCKER_HOST='${DOCKER_HOST}';`);
    const environment = { ...surroundings.environment, DOCKER_HOST: DOCKER_HOST ?? undefined };
    expect(await findProvider(wish("docker"), { ...surroundings, environment })).toEqual(first);
  });
});
