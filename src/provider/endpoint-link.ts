import type { Clock } from "../host/clock.ts";
import type { Endpoint, ProviderName } from "../model/endpoint.ts";
import { environmentFailure, type Failure } from "../model/failure.ts";
import type { LinkPort, LinkState } from "../model/link.ts";
import { haveLink } from "./ssh/launch.ts";
import { knownLinks, ordersBeside } from "./ssh/layout.ts";
import { askLink, lendLink, releaseLink } from "./ssh/orders.ts";
import type { Surroundings } from "./surroundings.ts";

/** The providers whose daemons are reached over a link. */
const LINKED: readonly ProviderName[] = ["ssh", "vm", "minikube"];

/** Where the link of an endpoint is spoken to; undefined for a daemon that is reached without one. */
const ordersOf = ({ provider, address }: Pick<Endpoint, "provider" | "address">): string | undefined =>
  LINKED.includes(provider) && address.kind === "unix" ? ordersBeside(address.path) : undefined;

/** Why the daemon of an endpoint behind a link is out of reach, where it is. */
export async function lossOf(endpoint: Endpoint): Promise<Failure | undefined> {
  const orders = ordersOf(endpoint);
  const state = orders === undefined ? undefined : await askLink(orders);
  if (state === undefined || state.phase === "up") return undefined;
  return environmentFailure(wordsFor(state), { hint: state.failure?.hint });
}

/** What the state of a link says to a person. */
export function wordsFor({ phase, failure, since, isMachine }: LinkState): string {
  const why = failure?.message ?? "nothing is known of why";
  if (phase === "up" || phase === "connecting") return phase === "up" ? "connected" : "connecting";
  if (phase !== "lost") return why;
  const at = new Date(since).toLocaleTimeString("en-GB");
  if (isMachine) return `${why} (since ${at})`;
  return `the connection was lost at ${at} and is being made anew: ${why}`;
}

/** The published ports of an endpoint behind a link that do not appear here, with why. */
export async function missingPorts(endpoint: Endpoint): Promise<readonly LinkPort[]> {
  const orders = ordersOf(endpoint);
  const state = orders === undefined ? undefined : await askLink(orders);
  return state?.ports.filter(({ problem }) => problem !== undefined) ?? [];
}

/** A port takes a link as long as an order to ssh does, and there may be dozens; this bounds a link that hangs. */
const LEADS_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 20;
/** After so many looks, what is published over there is asked anew: a container may have ended meanwhile. */
const LOOKS_AN_ASKING = 10;

/**
 * Resolves when the link of an endpoint has led the ports of containers over there to this machine, or says why it
 * cannot, or is not there to lead any; nothing to do without a link.
 * @param published gives the ports that are published over there at that moment, by what runs
 * @throws what the clock does when the signal comes, and what `published` does
 */
export async function untilLed(
  endpoint: Pick<Endpoint, "provider" | "address">,
  published: () => Promise<readonly number[]>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const orders = ordersOf(endpoint);
  if (orders === undefined) return;
  const deadline = clock.monotonic() + LEADS_WITHIN_MS;
  let ports: readonly number[] = [];
  for (let look = 0; clock.monotonic() < deadline; look++) {
    if (look % LOOKS_AN_ASKING === 0) ports = await published();
    const state = await askLink(orders);
    if (state === undefined || state.phase === "failed") return;
    if (ports.every((each) => state.ports.some(({ port }) => port === each))) return;
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
}

/**
 * Has another link where that of an endpoint was killed; one that lives mends its connection itself. To a machine that
 * does not run there is no way to mend. Never throws: who waits for the daemon asks again.
 */
export async function mendLink(endpoint: Endpoint, surroundings: Surroundings): Promise<void> {
  const orders = ordersOf(endpoint);
  if (orders === undefined || (await askLink(orders).catch(() => undefined)) !== undefined) return;
  const layouts = await knownLinks(surroundings);
  const layout = layouts.find((each) => each.orders === orders);
  const wanted = { insists: false, progress: () => {}, signal: undefined };
  if (layout !== undefined) await haveLink(layout, surroundings, wanted).catch(() => undefined);
}

/** For an endpoint whose address is handed on to programs that nobody sees: its link stays without containers, too. */
export async function lend(endpoint: Endpoint): Promise<void> {
  const orders = ordersOf(endpoint);
  if (orders !== undefined) await lendLink(orders);
}

/** Has the link of an endpoint end once nothing of this machine's clusters is there, and nobody looks. */
export async function releaseIfUnused(endpoint: Endpoint): Promise<void> {
  const orders = ordersOf(endpoint);
  if (orders !== undefined) await releaseLink(orders);
}
