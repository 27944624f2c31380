import { errorCode } from "../../host/files.ts";
import type { RelayTarget } from "../../model/relay.ts";

/** Where a target is, as people write it: `127.0.0.1:9090`, `api.example.org:443`. */
export function placeOf(target: RelayTarget): string {
  if (target.kind !== "http") return `${target.host}:${target.port}`;
  const { protocol, hostname, port } = new URL(target.url);
  return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}

/** Why a target could not be reached, to stand by itself: "nothing listens on 127.0.0.1:9090". */
export function trouble(target: RelayTarget, error: Error): string {
  const place = placeOf(target);
  const code = errorCode(error) ?? "";
  switch (code) {
    case "ECONNREFUSED":
      return `nothing listens on ${place}`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the name in ${place} is not known`;
    case "ETIMEDOUT":
      return `${place} does not answer`;
    case "ECONNRESET":
    case "EPIPE":
      return `${place} closed the connection`;
    case "ERR_SSL_WRONG_VERSION_NUMBER":
    case "EPROTO":
      return `${place} does not speak TLS`;
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return `the certificate of ${place} is for another name: ${error.message}`;
    default:
      return isCertificateTrouble(code)
        ? `the certificate of ${place} is not trusted: ${error.message} (NODE_EXTRA_CA_CERTS names a file of further authorities)`
        : `${place} cannot be reached: ${error.message}`;
  }
}

/** OpenSSL's names for what is wrong with a chain of certificates. */
const isCertificateTrouble = (code: string): boolean => /CERT|SIGNATURE|ISSUER/.test(code);

/** An attempt that nobody answered, in the system's own terms. */
export const timedOut = (): Error => Object.assign(new Error("timed out"), { code: "ETIMEDOUT" });
