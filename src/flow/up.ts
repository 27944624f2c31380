import { loadLibrary } from "../docker/client.ts";
import { describeHolder, type Holder, withLock } from "../host/lock.ts";
import type { Debugger } from "../model/debugger.ts";
import { dockerHost, type Endpoint } from "../model/endpoint.ts";
import { environmentFailure } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Plan } from "../model/operation.ts";
import type { Profile } from "../model/profile.ts";
import { chooseProvider, reachProvider } from "../provider/choose.ts";
import type { ProviderProgress } from "../provider/provider.ts";
import { unforwardedNotes } from "./appearing.ts";
import { bring } from "./bring.ts";
import { expectMountable } from "./capabilities.ts";
import { clusterLock, openCluster } from "./cluster.ts";
import { debuggersOf } from "./debuggers.ts";
import { pointDocker } from "./docker-context.ts";
import type { Machine } from "./machine.ts";
import { readProvided } from "./secrets.ts";
import { upCommand } from "./up-command.ts";
import { wantedOf } from "./wanted.ts";

export interface UpOptions {
  /** Make the plan and stop. */
  readonly dryRun: boolean;
  /** Told what is done or waited for before there is a plan. */
  readonly note: ProviderProgress;
}

export interface UpResult {
  readonly plan: Plan;
  readonly endpoint: Endpoint;
  /** What a person should know though it stands in nobody's way: who depends on a service that is off. */
  readonly notes: readonly string[];
  /** The Docker context that leads to the cluster's daemon, where there is one. */
  readonly context: string | undefined;
  readonly isNewContext: boolean;
  readonly off: ReadonlySet<ServiceName>;
  /** Of the services that are built with `debug`. */
  readonly debuggers: ReadonlyMap<ServiceName, Debugger>;
}

/**
 * `devenv up`: modes -> secrets, which stop it if one is missing -> provider -> endpoint -> desired + observed -> plan ->
 * apply. Gives the plan that was carried out; an empty one means that everything was as the profile wants it.
 */
export async function up(profile: Profile, options: UpOptions, machine: Machine): Promise<UpResult> {
  const wanted = wantedOf(profile, machine);
  const contents = await readProvided(profile, wanted.profile.services, machine);
  void loadLibrary(); // while the daemon is looked for
  const endpoint = await (options.dryRun ? whatAnswers(profile, machine) : bringUp(profile, options, machine));
  expectMountable(endpoint, profile.delivery);
  const { bus, clock, signal } = machine;
  bus.dispatch({
    type: "providerChosen",
    at: clock.now(),
    provider: endpoint.provider,
    address: dockerHost(endpoint.address),
  });
  const cluster = await openCluster(profile, endpoint, machine);
  try {
    const lock = { wait: true, command: `devenv up ${profile.name}`, signal, onWaiting: tellHolder(options.note) };
    const [{ plan, notes }, pointed] = await withLock(clusterLock(cluster), lock, () =>
      Promise.all([
        bring(wanted, cluster, { ...options, contents }, machine),
        // Also where a service does not come up: what went wrong is then looked at with docker, too.
        options.dryRun ? undefined : pointDocker(cluster, machine),
      ]),
    );
    const off = new Set(wanted.wishes.off.map(({ name }) => name));
    const away = unforwardedNotes(
      endpoint,
      profile.services.filter(({ name }) => !off.has(name)),
    );
    return {
      plan,
      endpoint,
      notes: [...wanted.notes, ...notes, ...away, ...(pointed?.notes ?? [])],
      context: pointed?.context,
      isNewContext: pointed?.isNew ?? false,
      off,
      debuggers: options.dryRun ? new Map() : await debuggersOf(wanted.profile, cluster, machine),
    };
  } finally {
    cluster.daemon.close();
  }
}

const bringUp = (profile: Profile, { note }: UpOptions, machine: Machine): Promise<Endpoint> =>
  chooseProvider(profile, machine, note, machine.signal);

/** A dry run starts no daemon: it compares with what is there. */
async function whatAnswers(profile: Profile, machine: Machine): Promise<Endpoint> {
  const endpoint = await reachProvider(profile, machine, machine.signal);
  if (endpoint !== undefined) return endpoint;
  throw environmentFailure("a dry run compares with what runs, and no Docker daemon answers", {
    hint: `\`devenv engine start\` starts devenv's own on Linux; so does \`${upCommand(profile)}\`.`,
  });
}

/** For those who wait: who is at work. */
export const tellHolder =
  (note: (text: string) => void) =>
  (holder: Holder): void =>
    note(`waiting for ${describeHolder(holder)}`);
