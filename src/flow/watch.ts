import { withLock } from "../host/lock.ts";
import { userFailure } from "../model/failure.ts";
import type { Profile } from "../model/profile.ts";
import { emptyView, type View } from "../state/view.ts";
import { expectSameDelivery } from "./capabilities.ts";
import { type Cluster, findCluster, watchLock } from "./cluster.ts";
import { withHistory } from "./history.ts";
import { isSwappable } from "./inputs.ts";
import type { Machine } from "./machine.ts";
import { SaveLoop } from "./save-loop.ts";
import { type LoopOrders, withSharing } from "./share-loop.ts";
import { upCommand } from "./up-command.ts";

export interface WatchOptions {
  /** Reads the profile anew, once it was edited. @throws Failure with every mistake in it. */
  readonly reload: () => Promise<Profile>;
  /** The cluster goes by this profile from now on. */
  readonly onProfile?: (profile: Profile) => void;
  /** Does what a person answers to an offer, in whichever terminal that is. */
  readonly answer: LoopOrders["answer"];
  /** What this process has told before; those who see its events are to see that, too. */
  readonly view?: () => View;
  /** Saves are taken from now on, and so are orders. */
  readonly onOrders?: (orders: LoopOrders) => void;
  /** Another one, who heard saves until then (milliseconds since the epoch), has just ended. */
  readonly unheardSince?: number | undefined;
  /** What this process is, for those who find the lock taken; `devenv watch books` unless told. */
  readonly command?: string;
}

/**
 * `devenv watch`: watch -> route -> build -> store -> deliver -> restart -> ready -> commit | roll back, until the
 * machine's signal is aborted; a swap that has begun comes to its end first. What it tells is shared with the person's
 * other terminals meanwhile.
 * @throws Failure when the cluster does not run, nothing in it can be swapped, or its files cannot be watched.
 */
export async function watch(profile: Profile, options: WatchOptions, machine: Machine): Promise<void> {
  const cluster = await findCluster(profile, machine);
  try {
    await expectRunning(profile, cluster);
    const services = profile.services.filter(isSwappable);
    if (services.length === 0) throw nothingToSwap(profile);
    const lock = { wait: false, command: options.command ?? `devenv watch ${profile.name}` };
    void cluster.mount.warm().catch(() => undefined); // what fails here is told where it is needed
    await withLock(watchLock(cluster), lock, () =>
      withHistory(cluster, machine, () => {
        const loop = new SaveLoop(profile, options, cluster, machine);
        const orders: LoopOrders = { swap: (service) => loop.swap(service), answer: options.answer };
        options.onOrders?.(orders);
        return withSharing(cluster, { orders, view: options.view?.() ?? emptyView }, machine, () => loop.run(services));
      }),
    );
  } finally {
    cluster.daemon.close();
  }
}

async function expectRunning(profile: Profile, cluster: Cluster): Promise<void> {
  const { containers, helpers } = await cluster.daemon.observe(profile.name);
  expectSameDelivery(profile, cluster.mount, helpers);
  // A compiler or a hook may print any of them.
  await cluster.daemon.learnSecrets(containers);
  if (containers.some(({ state }) => state === "running")) return;
  throw userFailure(`cluster ${profile.name} is not running`, {
    hint: `Bring it up with \`${upCommand(profile)}\`, then watch again.`,
    exitCode: 1,
  });
}

const nothingToSwap = (profile: Profile) =>
  userFailure(`no service of profile ${profile.name} can be swapped`, {
    hint: "Give a service `x-devenv: { repo: …, build: { go: ./cmd/… } }`, and clone its repository.",
  });
