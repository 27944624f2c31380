import { existsSync } from "node:fs";
import type { Address, Endpoint } from "../model/endpoint.ts";
import { environmentFailure } from "../model/failure.ts";
import type { LinkPort, LinkState } from "../model/link.ts";
import { type SshAddress, sshWritten } from "../model/ssh.ts";
import { endpointOf } from "./endpoint.ts";
import { type Answer, inquire } from "./inquiry.ts";
import type { Provider } from "./provider.ts";
import { haveLink } from "./ssh/launch.ts";
import { knownLinks, type LinkLayout, linkLayout } from "./ssh/layout.ts";
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
    up: async (progress, signal) => {
      await haveLink(layout, surroundings, progress, signal);
      stayWith(layout.orders);
      const endpoint = await findLink(layout, surroundings, signal);
      if (endpoint !== undefined) return endpoint;
      throw environmentFailure(`the connection to ${sshWritten(address)} was lost as soon as it stood`, {
        hint: `What happened is in ${layout.log}.`,
      });
    },
  };
}

async function findLink(layout: LinkLayout, surroundings: Surroundings, signal?: AbortSignal) {
  if (!existsSync(layout.docker)) return undefined;
  const inquiry = await inquire(addressOf(layout), undefined, signal);
  return inquiry.answered ? endpointAt(layout, inquiry.answer, surroundings) : undefined;
}

const addressOf = ({ docker }: LinkLayout): Address => ({ kind: "unix", path: docker });

/** Nothing of this machine is over there, not even where it is this very machine, behind a loop: that is not known. */
const endpointAt = (layout: LinkLayout, answer: Answer, surroundings: Surroundings): Endpoint => ({
  ...endpointOf("ssh", addressOf(layout), answer, surroundings),
  mountsHostFolders: false,
  reachesContainers: false,
  sharesSockets: false,
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
export async function missingPorts(endpoint: Endpoint, surroundings: Surroundings): Promise<readonly LinkPort[]> {
  const layout = await layoutOf(endpoint, surroundings);
  const state = layout && (await askLink(layout.orders));
  return state?.ports.filter(({ problem }) => problem !== undefined) ?? [];
}

/** Ends the link of an endpoint of this provider where nothing of this machine's clusters is there any more. */
export async function releaseEndpoint(endpoint: Endpoint, surroundings: Surroundings): Promise<void> {
  const layout = await layoutOf(endpoint, surroundings);
  if (layout !== undefined) await releaseLink(layout.orders);
}

async function layoutOf({ address }: Endpoint, surroundings: Surroundings): Promise<LinkLayout | undefined> {
  const layouts = await knownLinks(surroundings);
  return layouts.find(({ docker }) => address.kind === "unix" && address.path === docker);
}
