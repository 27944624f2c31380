import { errorCode } from "../../host/files.ts";

/** OpenSSL's words (X509_verify_cert_error_string, as Node has them) for a certificate that is not believed. */
const CERTIFICATE_CODES = new Set([
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_UNTRUSTED",
  "CERT_REJECTED",
  "UND_ERR_PRX_TLS",
]);

/** Whether TLS did not come about: its certificate is not believed, or it speaks no TLS. */
export function isUntrusted(cause: unknown): boolean {
  const code = codeOf(cause);
  return CERTIFICATE_CODES.has(code) || code.startsWith("ERR_TLS_") || code.startsWith("ERR_SSL_");
}

const LASTING = new Set(["ENOTFOUND", "ENETUNREACH", "UND_ERR_INVALID_ARG", "UND_ERR_ABORTED"]);

/** Whether trying again cannot help: a certificate is refused, a name does not exist, a proxy says no. */
export const isLasting = (cause: unknown): boolean => isUntrusted(cause) || LASTING.has(codeOf(cause));

/** An error's reason in a few words. */
export function reasonOf(cause: unknown): string {
  const code = codeOf(cause);
  const message = cause instanceof Error ? cause.message : String(cause);
  const proxy = proxyStatus(cause);
  if (proxy !== undefined) return proxy === 407 ? "the proxy wants credentials" : `the proxy answers ${proxy}`;
  if (cause instanceof Error && cause.name === "HTTPParserError") return "it does not speak HTTP";
  return REASONS.get(code) ?? (message === "" ? code : message);
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ["ENOTFOUND", "there is no host of that name"],
  ["EAI_AGAIN", "its name cannot be looked up now"],
  ["ECONNREFUSED", "nothing listens there"],
  ["ECONNRESET", "the connection was cut"],
  ["EPIPE", "the connection was cut"],
  ["UND_ERR_SOCKET", "the connection was cut"],
  ["ETIMEDOUT", "it does not answer"],
  ["EHOSTUNREACH", "no way leads to it"],
  ["ENETUNREACH", "no way leads to it"],
  ["UND_ERR_CONNECT_TIMEOUT", "it does not answer"],
  ["UND_ERR_HEADERS_TIMEOUT", "it takes the request and says nothing"],
  ["UND_ERR_BODY_TIMEOUT", "it says nothing more"],
]);

/** What a proxy answered that lets nothing through; undici tells it in the words of its message alone. */
export function proxyStatus(cause: unknown): number | undefined {
  const message = cause instanceof Error ? cause.message : "";
  const status = /^Proxy .*\((\d{3})\)/.exec(message)?.[1];
  return status === undefined ? undefined : Number(status);
}

/** With several addresses tried, each has an error of its own; the first one's. */
export function codeOf(cause: unknown): string {
  const one = cause instanceof AggregateError ? cause.errors[0] : cause;
  return errorCode(one) ?? errorCode(cause) ?? "";
}
