import { STATUS_CODES } from "node:http";
import type { Readable } from "node:stream";
import type { ArtifactCredentials } from "../../model/artifact-source.ts";
import { environmentFailure, type Failure } from "../../model/failure.ts";
import type { Answer } from "./exchange.ts";
import { HttpAnswer } from "./http.ts";
import { codeOf, isUntrusted, proxyStatus, reasonOf } from "./reasons.ts";
import { shown } from "./url.ts";

/** What a server's refusal needs to be told by. */
export interface Asked {
  readonly url: URL;
  /** The names of the variables that the credentials came from, for the hint. */
  readonly credentials: ArtifactCredentials | undefined;
  /** The file of the profile's `ca`. */
  readonly ca: string | undefined;
}

/** A status that is no success, as a Failure with the server's first words; its body is read for them. */
export async function refusal(answer: Answer, asked: Asked): Promise<Failure> {
  const words = await firstWords(answer.body);
  const said = words === "" ? "" : `: ${words}`;
  return environmentFailure(`${shown(answer.url)} answers ${named(answer.status)}${said}`, {
    hint: hintFor(answer, asked),
    cause: new HttpAnswer(answer.status, answer.headers),
  });
}

/** A server that lets nobody in for so long that nobody waits for it. */
export function busyUntil(answer: Answer, until: Date): Failure {
  const time = until.toLocaleTimeString("en-GB");
  return environmentFailure(`${shown(answer.url)} answers ${named(answer.status)} until ${time}`, {
    hint: "the server limits how often it may be asked: try again then; with credentials, most allow more",
    cause: new HttpAnswer(answer.status, answer.headers),
  });
}

/** `404 Not Found` */
export const named = (status: number): string => `${status} ${STATUS_CODES[status] ?? ""}`.trim();

function hintFor({ status, url }: Answer, { url: from, credentials }: Asked): string {
  if (status === 401 || status === 403 || status === 407) return credentialsHint(url, from, credentials);
  if (status === 404 || status === 410) {
    const hidden = credentials === undefined ? "; some servers say so to who gives no credentials, too" : "";
    return `there is nothing at that address: correct x-devenv.artifacts in the profile, or let CI build it${hidden}`;
  }
  if (status >= 500) return "the server has a trouble of its own: try again later, or ask who runs it";
  return "the server does not want to be asked like that: correct x-devenv.artifacts in the profile";
}

function credentialsHint(url: URL, from: URL, credentials: ArtifactCredentials | undefined): string {
  if (credentials === undefined) {
    return "name the variables that hold credentials in the profile: x-devenv.artifacts.credentials: { user: …, token: … }";
  }
  if (url.origin !== from.origin) {
    return `it was redirected to from ${from.origin}, whose credentials no other host gets; name its own address in x-devenv.artifacts.source`;
  }
  const { user, token } = credentials;
  return `it does not accept ${user === undefined ? token : `${user} and ${token}`}: correct the value, or the rights that it has there`;
}

const WORDS_READ_BYTES = 16 * 1024;
const WORDS_SHOWN = 200;

/** The first words of an error page: its message where it is JSON, else its text. */
async function firstWords(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk as Buffer);
      length += (chunk as Buffer).length;
      if (length >= WORDS_READ_BYTES) break;
    }
  } catch {
    // What came by then is what it said.
  }
  const text = Buffer.concat(chunks).toString("utf8").slice(0, WORDS_READ_BYTES);
  const words = messageIn(text) ?? text.replace(/<(style|script|title)\b.*?<\/\1>|<[^>]*>/gs, " ");
  const line = words.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return line.length > WORDS_SHOWN ? `${line.slice(0, WORDS_SHOWN)}…` : line;
}

/** `{"message": …}` as GitHub has it, `{"errors": [{"message": …}]}` as registries do. */
function messageIn(text: string): string | undefined {
  try {
    const { message, errors } = JSON.parse(text) as { message?: unknown; errors?: { message?: unknown }[] };
    const said = message ?? errors?.[0]?.message;
    return typeof said === "string" ? said : undefined;
  } catch {
    return undefined;
  }
}

/** No answer at all, as a Failure. */
export function unreachable(cause: unknown, { url, ca }: Asked): Failure {
  const code = codeOf(cause);
  const what = isUntrusted(cause) ? "cannot be trusted" : "cannot be asked";
  const hint = isUntrusted(cause) ? tlsHint(code, ca) : proxyStatus(cause) ? PROXY_HINT : reachHint(code, url);
  return environmentFailure(`${shown(url)} ${what}: ${reasonOf(cause)}`, { hint, cause });
}

const PROXY_HINT =
  "HTTP_PROXY and HTTPS_PROXY name the proxy, with credentials as in http://USER:PASSWORD@HOST:PORT; NO_PROXY names the hosts that need none";

function tlsHint(code: string, ca: string | undefined): string {
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return "its certificate is another host's: correct the address";
  if (code.startsWith("ERR_SSL_")) return "it may speak plain http at that port: correct the address";
  if (code.startsWith("CERT_")) return "let who runs it renew its certificate; or this machine's clock is wrong";
  const how = "x-devenv.artifacts.ca: FILE.pem in the profile, or NODE_EXTRA_CA_CERTS";
  return ca === undefined
    ? `nobody whom this machine trusts signed its certificate; name who did: ${how}`
    : `nobody in ${ca} signed its certificate, nor anyone else whom this machine trusts`;
}

function reachHint(code: string, url: URL): string {
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return `is ${url.hostname} right, and this machine on the network (or the VPN) that knows it?`;
  }
  return "is the server up, and this machine on the network (or the VPN) that reaches it? A proxy is taken from HTTPS_PROXY and HTTP_PROXY";
}
