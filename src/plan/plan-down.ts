import type { ObservedContainer } from "../model/container.ts";
import type { ObservedNetwork } from "../model/network.ts";
import type { Action, Plan, Step } from "../model/operation.ts";
import type { ObservedVolume } from "../model/volume.ts";
import { isLive, remove, stop } from "./found.ts";

export interface DownOptions {
  /** `reset`: the volumes, too. */
  readonly volumes: boolean;
  /** Grace of a stop in milliseconds, by container name; 10 s where unknown, as Docker's own. */
  readonly graceMs: (container: ObservedContainer) => number;
}

/** Everything of one cluster that is on the daemon: found by its label, so nothing else can be in it. */
export interface ClusterObjects {
  readonly containers: readonly ObservedContainer[];
  readonly networks: readonly ObservedNetwork[];
  readonly volumes: readonly ObservedVolume[];
  /** What works for devenv itself: it has nothing to end in peace. */
  readonly helpers?: readonly ObservedContainer[] | undefined;
}

/** Ends and removes a cluster's containers all at once, then its networks and, for a reset, its volumes. */
export function planDown(objects: ClusterObjects, options: DownOptions): Plan {
  const cause = options.volumes ? "reset" : "down";
  const containers = objects.containers.map((container): Step => {
    const { name } = container;
    const halt: Action[] = isLive(container) ? [{ do: stop(name, options.graceMs(container)) }] : [];
    return {
      id: `remove:${name}`,
      service: container.service,
      title: `remove ${name}`,
      cause,
      after: [],
      actions: [...halt, { do: remove(name) }],
    };
  });
  const helpers = (objects.helpers ?? []).map(({ name }): Step => {
    return { id: `remove:${name}`, title: `remove ${name}`, cause, after: [], actions: [{ do: remove(name) }] };
  });
  const after = [...containers, ...helpers].map((step) => step.id);
  const networks = objects.networks.map(
    ({ name }): Step => ({
      id: `network:${name}`,
      title: `remove network ${name}`,
      cause,
      after,
      actions: [{ do: { kind: "removeNetwork", name } }],
    }),
  );
  const volumes = (options.volumes ? objects.volumes : []).map(
    ({ name }): Step => ({
      id: `volume:${name}`,
      title: `remove volume ${name}`,
      cause,
      after,
      actions: [{ do: { kind: "removeVolume", name } }],
    }),
  );
  return { steps: [...containers, ...helpers, ...networks, ...volumes] };
}
