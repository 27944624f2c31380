import { isIP } from "node:net";
import type { PortBinding } from "../model/profile.ts";
import { type Parsed, wrong } from "./parsed.ts";

/** The address that a published port is bound to unless the profile names one: nobody else's machine reaches it. */
const DEFAULT_ADDRESS = "127.0.0.1";
const EXAMPLE = 'write "8081:8080", "127.0.0.1:8081:8080" or "8081:8080/udp"';
const SHORT = /^(?:(?:(\[[^\]]+\]|[^:[\]]*):)?([^:]*):)?([^:/]+)(?:\/(.*))?$/;

/**
 * Takes Compose's short syntax, `[address:][host:]container[/protocol]`, where host and container may be ranges of
 * the same length; gives one binding a port. Without a host port (or with 0) the daemon chooses one.
 */
export function parsePort(text: string): Parsed<PortBinding[]> {
  const [matched, address, host = "", container = "", protocol = "tcp"] = SHORT.exec(text) ?? [];
  if (matched === undefined) return wrong(`${text || "nothing"} is not a port`, EXAMPLE);
  if (protocol !== "tcp" && protocol !== "udp") return wrong(`${protocol} is no protocol of a port`, "tcp or udp");
  const hostAddress = address ? address.replace(/^\[|\]$/g, "") : DEFAULT_ADDRESS;
  if (isIP(hostAddress) === 0) return wrong(`${hostAddress} is not an IP address`, EXAMPLE);
  const containerPorts = parsePortRange(container);
  if ("problem" in containerPorts) return containerPorts;
  const hostPorts = host === "" || host === "0" ? { value: containerPorts.value.map(() => 0) } : parsePortRange(host);
  if ("problem" in hostPorts) return hostPorts;
  if (hostPorts.value.length !== containerPorts.value.length) {
    return wrong(`${host} and ${container} are ranges of different lengths`, "one host port for each container port");
  }
  const bindings = containerPorts.value.map((containerPort, index) => ({
    hostAddress,
    hostPort: hostPorts.value[index] ?? 0,
    containerPort,
    protocol: protocol as "tcp" | "udp",
  }));
  return { value: bindings };
}

/** Takes `8080`, `3000-3005` or `8080/tcp`; gives the ports. The network's other protocols need no `expose`. */
export function parseExpose(text: string): Parsed<number[]> {
  return parsePortRange(text.replace(/\/tcp$/, ""));
}

function parsePortRange(text: string): Parsed<number[]> {
  const [matched, from, to = from] = /^([0-9]+)(?:-([0-9]+))?$/.exec(text) ?? [];
  if (matched === undefined) return wrong(`${text} is not a port`, EXAMPLE);
  const first = Number(from);
  const last = Number(to);
  if (first < 1 || last > 65_535) return wrong(`the port ${text} is not between 1 and 65535`);
  if (last < first) return wrong(`the range ${text} runs backwards`, `write ${to}-${from}`);
  return { value: Array.from({ length: last - first + 1 }, (_, index) => first + index) };
}
