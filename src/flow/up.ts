import { createHash } from "node:crypto";
import { loadLibrary } from "../docker/client.ts";
import { EMPTY_IMAGE } from "../docker/empty-image.ts";
import { describeHolder, type Holder, withLock } from "../host/lock.ts";
import { dockerHost, type Endpoint } from "../model/endpoint.ts";
import { environmentFailure } from "../model/failure.ts";
import type { Plan } from "../model/operation.ts";
import type { Profile } from "../model/profile.ts";
import { desire } from "../plan/desired.ts";
import { planUp } from "../plan/plan-up.ts";
import { chooseProvider, findProvider } from "../provider/choose.ts";
import { apply } from "./apply.ts";
import { expectMountable } from "./capabilities.ts";
import { type Cluster, clusterLock, openCluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";
import { contextDigests, observe } from "./observe.ts";
import { refuseOtherWorkspace } from "./other-workspace.ts";
import { performer } from "./perform.ts";
import { checkPorts } from "./ports.ts";
import { busyServices, chooseReleases, latestOffers } from "./releases.ts";
import { type ProvidedContents, readProvided } from "./secrets.ts";
import { findSetups, placeSetups, withFreshMark, withSetups } from "./setups.ts";
import { upCommand } from "./up-command.ts";

export interface UpOptions {
  /** Make the plan and stop. */
  readonly dryRun: boolean;
  /** Called with words about what is waited for before there is a plan. */
  readonly note: (note: string) => void;
}

export interface UpResult {
  readonly plan: Plan;
  readonly endpoint: Endpoint;
}

/**
 * `devenv up`: secrets, which stop it if one is missing -> provider -> endpoint -> desired + observed -> plan -> apply. Gives the plan that was carried
 * out; an empty one means that everything was as the profile wants it.
 */
export async function up(profile: Profile, options: UpOptions, machine: Machine): Promise<UpResult> {
  const contents = await readProvided(profile, profile.services, machine);
  void loadLibrary(); // while the daemon is looked for
  const endpoint = await (options.dryRun ? whatAnswers(profile, machine) : bringUp(profile, options, machine));
  expectMountable(endpoint);
  const { bus, clock, signal } = machine;
  bus.dispatch({
    type: "providerChosen",
    at: clock.now(),
    provider: endpoint.provider,
    address: dockerHost(endpoint.address),
  });
  const cluster = await openCluster(profile.name, endpoint, machine, profile.services);
  try {
    const lock = { wait: true, command: `devenv up ${profile.name}`, signal, onWaiting: tellHolder(options.note) };
    const plan = await withLock(clusterLock(cluster), lock, () =>
      upLocked(profile, cluster, contents, options, machine),
    );
    return { plan, endpoint };
  } finally {
    cluster.daemon.close();
  }
}

const bringUp = (profile: Profile, { note }: UpOptions, machine: Machine): Promise<Endpoint> =>
  chooseProvider(profile.provider, machine, note, machine.signal);

/** A dry run starts no daemon: it compares with what is there. */
async function whatAnswers(profile: Profile, machine: Machine): Promise<Endpoint> {
  const endpoint = await findProvider(profile.provider, machine, machine.signal);
  if (endpoint !== undefined) return endpoint;
  throw environmentFailure("a dry run compares with what runs, and no Docker daemon answers", {
    hint: `\`devenv engine start\` starts devenv's own on Linux; so does \`${upCommand(profile)}\`.`,
  });
}

async function upLocked(
  profile: Profile,
  cluster: Cluster,
  contents: ProvidedContents,
  options: UpOptions,
  machine: Machine,
): Promise<Plan> {
  if (!options.dryRun) await cluster.mount.prepare(cluster.endpoint.platform);
  const [observed, offers, contexts] = await Promise.all([
    observe(profile, cluster),
    latestOffers(profile),
    contextDigests(profile),
  ]);
  await refuseOtherWorkspace(profile, observed.containers);
  const setups = await findSetups(profile, offers);
  const releases = await chooseReleases({
    profile,
    offers,
    endpoint: cluster.endpoint,
    deliveries: observed.deliveries,
    store: machine.store,
    busy: await busyServices(cluster, observed.deliveries),
  });
  const desired = desire(withSetups(profile, setups), {
    endpoint: cluster.endpoint,
    mountFolder: cluster.mount.folder,
    emptyImage: EMPTY_IMAGE,
    releases,
    contexts,
    provided: contents.digests,
    hash: (text) => createHash("sha256").update(text).digest("hex"),
  });
  const plan = planUp(desired, observed);
  machine.bus.dispatch({ type: "planned", at: machine.clock.now(), cluster: profile.name, steps: plan.steps });
  if (options.dryRun) return plan;
  await checkPorts(plan, profile, observed, cluster);
  await placeSetups(profile, setups, cluster, machine.store);
  const supplies = { offers, contents: withFreshMark(contents) };
  await apply(plan, performer(profile, cluster, supplies, machine), machine);
  if (plan.steps.length > 0) await cluster.mount.prune();
  return plan;
}

/** For those who wait: who is at work. */
export const tellHolder =
  (note: (text: string) => void) =>
  (holder: Holder): void =>
    note(`waiting for ${describeHolder(holder)}`);
