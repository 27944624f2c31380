import type { Endpoint } from "../model/endpoint.ts";
import type { PortBinding } from "../model/profile.ts";

/**
 * A published port as it appears on this machine: behind ssh the address is one of the daemon's host, and here it is
 * loopback, whatever that says.
 */
export const appearing = ({ publishedByForward, publishedOn }: Endpoint, port: PortBinding): PortBinding =>
  publishedByForward ? { ...port, hostAddress: publishedOn } : port;

/** The same of all ports of a service or of a container. */
export const withAppearing = <Part extends { readonly ports: readonly PortBinding[] }>(
  endpoint: Endpoint,
  part: Part,
): Part => ({
  ...part,
  ports: part.ports.map((port) => appearing(endpoint, port)),
});
