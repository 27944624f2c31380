import { existsSync } from "node:fs";
import { withLock } from "../host/lock.ts";
import type { Address, Endpoint } from "../model/endpoint.ts";
import { environmentFailure, interrupted } from "../model/failure.ts";
import type { LinkState } from "../model/link.ts";
import { type SshAddress, sshWritten } from "../model/ssh.ts";
import { endpointOf } from "./endpoint.ts";
import { wordsFor } from "./endpoint-link.ts";
import { type Answer, INQUIRY_MS, inquire } from "./inquiry.ts";
import { minikubeLayout } from "./minikube/layout.ts";
import { readMounts } from "./minikube/mount-record.ts";
import type { Provider } from "./provider.ts";
import { haveLink, type Wanted } from "./ssh/launch.ts";
import { knownLinks, type LinkLayout, lifeLock, linkLayout, removeLinkFolders } from "./ssh/layout.ts";
import { askLink, endLink, stayWith } from "./ssh/orders.ts";
import type { Attempt, Surroundings } from "./surroundings.ts";
import { clusterMachine } from "./vm/layout.ts";
import { readRecord } from "./vm/record.ts";
import { sharedIn } from "./vm/slots.ts";

/** An emulated guest that is busy takes its time. */
const MACHINE_INQUIRY_MS = 8000;
/** For so long it is asked by who has just brought its machine up. */
const MACHINE_ANSWERS_WITHIN_MS = 90_000;
const ASKS_EVERY_MS = 100;

/** A daemon behind a link, the way to which can always be mended. */
export type LinkProvider = Provider & Required<Pick<Provider, "reach">>;

/**
 * Provider `ssh`: the Docker daemon of any Linux host that the system's ssh reaches. A process of devenv's, the link, one
 * a host, holds one connection with the daemon's socket and the published ports forwarded to this machine. Not ssh's own
 * ControlPersist: a master that nobody watches takes its forwards with it when it dies, and nobody makes them anew.
 */
export function sshProvider(address: SshAddress, surroundings: Surroundings): LinkProvider {
  const layout = linkLayout(address, surroundings);
  return {
    name: "ssh",
    find: (signal) => findLink(layout, surroundings, signal),
    up: (progress, signal) => standing(layout, surroundings, { insists: true, progress, signal }),
    reach: (signal) => standing(layout, surroundings, { insists: false, progress: () => {}, signal }),
  };
}

/**
 * Asks more than once. The link that stood may have come to the end of its use at this very moment; and the daemon of a
 * machine that was booted or resumed a moment ago may answer its link, and be too busy with its containers for who asks more.
 */
async function standing(layout: LinkLayout, surroundings: Surroundings, wanted: Wanted): Promise<Endpoint> {
  const { clock } = surroundings;
  const isPatient = wanted.insists && layout.address.machine !== undefined;
  const deadline = clock.monotonic() + (isPatient ? MACHINE_ANSWERS_WITHIN_MS : 0);
  for (let attempt = 1; attempt <= 2 || clock.monotonic() < deadline; attempt++) {
    await haveLink(layout, surroundings, wanted);
    const endpoint = await findLink(layout, surroundings, wanted.signal);
    if (endpoint !== undefined) return endpoint;
    await clock.sleep(ASKS_EVERY_MS, wanted.signal).catch(() => {
      throw interrupted();
    });
  }
  const isUp = (await askLink(layout.orders))?.phase === "up";
  const what = isUp ? "stands, and its Docker daemon does not tell what it is" : "was lost as soon as it stood";
  throw environmentFailure(`the connection to ${sshWritten(layout.address)} ${what}`, {
    hint: `What happened is in ${layout.log}.`,
  });
}

/** The endpoint where the link stands; it is then kept for as long as this process lives. */
async function findLink(layout: LinkLayout, surroundings: Surroundings, signal?: AbortSignal) {
  if (!existsSync(layout.docker)) return undefined;
  const withinMs = layout.address.machine === undefined ? INQUIRY_MS : MACHINE_INQUIRY_MS;
  const [inquiry, state] = await Promise.all([inquire(addressOf(layout), withinMs, signal), askLink(layout.orders)]);
  // Without its link a connection may stand for a while, and nobody leads its ports.
  if (!inquiry.answered || state === undefined || !(await stayWith(layout.orders))) return undefined;
  return endpointAt(layout, inquiry.answer, surroundings);
}

const addressOf = ({ docker }: LinkLayout): Address => ({ kind: "unix", path: docker });

/**
 * Of this machine nothing is over there, not even where it is this very machine, behind a loop: that is not known. A
 * virtual machine of ours has the folders that it shares.
 */
async function endpointAt(layout: LinkLayout, answer: Answer, surroundings: Surroundings): Promise<Endpoint> {
  const { machine } = layout.address;
  const vm = machine?.of === "vm" ? machine.cluster : undefined;
  const shared = vm === undefined ? undefined : await readRecord(clusterMachine(vm, surroundings));
  return {
    ...endpointOf(machine?.of ?? "ssh", addressOf(layout), answer, surroundings),
    mountsHostFolders:
      vm !== undefined || (machine?.of === "minikube" && (await hasFolders(machine.cluster, surroundings))),
    reachesContainers: false,
    sharesSockets: false,
    publishedByForward: true,
    ...(vm !== undefined && { machine: { cluster: vm, folders: sharedIn(shared?.folders ?? []) } }),
  };
}

/** Whether a machine of minikube's has folders of this one, or they are kept out by `push`. */
const hasFolders = async (profile: string, surroundings: Surroundings): Promise<boolean> =>
  (await readMounts(minikubeLayout(profile, surroundings)))?.isUsed === true;

/** The daemon of a cluster's machine, where the link to it stands. */
export async function machineLink(
  cluster: string,
  surroundings: Surroundings,
  signal?: AbortSignal,
): Promise<Endpoint | undefined> {
  const layout = await linkOfMachine(cluster, surroundings);
  return layout && findLink(layout, surroundings, signal);
}

const linkOfMachine = async (cluster: string, surroundings: Surroundings): Promise<LinkLayout | undefined> =>
  (await knownLinks(surroundings)).find(
    ({ address: { machine } }) => machine?.of === "vm" && machine.cluster === cluster,
  );

/** Ends the link to a cluster's machine, and with it all that it forwarded. */
export async function endMachineLink(cluster: string, surroundings: Surroundings): Promise<void> {
  const layout = await linkOfMachine(cluster, surroundings);
  if (layout !== undefined) await endLink(layout.orders);
}

/** How long the end of a link is waited for whose machine is gone. */
const ENDS_WITHIN_MS = 10_000;

/** Ends the link to a cluster's machine that was deleted, and removes what is kept of it. */
export async function forgetMachineLink(cluster: string, surroundings: Surroundings): Promise<void> {
  const layout = await linkOfMachine(cluster, surroundings);
  if (layout === undefined) return;
  await endLink(layout.orders);
  const lock = { wait: true, command: "devenv vm delete", signal: AbortSignal.timeout(ENDS_WITHIN_MS) };
  // One that does not come to its end has a folder that nobody else will have.
  await withLock(lifeLock(layout), lock, () => removeLinkFolders(layout)).catch(() => undefined);
}

/** Ends the link to an address, and with it all that it forwarded; nothing to do where there is none. */
export const endLinkTo = (address: SshAddress, surroundings: Surroundings): Promise<void> =>
  endLink(linkLayout(address, surroundings).orders);

/** Where the daemon at an address answers on this machine, while the link there stands. */
export const socketOf = (address: SshAddress, surroundings: Surroundings): string =>
  linkLayout(address, surroundings).docker;

/** The daemons of all links that stand at this moment. */
export async function findLinks(surroundings: Surroundings, signal?: AbortSignal): Promise<readonly Endpoint[]> {
  const layouts = await knownLinks(surroundings);
  const found = await Promise.all(layouts.map((layout) => findLink(layout, surroundings, signal)));
  return found.filter((endpoint) => endpoint !== undefined);
}

/** The links that live and do not stand, with why. */
export async function brokenLinks(surroundings: Surroundings): Promise<readonly Attempt[]> {
  const layouts = await knownLinks(surroundings);
  const attempts = await Promise.all(
    layouts.map(async (layout) => {
      const state = await askLink(layout.orders);
      return state === undefined || state.phase === "up" ? undefined : attemptOf(state);
    }),
  );
  return attempts.filter((attempt) => attempt !== undefined);
}

const attemptOf = (state: LinkState): Attempt => ({
  what: state.isMachine ? state.host : `ssh ${state.host}`,
  outcome: wordsFor(state),
  hint: state.failure?.hint,
});
