import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { errorCode } from "../host/files.ts";
import { runningDeadline } from "../host/running-time.ts";
import { NO_SERVER_NAME, overSocketFile } from "../host/socket-file.ts";
import type { Address } from "../model/endpoint.ts";

/** What a daemon says of itself, as far as a provider needs it (the API's `/info`). */
export interface Answer {
  readonly version: string;
  readonly os: string;
  /** As `uname -m` prints it. */
  readonly machine: string;
  readonly kernel: string;
  readonly hostname: string;
  /** "Docker Desktop", "Debian GNU/Linux 12 (bookworm)". */
  readonly operatingSystem: string;
  readonly rootless: boolean;
  readonly dataRoot: string;
  readonly storageDriver: string;
  /** Its clock when it answered: RFC 3339, empty where it does not say. */
  readonly systemTime: string;
}

/** An answer, or in a few words why there is none; `code` is the system's word (`EACCES`), where there is one. */
export type Inquiry = { readonly answered: true; readonly answer: Answer } | ({ readonly answered: false } & Silence);

export interface Silence {
  readonly silence: string;
  readonly code?: string | undefined;
}

/** A daemon on this machine answers within milliseconds; one across a VPN within a second. */
export const INQUIRY_MS = 2000;

/**
 * Asks a daemon what it is, with one request and without the 90 ms that the Docker library costs to load.
 * Never throws, never takes longer than `timeoutMs` of the time in which this process runs, changes nothing.
 */
export async function inquire(address: Address, timeoutMs = INQUIRY_MS, signal?: AbortSignal): Promise<Inquiry> {
  const deadline = runningDeadline(timeoutMs);
  const ended = signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, signal]);
  try {
    const { status, body } = await request(address, "GET", "/info", ended);
    if (status !== 200) return { answered: false, silence: `answers with HTTP status ${status}` };
    return { answered: true, answer: parseAnswer(JSON.parse(body)) };
  } catch (error) {
    if (!deadline.signal.aborted) return { answered: false, ...silenceOf(error) };
    return { answered: false, silence: `no answer within ${timeoutMs / 1000} s`, code: "ETIMEDOUT" };
  } finally {
    deadline.stop();
  }
}

/** One request to a daemon, for what is needed where there is no client yet: its status and its whole answer. */
export async function request(
  address: Address,
  method: "GET" | "POST",
  path: string,
  signal: AbortSignal,
): Promise<{ status: number; body: string }> {
  const open = await opener(address);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    open({ method, path, signal, agent: false }, resolve).once("error", reject).end();
  });
  let body = "";
  for await (const chunk of response.setEncoding("utf8")) body += chunk;
  return { status: response.statusCode ?? 0, body };
}

type Opener = (options: RequestOptions, onResponse: (response: IncomingMessage) => void) => ClientRequest;

async function opener(address: Address): Promise<Opener> {
  if (address.kind === "tcp" && address.tls) {
    const https = await import("node:https");
    const { ca, cert, key } = address.tls;
    return (options, done) =>
      https.request({ ...options, host: bare(address.host), port: address.port, ca, cert, key }, done);
  }
  const http = await import("node:http");
  const where =
    address.kind === "unix"
      ? overSocketFile(address.path)
      : { host: bare(address.host), port: address.port, ...NO_SERVER_NAME };
  return (options, done) => http.request({ ...options, ...where }, done);
}

/** A URL writes an IPv6 address in brackets, a socket wants it without. */
const bare = (host: string): string => host.replace(/^\[(.*)\]$/, "$1");

function parseAnswer(info: Record<string, unknown>): Answer {
  const text = (key: string) => (typeof info[key] === "string" ? info[key] : "");
  const security = Array.isArray(info.SecurityOptions) ? info.SecurityOptions : [];
  return {
    version: text("ServerVersion"),
    os: text("OSType"),
    machine: text("Architecture"),
    kernel: text("KernelVersion"),
    hostname: text("Name"),
    operatingSystem: text("OperatingSystem"),
    rootless: security.includes("name=rootless"),
    dataRoot: text("DockerRootDir"),
    storageDriver: text("Driver"),
    systemTime: text("SystemTime"),
  };
}

const SILENCES: Readonly<Record<string, string>> = {
  ENOENT: "no such socket",
  ENOTDIR: "no such socket",
  ENOTSOCK: "not a socket",
  ECONNREFUSED: "nothing listens there",
  EACCES: "permission denied",
  ENOTFOUND: "no such host",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ECONNRESET: "the connection was closed",
};

function silenceOf(error: unknown): Silence {
  const code = errorCode(error);
  if (error instanceof SyntaxError) return { silence: "what answers there is not a Docker daemon" };
  return { silence: silenceInWords(error), code };
}

/** Why a connection was not to be had, in words where the system's error has some here. */
export function silenceInWords(error: unknown): string {
  const code = errorCode(error);
  return (code && SILENCES[code]) ?? (error instanceof Error ? error.message : String(error));
}
