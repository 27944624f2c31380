import { createHash } from "node:crypto";
import { askRelay } from "../delivery/relay/control.ts";
import { EMPTY_IMAGE } from "../docker/empty-image.ts";
import type { Release } from "../model/artifact.ts";
import type { ServiceName } from "../model/names.ts";
import type { Plan } from "../model/operation.ts";
import type { Profile } from "../model/profile.ts";
import { desire } from "../plan/desired.ts";
import { withModeSteps } from "../plan/plan-modes.ts";
import { planUp } from "../plan/plan-up.ts";
import { apply } from "./apply.ts";
import { expectLeadable } from "./capabilities.ts";
import type { Cluster } from "./cluster.ts";
import { prepareGround } from "./ground.ts";
import type { Machine } from "./machine.ts";
import { contextDigests, observe } from "./observe.ts";
import { refuseOtherWorkspace } from "./other-workspace.ts";
import { performer } from "./perform.ts";
import { checkPorts } from "./ports.ts";
import { lead } from "./relay.ts";
import { busyServices, type Choice, chooseReleases, latestOffers } from "./releases.ts";
import type { ProvidedContents } from "./secrets.ts";
import { findSetups, placeSetups, withFreshMark, withSetups } from "./setups.ts";
import type { Wanted } from "./wanted.ts";

export interface BringOptions {
  /** Make the plan and stop. */
  readonly dryRun: boolean;
  /** These services alone, whose swap locks the caller has; all others are left as they are. */
  readonly only?: ReadonlySet<ServiceName>;
  /** Services in mode local whose work tree is built now, also where an earlier build of it could run. */
  readonly rebuilt?: ReadonlySet<ServiceName>;
  /** What is provided to the services as files. */
  readonly contents: ProvidedContents;
  /** Called with words about what is done before there is a plan. */
  readonly note: (note: string) => void;
}

/**
 * Brings a cluster to what is wanted of it: desired + observed -> plan -> apply. To be called with the cluster's lock.
 * Gives the plan that was carried out; an empty one means that everything was as it is wanted.
 */
export async function bring(wanted: Wanted, cluster: Cluster, options: BringOptions, machine: Machine): Promise<Plan> {
  const { profile, wishes } = wanted;
  const { dryRun, only } = options;
  expectLeadable(cluster.endpoint, [...new Set(wishes.routes.map(({ service }) => service))]);
  if (!dryRun) await cluster.mount.prepare(cluster.endpoint.platform);
  const [observed, relay, offers, contexts] = await Promise.all([
    observe(profile, cluster),
    askRelay(cluster.folder),
    latestOffers(profile, machine),
    contextDigests(profile),
  ]);
  await refuseOtherWorkspace(profile, observed.containers);
  const running = ownCode(wanted, only);
  const setups = await findSetups(running, offers, machine.store);
  const releases = await releasesOf(running, { ...observed, offers }, cluster, options, machine);
  const desired = desire(withSetups(profile, setups), {
    endpoint: cluster.endpoint,
    mountFolder: cluster.mount.folder,
    emptyImage: EMPTY_IMAGE,
    releases,
    contexts,
    provided: options.contents.digests,
    hash: (text) => createHash("sha256").update(text).digest("hex"),
  });
  const scope = only === undefined ? {} : { only };
  const world = await prepareGround(profile, desired, observed, cluster, options, machine);
  const plan = withModeSteps(planUp(desired, world, scope), wishes, { ...world, relay });
  machine.bus.dispatch({ type: "planned", at: machine.clock.now(), cluster: profile.name, steps: plan.steps });
  if (dryRun) return plan;
  await checkPorts(plan, profile, observed, cluster);
  await placeSetups(running, setups, cluster);
  const contents = withFreshMark(options.contents);
  const supplies = { offers, contents, lead: () => lead(cluster, wishes, machine) };
  await apply(plan, performer(profile, cluster, supplies, machine), machine);
  if (plan.steps.length > 0) await cluster.mount.prune();
  return plan;
}

/** The services whose containers run code of ours: a forwarder is none, and what is left alone is not asked about. */
function ownCode({ profile, wishes }: Wanted, only: ReadonlySet<ServiceName> | undefined): Profile {
  const led = new Set(wishes.routes.map(({ service }) => service));
  const services = profile.services.filter(({ name }) => !led.has(name) && (only?.has(name) ?? true));
  return { ...profile, services };
}

function releasesOf(
  running: Profile,
  there: Pick<Choice, "deliveries" | "offers">,
  cluster: Cluster,
  { only, rebuilt = new Set(), note }: BringOptions,
  machine: Machine,
): Promise<Map<ServiceName, Release>> {
  const { deliveries, offers } = there;
  const { store } = machine;
  const choice = { profile: running, endpoint: cluster.endpoint, offers, deliveries, store, rebuilt, note, machine };
  // The swap locks of those that are named are the caller's own.
  if (only !== undefined) return chooseReleases({ ...choice, busy: new Set() });
  return busyServices(cluster, deliveries).then((busy) => chooseReleases({ ...choice, busy }));
}
