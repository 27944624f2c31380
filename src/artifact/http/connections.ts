import { readFile } from "node:fs/promises";
import type { SecureContext } from "node:tls";
import type { Dispatcher } from "undici";
import { environmentFailure, userFailure } from "../../model/failure.ts";

/** How long a server may take, and how many connections it has to bear. */
export interface HttpLimits {
  /** Until a connection is there, TLS included. */
  readonly connectMs: number;
  /** Without a byte: before the answer begins, or in the middle of it. */
  readonly idleMs: number;
  /** At once, to one origin. */
  readonly connections: number;
}

export const HTTP_LIMITS: HttpLimits = { connectMs: 10_000, idleMs: 30_000, connections: 16 };

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Way {
  readonly environment: Environment;
  /** Absolute path of a PEM file of authorities that are believed besides the system's. */
  readonly ca: string | undefined;
  readonly limits: HttpLimits;
}

/** Where the systems keep the authorities that their administrator trusts; as Go's crypto/x509 looks for them. */
const SYSTEM_BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Arch
  "/etc/pki/tls/certs/ca-bundle.crt", // Fedora, RHEL
  "/etc/ssl/ca-bundle.pem", // openSUSE
  "/etc/ssl/cert.pem", // Alpine, macOS
];

/**
 * Gives what sends a request to a URL: through the proxy that HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY (or the
 * same in small letters) of the environment name, with a bounded number of connections to each origin. Made when the
 * first request comes; idle connections end by themselves and keep no process alive.
 */
export function openConnections(way: Way): (url: URL) => Promise<Dispatcher> {
  const made = new Map<string, Promise<Dispatcher>>();
  return ({ protocol }) => {
    const dispatcher = made.get(protocol) ?? connectionsFor(protocol, way);
    made.set(protocol, dispatcher);
    return dispatcher;
  };
}

async function connectionsFor(protocol: string, { environment, ca, limits }: Way): Promise<Dispatcher> {
  const { EnvHttpProxyAgent, Pool } = await import("undici");
  const proxy = proxyFor(protocol, environment);
  const secure = protocol === "https:" || proxy.startsWith("https:");
  const tls = secure ? { secureContext: await trusting(ca, environment) } : {};
  const connect = { ...tls, timeout: limits.connectMs };
  return new EnvHttpProxyAgent({
    // Empty, not undefined, where there is none: it would look into process.env, and take HTTP_PROXY for https: too.
    httpProxy: proxy,
    httpsProxy: proxy,
    noProxy: variable("NO_PROXY", environment) ?? "",
    // As curl does: many a proxy takes CONNECT to port 443 alone.
    proxyTunnel: false,
    connect,
    requestTls: connect,
    proxyTls: connect,
    factory: (origin, options) => new Pool(origin, { ...options, connections: limits.connections }),
  });
}

/** `http://proxy:3128`; `proxy:3128` means the same, as it does to curl. Empty where there is none. */
function proxyFor(protocol: string, environment: Environment): string {
  const name = protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const value = variable(name, environment) ?? variable("ALL_PROXY", environment) ?? "";
  if (value === "") return "";
  const url = value.includes("://") ? value : `http://${value}`;
  if (!URL.canParse(url)) {
    throw environmentFailure(`${name} is not the address of a proxy`, {
      hint: `set ${name} to something like http://proxy.example.org:3128, or unset it`,
    });
  }
  return url;
}

/** The small letters first, as curl and undici have it. */
const variable = (name: string, environment: Environment): string | undefined =>
  environment[name.toLowerCase()] ?? environment[name];

/**
 * The authorities that the system trusts, as curl and Go do (Node's own list where there is none of the system's), those
 * of NODE_EXTRA_CA_CERTS, and `ca`. Made once: it takes 50 ms, and every connection would do it anew.
 */
async function trusting(ca: string | undefined, environment: Environment): Promise<SecureContext> {
  const { createSecureContext, rootCertificates } = await import("node:tls");
  const { NODE_EXTRA_CA_CERTS: extra, SSL_CERT_FILE: named } = environment;
  const system = await firstReadable(named === undefined ? SYSTEM_BUNDLES : [named]);
  const more = extra === undefined ? undefined : await firstReadable([extra]);
  const own = ca === undefined ? undefined : await readAuthorities(ca);
  const believed = [...(system === undefined ? rootCertificates : [system]), more, own];
  return createSecureContext({ ca: believed.filter((pem) => pem !== undefined) });
}

async function firstReadable(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    const text = await readFile(file, "utf8").catch(() => undefined);
    if (text !== undefined) return text;
  }
  return undefined;
}

async function readAuthorities(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((cause) => {
    throw userFailure(`the authorities of x-devenv.artifacts.ca cannot be read: ${file}`, { cause, hint: CA_HINT });
  });
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw userFailure(`x-devenv.artifacts.ca holds no certificate: ${file}`, { hint: CA_HINT });
}

const CA_HINT = "`ca` names a PEM file with the certificate (-----BEGIN CERTIFICATE-----) of who signed the server's";
