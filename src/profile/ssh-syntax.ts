import type { SshAddress } from "../model/ssh.ts";
import { type Parsed, wrong } from "./parsed.ts";

export const SSH_EXAMPLE = "write host, user@host, user@host:2222 or an alias of ~/.ssh/config";

/** No option (`-oProxyCommand=…`), no word of a shell: a profile may come from anybody, and ssh expands some of them. */
const USER = /^[A-Za-z0-9_][A-Za-z0-9_.+\\-]*\$?$/;
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
const IPV6 = /^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9_.-]+)?$/;

/**
 * Takes the address of a host behind ssh: `[ssh://][user@]host[:port]`, the host a name, an alias of ssh_config(5) or an
 * address. IPv6 with a port stands in brackets, as in a URL.
 */
export function parseSsh(text: string): Parsed<SshAddress> {
  if (text === "") return wrong("ssh needs the address of a host", SSH_EXAMPLE);
  const address = text.replace(/^ssh:\/\//, "").replace(/\/$/, "");
  const at = address.lastIndexOf("@");
  const user = at < 0 ? undefined : address.slice(0, at);
  if (user?.includes(":"))
    return wrong("a password has no place in a profile", "ssh-copy-id puts your key onto the host");
  if (user !== undefined && !USER.test(user)) return wrong(`${user || "nothing"} is no name of a user`, SSH_EXAMPLE);
  const { host, port } = splitPort(address.slice(at + 1));
  if (!NAME.test(host) && !IPV6.test(host)) return wrong(`${host || "nothing"} is no name of a host`, SSH_EXAMPLE);
  const destination = user === undefined ? host : `${user}@${host}`;
  if (port === undefined) return { value: { destination } };
  const number = /^[0-9]{1,5}$/.test(port) ? Number(port) : 0;
  if (number < 1 || number > 65_535)
    return wrong(`${port || "nothing"} is not a port between 1 and 65535`, SSH_EXAMPLE);
  return { value: { destination, port: number } };
}

/** With more than one colon and no brackets it is an IPv6 address without a port. */
function splitPort(place: string): { readonly host: string; readonly port?: string | undefined } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(place);
  if (bracketed !== null) return { host: bracketed[1] ?? "", port: bracketed[2] };
  const colon = place.indexOf(":");
  if (colon < 0 || colon !== place.lastIndexOf(":")) return { host: place };
  return { host: place.slice(0, colon), port: place.slice(colon + 1) };
}
