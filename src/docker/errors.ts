import { type Address, dockerHost } from "../model/endpoint.ts";
import { environmentFailure, Failure, failed, interrupted } from "../model/failure.ts";

/** What the daemon or the way to it threw, before it becomes a Failure. */
interface RawError {
  readonly statusCode?: number;
  readonly code?: string;
  readonly message?: string;
  readonly json?: { readonly message?: string } | null;
}

/** The HTTP status of the daemon's answer; undefined when the daemon gave none. */
export function statusOf(thrown: unknown): number | undefined {
  return (thrown as RawError | undefined)?.statusCode;
}

/** The daemon's own words, without the client's wrapping of them. */
export function wordsOf(thrown: unknown): string {
  const { json, message } = thrown as RawError;
  const words = json?.message ?? (message ?? String(thrown)).replace(/^\(HTTP code \d+\) .*? - /, "");
  return words.trim() || "the daemon gave no reason";
}

/**
 * The one place where a daemon's error becomes a Failure.
 * @param what what was tried, in the imperative: "start container books".
 * @returns `environment` when no daemon answers, the signal's reason when it was aborted, else a failure (exit code 1)
 *   that ends with the daemon's words.
 */
export function daemonFailure(what: string, address: Address, thrown: unknown, signal?: AbortSignal): Failure {
  if (signal?.aborted) return signal.reason instanceof Failure ? signal.reason : interrupted();
  if (thrown instanceof Failure) return thrown;
  const { statusCode, code } = thrown as RawError;
  if (statusCode === undefined && code !== undefined) return unreachable(what, address, code, thrown);
  const words = wordsOf(thrown);
  return failed(`cannot ${what}: ${words}`, { hint: hintFor(words), cause: thrown });
}

function unreachable(what: string, address: Address, code: string, cause: unknown): Failure {
  const where = dockerHost(address);
  const tls = code.startsWith("ERR_TLS") || code.startsWith("ERR_SSL") || code.includes("CERT");
  if (tls) {
    return environmentFailure(`the Docker daemon at ${where} is not trusted: ${(cause as Error).message}`, {
      hint: "check the certificates (ca.pem, cert.pem, key.pem) and that the address is the one they were made for",
      cause,
    });
  }
  switch (code) {
    case "EACCES":
    case "EPERM":
      return environmentFailure(`you may not use the Docker daemon at ${where}`, {
        hint: "join the group docker (`sudo usermod -aG docker $USER`, then log in anew), or use `provider: engine`",
        cause,
      });
    case "ENOENT":
    case "ECONNREFUSED":
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "ETIMEDOUT":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return environmentFailure(`no Docker daemon answers at ${where}`, {
        hint: "`devenv doctor` tells why; start Docker, or let devenv run an engine of its own with `provider: engine`",
        cause,
      });
    case "ECONNRESET":
    case "EPIPE":
    case "ERR_STREAM_PREMATURE_CLOSE":
      return environmentFailure(`the Docker daemon at ${where} hung up`, {
        hint: "it was restarted, or the way to it broke; try again once `devenv docker version` answers",
        cause,
      });
    default:
      return environmentFailure(`cannot ${what}: ${(cause as Error).message}`, { cause });
  }
}

/** Advice for what people meet most; it never changes a failure's class. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /port is already allocated|address already in use/,
    "another program or container has that port: stop it, or name another in `ports`",
  ],
  [/no space left on device/, "free some disk; `docker system df` shows what Docker holds"],
  [
    /non-overlapping IPv4 address pool/,
    "Docker has no address range left: remove unused networks (`docker network prune`)",
  ],
  [
    /unable to start container process.*(no such file or directory|executable file not found|permission denied)/,
    "the program that `command:` (or the image) names is not in the container, or may not be run",
  ],
  [
    /container name .* is already in use/,
    "another container has that name: remove it, or write another `container_name`",
  ],
  [/has active endpoints/, "a container of somebody else's is on it: `docker network inspect` names it"],
  [/exec format error/, "the program was built for another architecture than the daemon's"],
  [/bind source path does not exist/, "make that folder, or correct the path under `volumes`"],
];

const hintFor = (words: string): string | undefined => ADVICE.find(([pattern]) => pattern.test(words))?.[1];
