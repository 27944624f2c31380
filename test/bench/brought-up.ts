import { join } from "node:path";
import type { Daemon } from "../../src/docker/daemon.ts";
import { EMPTY_IMAGE } from "../../src/docker/empty-image.ts";
import { clusterName, serviceName } from "../../src/model/names.ts";
import { bridge, containerSpec, on } from "../harness/container-spec.ts";
import type { TestWorkspace } from "../harness/workspace.ts";
import { timed } from "./figure.ts";

/** Runs devenv. @throws with its words where it fails */
export async function succeed(workspace: Pick<TestWorkspace, "run">, ...args: string[]): Promise<void> {
  const finished = await workspace.run(...args);
  if (finished.code !== 0) throw new Error(finished.output);
}

/**
 * Milliseconds for the same programs out of the same mount, with nothing between us and the daemon's API: create and start
 * of all at once.
 */
export async function floor(daemon: Daemon, workspace: TestWorkspace, names: readonly string[]): Promise<number> {
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
