import { isIP } from "node:net";
import type { ExposedPort, PortBinding, Protocol } from "../model/profile.ts";
import { type Parsed, wrong } from "./parsed.ts";

/** The address that a published port is bound to unless the profile names one: nobody else's machine reaches it. */
const DEFAULT_ADDRESS = "127.0.0.1";
const EXAMPLE = 'write "8081:8080", "127.0.0.1:8081:8080" or "8081:8080/udp"';
const SHORT = /^(?:(?:(\[[^\]]+\]|[^:[\]]*):)?([^:]*):)?([^:/]+)(?:\/(.*))?$/;

/** A published port in parts, as the short and the long syntax both give it; text as it was written. */
export interface WrittenPort {
  readonly address?: string | undefined;
  /** One port or a range; empty or 0 lets the daemon choose. */
  readonly host?: string | undefined;
  readonly container: string;
  readonly protocol?: string | undefined;
}

/** Takes Compose's short syntax, `[address:][host:]container[/protocol]`; gives one binding a port of the container. */
export function parsePort(text: string): Parsed<PortBinding[]> {
  const [matched, address, host, container = "", protocol] = SHORT.exec(text) ?? [];
  if (matched === undefined) return wrong(`${text || "nothing"} is not a port`, EXAMPLE);
  return bindPort({ address, host, container, protocol });
}

/**
 * Takes a port in parts; gives one binding a port of the container. Host and container may be ranges of the same
 * length; a range of the host for one port of the container is one from which the daemon takes a free one.
 */
export function bindPort({ address, host = "", container, protocol: written }: WrittenPort): Parsed<PortBinding[]> {
  const protocol = parseProtocol(written);
  if ("problem" in protocol) return protocol;
  const hostAddress = address ? address.replace(/^\[|\]$/g, "") : DEFAULT_ADDRESS;
  if (isIP(hostAddress) === 0) return wrong(`${hostAddress} is not an IP address`, EXAMPLE);
  const ports = parseRange(container);
  if ("problem" in ports) return ports;
  const { first, count } = ports.value;
  const from = host === "" || host === "0" ? undefined : parseRange(host);
  if (from !== undefined && "problem" in from) return from;
  const place = { hostAddress, protocol: protocol.value };
  if (from !== undefined && count === 1 && from.value.count > 1) {
    const hostPortEnd = from.value.first + from.value.count - 1;
    return { value: [{ ...place, hostPort: from.value.first, hostPortEnd, containerPort: first }] };
  }
  if (from !== undefined && from.value.count !== count) {
    return wrong(`${host} and ${container} are ranges of different lengths`, "one host port for each container port");
  }
  const hostPort = (index: number) => (from === undefined ? 0 : from.value.first + index);
  const bind = (index: number) => ({ ...place, hostPort: hostPort(index), containerPort: first + index });
  return { value: Array.from({ length: count }, (_, index) => bind(index)) };
}

/** Takes `8080`, `3000-3005` or `8080/udp`; gives the ports. */
export function parseExpose(text: string): Parsed<ExposedPort[]> {
  const [range = "", written, ...more] = text.split("/");
  const protocol = parseProtocol(more.length > 0 ? text : written);
  if ("problem" in protocol) return protocol;
  const ports = parseRange(range);
  if ("problem" in ports) return ports;
  const { first, count } = ports.value;
  return { value: Array.from({ length: count }, (_, index) => ({ port: first + index, protocol: protocol.value })) };
}

const PROTOCOLS: readonly Protocol[] = ["tcp", "udp", "sctp"];

function parseProtocol(written = "tcp"): Parsed<Protocol> {
  const protocol = PROTOCOLS.find((known) => known === written.toLowerCase());
  return protocol === undefined
    ? wrong(`${written || "nothing"} is no protocol of a port`, "tcp, udp or sctp")
    : { value: protocol };
}

function parseRange(text: string): Parsed<{ readonly first: number; readonly count: number }> {
  const [matched, from, to = from] = /^([0-9]+)(?:-([0-9]+))?$/.exec(text) ?? [];
  if (matched === undefined) return wrong(`${text || "nothing"} is not a port`, EXAMPLE);
  const [first, last] = [Number(from), Number(to)];
  if (first < 1 || last > 65_535) return wrong(`the port ${text} is not between 1 and 65535`);
  if (last < first) return wrong(`the range ${text} runs backwards`, `write ${to}-${from}`);
  return { value: { first, count: last - first + 1 } };
}
