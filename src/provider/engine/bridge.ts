import { readdirSync } from "node:fs";
import { peekText } from "../../host/files.ts";
import { withLock } from "../../host/lock.ts";
import { environmentFailure } from "../../model/failure.ts";
import { runProgram, tryProgram } from "../programs.ts";
import type { Surroundings } from "../surroundings.ts";
import { type AddressPlan, chooseAddresses, overlaps, planOf } from "./range.ts";

/** The engine's own bridge. Docker's `docker0` belongs to the machine's daemon and is never touched. */
export interface Bridge {
  readonly name: string;
  readonly addresses: AddressPlan;
}

interface Interface {
  readonly name: string;
  readonly addresses: readonly string[];
}

/** Several engines may run (other people's, tests'): `devenv0`, `devenv1`, … each marked with its folder as the alias. */
const NAMES = Array.from({ length: 32 }, (_, at) => `devenv${at}`);

/** Two engines that choose at the same time would both find the same range free. */
const NETWORK_LOCK = "/run/devenv-network";

/** Finds the bridge of the engine in this folder; the kernel keeps our mark (ip-link(8), `alias`). */
export function ownBridge(folder: string): string | undefined {
  return NAMES.find((name) => aliasOf(name) === markOf(folder));
}

/** The kernel cuts an alias at 255 bytes. */
const markOf = (folder: string): string => Buffer.from(folder).subarray(-255).toString("utf8");

const aliasOf = (name: string): string | undefined => peekText(`/sys/class/net/${name}/ifalias`)?.trimEnd();

/**
 * Makes the bridge, or takes the one that is there when nothing else has come to use its addresses since.
 * @param remembered the range of the last start, so that the engine's networks keep their addresses
 * @throws Failure (environment) when no range is free, or `ip` fails
 */
export function ensureBridge(
  folder: string,
  remembered: string | undefined,
  surroundings: Surroundings,
): Promise<Bridge> {
  return withLock(NETWORK_LOCK, { wait: true, command: "devenv engine start", clock: surroundings.clock }, () =>
    chooseBridge(folder, remembered, surroundings),
  );
}

async function chooseBridge(
  folder: string,
  remembered: string | undefined,
  surroundings: Surroundings,
): Promise<Bridge> {
  const existing = ownBridge(folder);
  const range = (existing && (await rangeOf(existing, surroundings))) ?? remembered;
  const addresses = chooseAddresses(await takenRanges(range, existing, surroundings), range);
  if (!addresses) {
    throw environmentFailure("no private range of addresses is free for the engine's containers", {
      hint: "See `ip route show table all`: a VPN that routes 10.0.0.0/8, 172.16.0.0/12 and 198.18.0.0/15 leaves none. Disconnect it, or use `provider: docker`.",
    });
  }
  if (existing !== undefined && range === addresses.range) {
    await ip(surroundings, ["link", "set", existing, "up"]);
    return { name: existing, addresses };
  }
  await removeBridges(folder, surroundings);
  return { name: await addBridge(folder, addresses, surroundings), addresses };
}

/** Removes the engine's bridge, and those of its networks, which dockerd leaves behind when it ends. */
export async function removeBridges(folder: string, surroundings: Surroundings): Promise<void> {
  const own = ownBridge(folder);
  if (own === undefined) return;
  const range = await rangeOf(own, surroundings);
  const networks = range === undefined ? [] : await networkBridges(range, surroundings);
  for (const name of [...networks, own]) await tryProgram(surroundings, "ip", ["link", "delete", name]);
}

async function addBridge(folder: string, addresses: AddressPlan, surroundings: Surroundings): Promise<string> {
  const taken = new Set(readdirSync("/sys/class/net"));
  for (const name of NAMES.filter((choice) => !taken.has(choice))) {
    const { code, output } = await tryProgram(surroundings, "ip", ["link", "add", "name", name, "type", "bridge"]);
    if (code !== 0 && readdirSync("/sys/class/net").includes(name)) continue; // Another engine was quicker.
    if (code !== 0) {
      throw environmentFailure(`cannot make the network bridge ${name}`, {
        output: output.trim(),
        hint: "The kernel has to allow bridges (`modprobe bridge`), and devenv has to be root: `sudo devenv engine start`.",
      });
    }
    await ip(surroundings, ["link", "set", name, "alias", markOf(folder)]);
    await ip(surroundings, ["address", "add", addresses.bridge, "dev", name]);
    await ip(surroundings, ["link", "set", name, "up"]);
    return name;
  }
  throw environmentFailure("32 engines have a network bridge on this machine already", {
    hint: "See `ip link show type bridge`; end those that nobody needs with `devenv engine stop`.",
  });
}

const ip = (surroundings: Surroundings, args: readonly string[]) => runProgram(surroundings, "ip", args);

async function rangeOf(bridge: string, surroundings: Surroundings): Promise<string | undefined> {
  const found = (await interfaces(surroundings)).find(({ name }) => name === bridge);
  const address = found?.addresses[0];
  return address === undefined ? undefined : planOf(address).range;
}

/** Bridges that dockerd made for networks out of our range. */
async function networkBridges(range: string, surroundings: Surroundings): Promise<string[]> {
  const ours = (await interfaces(surroundings)).filter(
    ({ name, addresses }) => name.startsWith("br-") && addresses.some((address) => overlaps(address, range)),
  );
  return ours.map(({ name }) => name);
}

async function interfaces(surroundings: Surroundings): Promise<Interface[]> {
  const listed = jsonRows(await ip(surroundings, ["-json", "-4", "address", "show"]));
  return listed.map((row) => ({
    name: String(row.ifname),
    addresses: (Array.isArray(row.addr_info) ? row.addr_info : []).map(({ local }) => String(local)),
  }));
}

/**
 * Everything that this machine has a way to, in every routing table (a VPN's is often not the main one), and its name
 * servers, which may be reached over the default route. Routes of our own bridges do not count.
 */
async function takenRanges(
  range: string | undefined,
  own: string | undefined,
  surroundings: Surroundings,
): Promise<string[]> {
  const rows = jsonRows(await ip(surroundings, ["-json", "-4", "route", "show", "table", "all"]));
  const networks = range !== undefined && own !== undefined ? await networkBridges(range, surroundings) : [];
  const ours = new Set([own, ...networks]);
  const routes = rows.filter(({ dev }) => !ours.has(String(dev))).map(({ dst }) => String(dst));
  const servers = [...(peekText("/etc/resolv.conf") ?? "").matchAll(/^nameserver\s+(\S+)/gm)].map(([, at]) => at ?? "");
  return [...routes, ...servers];
}

function jsonRows(text: string): Record<string, unknown>[] {
  const value: unknown = JSON.parse(text || "[]");
  return Array.isArray(value) ? value : [];
}
