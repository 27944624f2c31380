import { join } from "node:path";
import { connect } from "../../src/docker/connect.ts";
import type { Daemon } from "../../src/docker/daemon.ts";
import { EMPTY_IMAGE } from "../../src/docker/empty-image.ts";
import { clusterName, serviceName } from "../../src/model/names.ts";
import { bridge, containerSpec, on } from "../harness/container-spec.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";
import { type Bench, median, timed } from "./figure.ts";

const SERVICES = 15;
const ROUNDS = 5;
const IDLE_ROUNDS = 9;

/** Bringing fifteen services up, against the daemon's own time for fifteen containers; the two take turns. */
export const up: Bench = {
  names: ["up-vs-floor", "up-nothing-to-do"],
  async measure(dockerHost, progress) {
    const names = Array.from({ length: SERVICES }, (_, index) => `service${index + 1}`);
    const workspace = await makeWorkspace(
      names.map((name) => ({ name })),
      dockerHost,
    );
    const daemon = connect({ kind: "unix", path: dockerHost.slice("unix://".length) });
    try {
      await succeed(workspace, "up"); // images, store and mount are cached from here on
      await succeed(workspace, "down");
      const ups: number[] = [];
      const floors: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        progress(`${round + 1} of ${ROUNDS}`);
        ups.push(await timed(() => succeed(workspace, "up")));
        await succeed(workspace, "down");
        floors.push(await floor(daemon, workspace, names));
      }
      await succeed(workspace, "up");
      const idle: number[] = [];
      for (let round = 0; round < IDLE_ROUNDS; round++) idle.push(await timed(() => succeed(workspace, "up")));
      return [
        {
          name: "up-vs-floor",
          value: median(ups) / median(floors),
          unit: "x",
          target: 1.4,
          how: `devenv up of ${SERVICES} Go services, network and readiness included (${Math.round(median(ups))} ms), against create + start of the same in parallel (${Math.round(median(floors))} ms); ${ROUNDS} rounds, interleaved`,
        },
        {
          name: "up-nothing-to-do",
          value: median(idle),
          unit: "ms",
          target: 350,
          how: `whole process, ${SERVICES} running services, p50 of ${IDLE_ROUNDS}`,
        },
      ];
    } finally {
      daemon.close();
      await workspace.remove();
    }
  },
};

async function succeed(workspace: TestWorkspace, ...args: string[]): Promise<void> {
  const finished = await workspace.run(...args);
  if (finished.code !== 0) throw new Error(finished.output);
}

/** The same programs out of the same mount, with nothing between us and the daemon's API. */
async function floor(daemon: Daemon, workspace: TestWorkspace, names: readonly string[]): Promise<number> {
  const cluster = clusterName(`${workspace.cluster}floor`);
  const network = `${cluster}_default`;
  const mount = join(workspace.env.XDG_STATE_HOME ?? "", "devenv/clusters", workspace.cluster, "mount");
  const specs = names.map((name) => ({
    ...containerSpec(cluster, { service: serviceName(name) }),
    image: EMPTY_IMAGE,
    command: [`/devenv/bin/${name}`],
    network: on(network, name),
    mounts: [{ kind: "bind", source: mount, target: "/devenv", readOnly: true } as const],
  }));
  await daemon.createNetwork(network, bridge(network), specs[0]?.labels ?? {});
  const ms = await timed(() =>
    Promise.all(
      specs.map(async (spec) => {
        const id = await daemon.create(`${cluster}-${spec.service}`, spec);
        await daemon.start(id);
      }),
    ),
  );
  const { containers } = await daemon.observe(cluster);
  await Promise.all(containers.map(({ id }) => daemon.remove(id)));
  await daemon.removeNetwork(network);
  return ms;
}
