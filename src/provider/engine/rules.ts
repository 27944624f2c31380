import { runProgram, tryProgram } from "../programs.ts";
import type { Surroundings } from "../surroundings.ts";
import type { Bridge } from "./bridge.ts";

/*
 * The engine's dockerd runs with `iptables: false`, and its packet rules are these, in chains of our own. A second
 * dockerd that manages iptables by itself flushes the chains that both share (DOCKER, DOCKER-ISOLATION-STAGE-*) when it
 * starts: tried with 20.10, the first daemon's published ports and its isolation are gone then. Ports that our engine
 * publishes are served by docker-proxy, as every connection to 127.0.0.1 is anyway; names in containers are resolved by
 * rules inside the container's own network namespace. Neither needs rules of the machine.
 */

/** The chains' names follow the bridge's, so that several engines do not share them either. */
const chainOf = (bridge: string): string => bridge.toUpperCase();

/** Puts the rules in place; at once, and any number of times. A reloaded firewall has thrown them away. */
export async function ensureRules({ name, addresses }: Bridge, surroundings: Surroundings): Promise<void> {
  const chain = chainOf(name);
  const [isForwarding, isMasking] = await Promise.all([
    hasJump("filter", "FORWARD", chain, surroundings),
    hasJump("nat", "POSTROUTING", chain, surroundings),
  ]);
  const rules = [
    "*filter",
    `:${chain} - [0:0]`,
    `:${chain}-OUT - [0:0]`,
    ...forwarding(chain, name, addresses.range),
    ...(isForwarding ? [] : [`-I FORWARD 1 -j ${chain}`]),
    "COMMIT",
    "*nat",
    `:${chain} - [0:0]`,
    `-A ${chain} -s ${addresses.range} ! -d ${addresses.range} -j MASQUERADE`,
    ...(isMasking ? [] : [`-A POSTROUTING -j ${chain}`]),
    "COMMIT",
  ];
  await restore(rules, surroundings);
}

/**
 * Containers may reach the world and each other; the world only answers them. Another Docker daemon's bridges are
 * neither opened to our containers nor closed: packets between the two are left to that daemon's own rules.
 */
function forwarding(chain: string, bridge: string, range: string): string[] {
  return [
    `-A ${chain} -i ${bridge} -s ${range} -j ${chain}-OUT`,
    `-A ${chain} -i br-+ -s ${range} -j ${chain}-OUT`,
    `-A ${chain} -d ${range} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
    `-A ${chain} -d ${range} -j DROP`,
    `-A ${chain}-OUT -d ${range} -j ACCEPT`,
    `-A ${chain}-OUT -o docker0 -j RETURN`,
    `-A ${chain}-OUT -o br-+ -j RETURN`,
    `-A ${chain}-OUT -j ACCEPT`,
  ];
}

/** Takes the rules away; those that are not there are no failure. */
export async function removeRules(bridge: string, surroundings: Surroundings): Promise<void> {
  const chain = chainOf(bridge);
  const steps = [
    ["filter", "-D", "FORWARD", "-j", chain],
    ["filter", "-F", chain],
    ["filter", "-F", `${chain}-OUT`],
    ["filter", "-X", chain],
    ["filter", "-X", `${chain}-OUT`],
    ["nat", "-D", "POSTROUTING", "-j", chain],
    ["nat", "-F", chain],
    ["nat", "-X", chain],
  ];
  for (const [table, ...rule] of steps) await iptables(surroundings, ["-t", `${table}`, ...rule]);
}

const hasJump = async (table: string, from: string, to: string, surroundings: Surroundings): Promise<boolean> =>
  (await iptables(surroundings, ["-t", table, "-C", from, "-j", to])).code === 0;

/** `-w`: another program that changes the tables at this moment holds their lock. */
const iptables = (surroundings: Surroundings, args: readonly string[]) =>
  tryProgram(surroundings, "iptables", ["-w", "5", ...args]);

const restore = (lines: readonly string[], surroundings: Surroundings) =>
  runProgram(surroundings, "iptables-restore", ["-w", "5", "--noflush"], { input: `${lines.join("\n")}\n` });
