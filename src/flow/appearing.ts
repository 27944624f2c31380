import type { Endpoint } from "../model/endpoint.ts";
import type { PortBinding, Service } from "../model/profile.ts";

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

/** Whether a published port appears on this machine at all: through ssh goes TCP, and nothing else (RFC 4254, section 7). */
export const appears = ({ publishedByForward }: Endpoint, { protocol }: PortBinding): boolean =>
  !publishedByForward || protocol === "tcp";

/** What is to be said of the published ports that do not appear on this machine, each by its service's name. */
export const unforwardedNotes = (endpoint: Endpoint, services: readonly Pick<Service, "name" | "ports">[]): string[] =>
  services.flatMap(({ name, ports }) =>
    ports
      .filter((port) => !appears(endpoint, port))
      .map(({ hostPort, containerPort, protocol }) => {
        const which = hostPort === 0 ? containerPort : hostPort;
        return `${name}: port ${which}/${protocol} does not appear on this machine: only TCP is forwarded from ${endpoint.provider}`;
      }),
  );
