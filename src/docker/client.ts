import type { IncomingMessage } from "node:http";
import { inspect } from "node:util";
import type Modem from "docker-modem";
import type Docker from "dockerode";
import { NO_SERVER_NAME } from "../host/socket-file.ts";
import { type Address, dockerHost } from "../model/endpoint.ts";
import { environmentFailure } from "../model/failure.ts";
import { daemonFailure } from "./errors.ts";
import { withWholeAnswers } from "./whole-answers.ts";

/** The newest API that this code was tried with; a newer daemon is spoken to in this one. Docker 29 takes 1.44 and up. */
const NEWEST_API = "1.47";
/** Debian 12's Docker 20.10. */
const OLDEST_API = "1.41";
/** How long the first answer may take: a forwarded socket can accept and never answer (colima#1033). */
const ANSWER_WITHIN_MS = 10_000;

/** One daemon's connection, shared by all the calls. */
export interface Client {
  /**
   * Runs one call against the daemon; the first one agrees on the API version.
   * @param what what is tried, in the imperative, for the message of the Failure that every error becomes.
   */
  call<T>(what: string, work: (docker: Docker) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** An error that came later, out of a stream, as the same kind of Failure. */
  failure(what: string, thrown: unknown, signal?: AbortSignal): Error;
  close(): void;
}

/** Opens no socket yet: the first call does. */
export function openClient(address: Address): Client {
  let opened: Promise<Opened> | undefined;
  const docker = async () => {
    opened ??= open(address);
    try {
      return (await opened).docker;
    } catch (thrown) {
      // Not remembered: a caller may be waiting for the daemon to come up.
      opened = undefined;
      throw thrown;
    }
  };
  return {
    async call(what, work, signal) {
      try {
        signal?.throwIfAborted();
        return await work(await docker());
      } catch (thrown) {
        throw daemonFailure(what, address, thrown, signal);
      }
    },
    failure: (what, thrown, signal) => daemonFailure(what, address, thrown, signal),
    close() {
      opened?.then(
        ({ agent }) => agent.destroy(),
        () => {},
      );
    },
  };
}

interface Opened {
  readonly docker: Docker;
  readonly agent: { destroy(): void };
}

/** Loads the Docker library, which takes 20 ms: to be begun while a daemon is still being looked for. */
export const loadLibrary = () => Promise.all([import("dockerode"), import("docker-modem")]);

async function open(address: Address): Promise<Opened> {
  const [{ default: Docker }, { default: DockerModem }] = await loadLibrary();
  const agent = await agentFor(address);
  // Not `new`: the constructor reads DOCKER_HOST and DOCKER_CERT_PATH, and throws when they name what is not there,
  // even where the address is given. An endpoint travels as a value (DESIGN section 5).
  const modem: Modem = withWholeAnswers(
    Object.assign(Object.create(DockerModem.prototype), {
      ...wayTo(address),
      agent,
      headers: {},
      pathPrefix: "/",
    }),
  );
  const docker = new Docker({ modem } as object);
  try {
    Object.assign(modem, { version: `v${agreeOn(address, await ping(modem, address))}` });
  } catch (thrown) {
    agent.destroy();
    throw thrown;
  }
  return { docker, agent };
}

/** The version of the API that was agreed on: `v1.41`. */
export const apiOf = (docker: Docker): string => (docker.modem as Modem & { readonly version: string }).version;

async function agentFor(address: Address) {
  const agent =
    address.kind === "tcp" && address.tls
      ? new (await import("node:https")).Agent({ keepAlive: true })
      : new (await import("node:http")).Agent({ keepAlive: true, ...NO_SERVER_NAME });
  // docker-modem describes every request to the last socket for a debug log that is off: 5 ms each without this.
  return Object.assign(agent, { [inspect.custom]: () => "the daemon's agent" });
}

function wayTo(address: Address) {
  if (address.kind === "unix") return { socketPath: address.path, protocol: "http" };
  const { port, tls } = address;
  const host = address.host.replace(/^\[(.*)\]$/, "$1"); // a URL writes an IPv6 address in brackets, a socket does not
  if (!tls) return { host, port, protocol: "http" };
  return { host, port, protocol: "https", ca: tls.ca, cert: tls.cert, key: tls.key };
}

function ping(modem: Modem, address: Address): Promise<string | undefined> {
  const abortSignal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  return new Promise((resolve, reject) => {
    modem.dial(
      { path: "/_ping", method: "GET", isStream: true, statusCodes: { 200: true }, abortSignal },
      (error, answer) => {
        if (abortSignal.aborted) reject(silent(address));
        else if (error) reject(error);
        else {
          const { headers } = (answer as IncomingMessage).resume();
          resolve(headers["api-version"]?.toString());
        }
      },
    );
  });
}

const silent = (address: Address) =>
  environmentFailure(`the Docker daemon at ${dockerHost(address)} did not answer within ${ANSWER_WITHIN_MS / 1000} s`, {
    hint: "something accepts connections there but is stuck: restart Docker, or the tunnel that leads to it",
  });

/** The API version to speak, out of the newest that the daemon offers. */
export function agreeOn(address: Address, offered: string | undefined): string {
  const where = dockerHost(address);
  if (!offered) {
    throw environmentFailure(`what answers at ${where} is not a Docker daemon`, {
      hint: "check DOCKER_HOST or the Docker context that the address came from",
    });
  }
  if (minor(offered) < minor(OLDEST_API)) {
    throw environmentFailure(`the Docker daemon at ${where} is too old: it speaks API ${offered}`, {
      hint: `update Docker to 20.10 (API ${OLDEST_API}) or newer`,
    });
  }
  return minor(offered) < minor(NEWEST_API) ? offered : NEWEST_API;
}

/** Docker's API has been 1.x since 2014. */
const minor = (version: string): number => Number(version.split(".")[1]);
