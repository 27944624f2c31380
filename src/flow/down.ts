import { askRelay, endRelay } from "../delivery/relay/control.ts";
import { withLock } from "../host/lock.ts";
import type { Endpoint } from "../model/endpoint.ts";
import type { Plan } from "../model/operation.ts";
import type { Profile } from "../model/profile.ts";
import { planDown } from "../plan/plan-down.ts";
import { type ModeWishes, withModeSteps } from "../plan/plan-modes.ts";
import { releaseIfUnused } from "../provider/endpoint-link.ts";
import { apply } from "./apply.ts";
import { type Cluster, clusterLock, findCluster } from "./cluster.ts";
import { unpointDocker } from "./docker-context.ts";
import type { Machine } from "./machine.ts";
import { writeModes } from "./modes.ts";
import { refuseOtherWorkspace } from "./other-workspace.ts";
import { performer } from "./perform.ts";
import { tellHolder } from "./up.ts";

export interface DownOptions {
  /** `reset`: the volumes too, and what was delivered here, so that the next `up` starts from CI's builds. */
  readonly reset: boolean;
  readonly dryRun: boolean;
  readonly note: (note: string) => void;
}

const NOTHING_LED: ModeWishes = { routes: [], authorities: undefined, off: [] };

/** `devenv down` and `devenv reset`: ends and removes what carries the cluster's label, and nothing else. */
export async function down(profile: Profile, options: DownOptions, machine: Machine): Promise<Plan> {
  const cluster = await findCluster(profile, machine);
  const { bus, clock, signal } = machine;
  try {
    const command = `devenv ${options.reset ? "reset" : "down"} ${profile.name}`;
    const lock = { wait: true, command, onWaiting: tellHolder(options.note), signal };
    return await withLock(clusterLock(cluster), lock, async () => {
      const graces = new Map(profile.services.map((service) => [service.name, service.stopGraceMs]));
      const observed = await cluster.daemon.observe(profile.name);
      await refuseOtherWorkspace(profile, observed.containers);
      const ends = planDown(observed, {
        volumes: options.reset,
        graceMs: ({ service }) => graces.get(service) ?? 10_000,
      });
      const relay = await askRelay(cluster.folder);
      const plan = withModeSteps(ends, NOTHING_LED, { ...observed, relay });
      bus.dispatch({ type: "planned", at: clock.now(), cluster: profile.name, steps: plan.steps });
      if (options.dryRun) return plan;
      await apply(plan, performer(profile, cluster, { lead: () => endRelay(cluster.folder) }, machine), machine);
      if (options.reset) await clear(cluster);
      for (const text of await unpointDocker(cluster, machine)) options.note(text);
      await releaseIfUnused(cluster.endpoint);
      tellMachine(cluster.endpoint, options.note);
      return plan;
    });
  } finally {
    cluster.daemon.close();
  }
}

/** A virtual machine outlives what ran in it: the next `up` finds it warm, and its memory is taken until then. */
function tellMachine({ machine }: Endpoint, note: DownOptions["note"]): void {
  if (machine === undefined) return;
  note(
    `the virtual machine of ${machine.cluster} runs on: \`devenv vm stop ${machine.cluster}\`, or suspend, ends that`,
  );
}

/** What was delivered here, and the modes that were chosen. */
async function clear({ mount, folder }: Cluster): Promise<void> {
  await mount.clear();
  await writeModes(folder, new Map());
}
