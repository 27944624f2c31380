/** A host behind ssh, as the system's `ssh` is told it: the rest is in the person's own configuration. */
export interface SshAddress {
  /** `host` or `user@host`; the host may be an alias of ssh_config(5), or an address (IPv6 without brackets). */
  readonly destination: string;
  /** 1 to 65535; without it, what ssh's configuration says. */
  readonly port?: number | undefined;
  /** It is a virtual machine of this one, which devenv brings up. */
  readonly machine?: SshMachine | undefined;
}

/** What leads to a virtual machine, in place of the person's configuration and of asking it where its daemon is. */
export interface SshMachine {
  /** Which provider's it is. */
  readonly of: "vm" | "minikube";
  /** Whose it is: a cluster; of minikube, its profile. */
  readonly cluster: string;
  /** Path of the configuration in which `destination` is a host. */
  readonly config: string;
  /** The Docker daemon's socket over there. */
  readonly docker: string;
}

/** As a profile writes it: `me@build-box`, `me@build-box:2222`, `me@[2001:db8::7]:2222`; a machine of a provider in words. */
export function sshWritten({ destination, port, machine }: SshAddress): string {
  if (machine !== undefined) return machineInWords(machine);
  const at = destination.lastIndexOf("@") + 1;
  const host = destination.slice(at);
  const shown = host.includes(":") ? `${destination.slice(0, at)}[${host}]` : destination;
  return port === undefined ? shown : `${shown}:${port}`;
}

/** As a person types it: `ssh me@build-box -p 2222`. */
export function sshCommand({ destination, port, machine }: SshAddress): string {
  if (machine?.of === "vm") return `devenv -p ${machine.cluster} vm ssh`;
  if (machine?.of === "minikube") return `minikube -p ${machine.cluster} ssh`;
  return `ssh ${destination}${port === undefined ? "" : ` -p ${port}`}`;
}

const machineInWords = ({ of, cluster }: SshMachine): string =>
  of === "vm" ? `the virtual machine of ${cluster}` : `the machine of minikube's profile ${cluster}`;
