import { existsSync } from "node:fs";
import type { Address, Endpoint } from "../model/endpoint.ts";
import { environmentFailure } from "../model/failure.ts";
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
  const inquiry = await inquire(addressOf(layout), undefined, signal);
  if (!inquiry.answered) return undefined;
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
      return state === undefined || state.phase === "up" ? undefined : attemptOf(layout, state);
    }),
  );
  return attempts.filter((attempt) => attempt !== undefined);
}

function attemptOf({ address }: LinkLayout, { phase, failure, since }: LinkState): Attempt {
  const at = new Date(since).toLocaleTimeString("en-GB");
  const words: Readonly<Record<LinkState["phase"], string>> = {
    up: "connected",
    connecting: "connecting",
    silent: failure?.message ?? "its daemon does not answer",
    lost: `the connection was lost at ${at}, and is being made anew: ${failure?.message ?? ""}`,
    failed: failure?.message ?? "it could not be connected to",
  };
  return { what: `ssh ${sshWritten(address)}`, outcome: words[phase], hint: failure?.hint };
}

/** The published ports of an endpoint of this provider that do not appear here, with why. */
export async function missingPorts({ provider, address }: Endpoint): Promise<readonly LinkPort[]> {
  if (provider !== "ssh" || address.kind !== "unix") return [];
  const state = await askLink(ordersBeside(address.path));
  return state?.ports.filter(({ problem }) => problem !== undefined) ?? [];
}

/** Has the link of an endpoint of this provider end once nothing of this machine's clusters is there, and nobody looks. */
export async function releaseIfUnused({ provider, address }: Endpoint): Promise<void> {
  if (provider === "ssh" && address.kind === "unix") await releaseLink(ordersBeside(address.path));
}
