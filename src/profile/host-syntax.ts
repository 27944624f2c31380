import { isIP } from "node:net";
import { type Parsed, wrong } from "./parsed.ts";

const EXAMPLE = 'write "name:192.0.2.1", "name=::1" or "name:host-gateway"';

/**
 * Takes an entry of `extra_hosts`, `name:address` or `name=address` (several addresses with commas between them); gives
 * what Docker takes, `name:address`, one a name and address.
 */
export function parseExtraHost(text: string): Parsed<string[]> {
  const separator = text.includes("=") ? "=" : ":";
  const at = text.indexOf(separator);
  if (at < 0) return wrong(`the host ${text || "nothing"} has no address`, EXAMPLE);
  return extraHosts(text.slice(0, at), text.slice(at + 1).split(","));
}

/** Takes a host's name and its addresses; see `parseExtraHost`. */
export function extraHosts(name: string, addresses: readonly string[]): Parsed<string[]> {
  if (name === "" || /[:=]/.test(name)) return wrong(`${name || "nothing"} is no name of a host`, EXAMPLE);
  const plain = addresses.map((address) => address.replace(/^\[(.*)\]$/, "$1"));
  const odd = plain.find((address) => address !== "host-gateway" && isIP(address) === 0);
  if (odd !== undefined) return wrong(`${odd || "nothing"} is not an IP address`, EXAMPLE);
  return { value: plain.map((address) => `${name}:${address}`) };
}
