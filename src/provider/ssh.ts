import { existsSync } from "node:fs";
import type { Address, Endpoint } from "../model/endpoint.ts";
import { environmentFailure, type Failure } from "../model/failure.ts";
import type { LinkPort, LinkState } from "../model/link.ts";
import { type SshAddress, sshWritten } from "../model/ssh.ts";
import { endpointOf } from "./endpoint.ts";
import { type Answer, inquire } from "./inquiry.ts";
import type { Provider } from "./provider.ts";
import { haveLink, type Wanted } from "./ssh/launch.ts";
import { knownLinks, type LinkLayout, linkLayout, ordersBeside } from "./ssh/layout.ts";
import { askLink, releaseLink, stayWith } from "./ssh/orders.ts";
import type { Attempt, Surroundings } from "./surroundings.ts";

/**
 * Provider `ssh`: the Docker daemon of any Linux host that the system's ssh reaches. A process of devenv's, the link, one
 * a host, holds one connection with the daemon's socket and the published ports forwarded to this machine. Not ssh's own
 * ControlPersist: a master that nobody watches takes its forwards with it when it dies, and nobody makes them anew.
 */
export function sshProvider(address: SshAddress, surroundings: Surroundings): Provider {
  const layout = linkLayout(address, surroundings);
  return {
    name: "ssh",
    find: (signal) => findLink(layout, surroundings, signal),
    up: (progress, signal) => standing(layout, surroundings, { insists: true, progress, signal }),
    reach: (signal) => standing(layout, surroundings, { insists: false, progress: () => {}, signal }),
  };
}

async function standing(layout: LinkLayout, surroundings: Surroundings, wanted: Wanted): Promise<Endpoint> {
  // Twice, because the one that stood may have come to the end of its use at this very moment.
  for (let attempt = 1; attempt <= 2; attempt++) {
    await haveLink(layout, surroundings, wanted);
    const endpoint = await findLink(layout, surroundings, wanted.signal);
    if (endpoint !== undefined) return endpoint;
  }
  throw environmentFailure(`the connection to ${sshWritten(layout.address)} was lost as soon as it stood`, {
    hint: `What happened is in ${layout.log}.`,
  });
}

/** The endpoint where the link stands; it is then kept for as long as this process lives. */
async function findLink(layout: LinkLayout, surroundings: Surroundings, signal?: AbortSignal) {
  if (!existsSync(layout.docker)) return undefined;
  const [inquiry, state] = await Promise.all([inquire(addressOf(layout), undefined, signal), askLink(layout.orders)]);
  // Without its link a connection may stand for a while, and nobody leads its ports.
  if (!inquiry.answered || state === undefined) return undefined;
  stayWith(layout.orders);
  return endpointAt(layout, inquiry.answer, surroundings);
}

const addressOf = ({ docker }: LinkLayout): Address => ({ kind: "unix", path: docker });

/** Nothing of this machine is over there, not even where it is this very machine, behind a loop: that is not known. */
const endpointAt = (layout: LinkLayout, answer: Answer, surroundings: Surroundings): Endpoint => ({
  ...endpointOf("ssh", addressOf(layout), answer, surroundings),
  mountsHostFolders: false,
  reachesContainers: false,
  sharesSockets: false,
  publishedByForward: true,
});

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
  what: `ssh ${state.host}`,
  outcome: wordsFor(state),
  hint: state.failure?.hint,
});

function wordsFor({ phase, failure, since }: LinkState): string {
  const why = failure?.message ?? "nothing is known of why";
  if (phase === "up" || phase === "connecting") return phase === "up" ? "connected" : "connecting";
  if (phase !== "lost") return why;
  const at = new Date(since).toLocaleTimeString("en-GB");
  return `the connection was lost at ${at} and is being made anew: ${why}`;
}

/** Why the daemon of an endpoint of this provider is out of reach, where it is. */
export async function lossOf({ provider, address }: Endpoint): Promise<Failure | undefined> {
  if (provider !== "ssh" || address.kind !== "unix") return undefined;
  const state = await askLink(ordersBeside(address.path));
  if (state === undefined || state.phase === "up") return undefined;
  return environmentFailure(wordsFor(state), { hint: state.failure?.hint });
}

/** The published ports of an endpoint of this provider that do not appear here, with why. */
export async function missingPorts({ provider, address }: Endpoint): Promise<readonly LinkPort[]> {
  if (provider !== "ssh" || address.kind !== "unix") return [];
  const state = await askLink(ordersBeside(address.path));
  return state?.ports.filter(({ problem }) => problem !== undefined) ?? [];
}

/**
 * Has another link where that of an endpoint of this provider was killed; one that lives mends its connection itself.
 * Never throws: who waits for the daemon asks again.
 */
export async function mendWay({ provider, address }: Endpoint, surroundings: Surroundings): Promise<void> {
  if (provider !== "ssh" || address.kind !== "unix") return;
  if ((await askLink(ordersBeside(address.path)).catch(() => undefined)) !== undefined) return;
  const layouts = await knownLinks(surroundings);
  const layout = layouts.find(({ docker }) => docker === address.path);
  const wanted = { insists: false, progress: () => {}, signal: undefined };
  if (layout !== undefined) await haveLink(layout, surroundings, wanted).catch(() => undefined);
}

/** Has the link of an endpoint of this provider end once nothing of this machine's clusters is there, and nobody looks. */
export async function releaseIfUnused({ provider, address }: Endpoint): Promise<void> {
  if (provider === "ssh" && address.kind === "unix") await releaseLink(ordersBeside(address.path));
}
