/** A host behind ssh, as the system's `ssh` is told it: the rest is in the person's own configuration. */
export interface SshAddress {
  /** `host` or `user@host`; the host may be an alias of ssh_config(5), or an address (IPv6 without brackets). */
  readonly destination: string;
  /** 1 to 65535; without it, what ssh's configuration says. */
  readonly port?: number | undefined;
}

/** As a profile writes it: `me@build-box`, `me@build-box:2222`, `me@[2001:db8::7]:2222`. */
export function sshWritten({ destination, port }: SshAddress): string {
  const at = destination.lastIndexOf("@") + 1;
  const host = destination.slice(at);
  const shown = host.includes(":") ? `${destination.slice(0, at)}[${host}]` : destination;
  return port === undefined ? shown : `${shown}:${port}`;
}

/** As a person types it: `ssh me@build-box -p 2222`. */
export const sshCommand = ({ destination, port }: SshAddress): string =>
  `ssh ${destination}${port === undefined ? "" : ` -p ${port}`}`;
