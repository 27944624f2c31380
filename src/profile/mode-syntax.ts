import { nearest } from "../model/nearest.ts";
import type { ModeChoice } from "../model/profile.ts";
import { type Parsed, wrong } from "./parsed.ts";

const WORDS = ["ci", "local", "off", "host", "remote"];
export const MODE_EXAMPLE = "write ci, local, off, host:9090 or remote:https://example.org";

/**
 * Takes a mode as a profile's `x-devenv.mode` and `devenv use` write it: `ci`, `local`, `off`, `host:PORT`,
 * `remote:URL`; gives the choice. See `parseRemote` for what a URL may be.
 */
export function parseMode(text: string): Parsed<ModeChoice> {
  const colon = text.indexOf(":");
  const word = colon < 0 ? text : text.slice(0, colon);
  const rest = colon < 0 ? undefined : text.slice(colon + 1);
  switch (word) {
    case "ci":
    case "local":
    case "off":
      return rest === undefined ? { value: { kind: word } } : wrong(`the mode ${word} takes nothing after it`, word);
    case "host":
      return parseHostPort(rest ?? "");
    case "remote":
      return parseRemote(rest ?? "");
    default: {
      const near = nearest(word, WORDS);
      const hint = near.length === 0 ? MODE_EXAMPLE : `did you mean ${near.join(" or ")}?`;
      return wrong(`${text === "" ? "nothing" : text} is no mode`, hint);
    }
  }
}

/** Takes the port of a program on this machine; gives the mode that leads to it. */
export function parseHostPort(text: string): Parsed<ModeChoice> {
  if (text === "") return wrong("the mode host needs the port on which the service listens here", "write host:9090");
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) return wrong(`${text} is not a port between 1 and 65535`, "write host:9090");
  return { value: { kind: "host", port } };
}

const REMOTE_EXAMPLE = "write remote:https://example.org/path, remote:tls://example.org:443 or remote:example.org:5432";

/**
 * Takes an address elsewhere: `http(s)://host[:port][/path]`, `tcp://host:port`, `tls://host:port`, or `host:port`,
 * which is TCP. Gives the mode that leads to it, its `url` always with a scheme.
 */
export function parseRemote(text: string): Parsed<ModeChoice> {
  if (text === "") return wrong("the mode remote needs an address", REMOTE_EXAMPLE);
  const written = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text) ? text : `tcp://${text}`;
  const address = URL.canParse(written) ? new URL(written) : undefined;
  if (address === undefined || address.hostname === "") return wrong(`${text} is not an address`, REMOTE_EXAMPLE);
  const isHttp = address.protocol === "http:" || address.protocol === "https:";
  if (!isHttp && address.protocol !== "tcp:" && address.protocol !== "tls:") {
    return wrong(`${address.protocol}// is not supported for a remote`, "http, https, tcp or tls");
  }
  if (address.search !== "" || address.hash !== "") return wrong(`${text} has more than a path`, REMOTE_EXAMPLE);
  if (isHttp) return { value: { kind: "remote", url: written } };
  if (address.port === "" || address.port === "0") return wrong(`${text} names no port`, REMOTE_EXAMPLE);
  if (address.pathname !== "" && address.pathname !== "/") {
    return wrong(`${text} has a path, which ${address.protocol}// does not know`, REMOTE_EXAMPLE);
  }
  return { value: { kind: "remote", url: written.replace(/\/$/, "") } };
}
