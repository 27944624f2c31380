import { createHash } from "node:crypto";
import { askRelay } from "../delivery/relay/control.ts";
import { EMPTY_IMAGE } from "../docker/empty-image.ts";
import type { ServiceName } from "../model/names.ts";
import type { Plan } from "../model/operation.ts";
import type { Profile } from "../model/profile.ts";
import { desire } from "../plan/desired.ts";
import { withModeSteps } from "../plan/plan-modes.ts";
import { planUp } from "../plan/plan-up.ts";
import { expectLeadable, expectSources } from "./capabilities.ts";
import { type ChoiceOptions, choiceOf, silenceNotes } from "./choice.ts";
import type { Cluster } from "./cluster.ts";
import { prepareGround } from "./ground.ts";
import { rememberWorkspace } from "./known-clusters.ts";
import type { Machine } from "./machine.ts";
import { contextDigests, observe } from "./observe.ts";
import { refuseOtherWorkspace } from "./other-workspace.ts";
import { performer } from "./perform.ts";
import { checkPorts, portsAppear } from "./ports.ts";
import { lead } from "./relay.ts";
import { type Choice, type ChosenReleases, chooseReleases } from "./releases.ts";
import type { ProvidedContents } from "./secrets.ts";
import { findSetups, placeSetups, withFreshMark, withSetups } from "./setups.ts";
import { applyBeside, unfetchedSteps } from "./unfetched.ts";
import type { Wanted } from "./wanted.ts";

export interface BringOptions extends ChoiceOptions {
  /** Make the plan and stop. */
  readonly dryRun: boolean;
  /** With `only`: services that are no longer in the profile, whose containers go, too. */
  readonly gone?: ReadonlySet<ServiceName> | undefined;
  /** What is provided to the services as files. */
  readonly contents: ProvidedContents;
}

export interface Brought {
  /** The plan that was carried out; an empty one means that everything was as it is wanted. */
  readonly plan: Plan;
  /** What a person should know of it: which services stay on their builds because CI cannot be asked. */
  readonly notes: readonly string[];
}

/**
 * Brings a cluster to what is wanted of it: desired + observed -> plan -> apply. To be called with the cluster's lock.
 * @throws Failure that names the failed steps; of a service that CI's build could not be fetched of, what ran goes on.
 */
export async function bring(
  wanted: Wanted,
  cluster: Cluster,
  options: BringOptions,
  machine: Machine,
): Promise<Brought> {
  const { profile, wishes } = wanted;
  const { dryRun, only, gone } = options;
  expectLeadable(cluster.endpoint, [...new Set(wishes.routes.map(({ service }) => service))]);
  expectSources(cluster.endpoint, profile.services);
  const running = ownCode(wanted, only);
  const [observed, relay, contexts, choice] = await Promise.all([
    observe(profile, cluster),
    askRelay(cluster.folder),
    contextDigests(profile),
    choiceOf(running, cluster, options, machine),
  ]);
  await refuseOtherWorkspace(profile, observed.containers);
  if (!dryRun) await cluster.mount.prepare(cluster.endpoint.platform);
  if (!dryRun) await rememberWorkspace(cluster.folder, profile.workspace);
  const setups = await findSetups(running, choice);
  const chosen = await chooseReleases(choice);
  const desired = desire(withSetups(profile, setups), {
    ...settingOf(cluster, options),
    releases: chosen.releases,
    contexts,
  });
  const scope = only === undefined ? {} : { only, gone };
  const world = await prepareGround(profile, desired, observed, cluster, options, machine);
  const plan = withModeSteps(planUp(desired, world, scope), wishes, { ...world, relay });
  const steps = [...unfetchedSteps(chosen.failures), ...plan.steps];
  machine.bus.dispatch({ type: "planned", at: machine.clock.now(), cluster: profile.name, steps });
  const brought = { plan, notes: silenceNotes(chosen.stayed, choice) };
  if (dryRun) return brought;
  await checkPorts(plan, profile, observed, cluster);
  await placeSetups(running, setups, cluster);
  await carryOut(plan, { wanted, cluster, choice, chosen, options }, machine);
  if (plan.steps.length > 0) await portsAppear(cluster, machine);
  return brought;
}

/** What all containers have in common. */
const settingOf = ({ endpoint, mount }: Cluster, { contents }: BringOptions) => ({
  endpoint,
  mountFolder: mount.folder,
  mountVolume: mount.volume,
  emptyImage: EMPTY_IMAGE,
  provided: contents.digests,
  hash: (text: string) => createHash("sha256").update(text).digest("hex"),
});

interface Decided {
  readonly wanted: Wanted;
  readonly cluster: Cluster;
  readonly choice: Choice;
  readonly chosen: ChosenReleases;
  readonly options: BringOptions;
}

async function carryOut(plan: Plan, decided: Decided, machine: Machine): Promise<void> {
  const { wanted, cluster, choice, chosen, options } = decided;
  const supplies = {
    ci: choice,
    contents: withFreshMark(options.contents),
    lead: () => lead(cluster, wanted.wishes, machine),
  };
  await applyBeside(chosen.failures, plan, performer(wanted.profile, cluster, supplies, machine), machine);
  if (plan.steps.length > 0) await cluster.mount.prune();
}

/** The services whose containers run code of ours: a forwarder is none, and what is left alone is not asked about. */
function ownCode({ profile, wishes }: Wanted, only: ReadonlySet<ServiceName> | undefined): Profile {
  const led = new Set(wishes.routes.map(({ service }) => service));
  const services = profile.services.filter(({ name }) => !led.has(name) && (only?.has(name) ?? true));
  return { ...profile, services };
}
