import { dockerHost, type Endpoint } from "../model/endpoint.ts";
import { asFailure, environmentFailure, Failure } from "../model/failure.ts";
import { type Candidate, dockerCandidates } from "./address.ts";
import { endpointOf } from "./endpoint.ts";
import { INQUIRY_MS, inquire, type Silence } from "./inquiry.ts";
import type { Provider } from "./provider.ts";
import type { Attempt, Surroundings } from "./surroundings.ts";

/** What looking for the person's own daemon gave: it, or every place that was tried. */
export interface Search {
  readonly endpoint?: Endpoint | undefined;
  readonly attempts: readonly Attempt[];
  /** Set when a daemon was named (DOCKER_HOST, a context): what named it. */
  readonly named?: string | undefined;
}

/** Provider `docker`: the daemon that answers where Docker's own client would find it. It starts nothing. */
export function dockerProvider(surroundings: Surroundings): Provider {
  return {
    name: "docker",
    find: async (signal) => (await searchDocker(surroundings, { signal })).endpoint,
    up: async (progress, signal) => {
      progress("looking for a Docker daemon");
      // A daemon that systemd starts on the first connection takes its time.
      const search = await searchDocker(surroundings, { signal, timeoutMs: 5 * INQUIRY_MS, strict: true });
      if (search.endpoint) return search.endpoint;
      throw environmentFailure("no Docker daemon answers", {
        problems: search.attempts.map(({ what, outcome }) => ({ message: `${what}: ${outcome}` })),
        hint:
          search.attempts.find(({ hint }) => hint !== undefined)?.hint ?? "Start Docker, or use `provider: engine`.",
      });
    },
  };
}

export interface SearchOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Throw when what DOCKER_HOST or the context names is unusable, rather than count it as one more attempt. */
  readonly strict?: boolean;
}

/** Asks all places at once, each with the same deadline, and takes the first in order that answers. Changes nothing. */
export async function searchDocker(surroundings: Surroundings, options: SearchOptions = {}): Promise<Search> {
  const found = await dockerCandidates(surroundings).catch((thrown: unknown) => {
    const failure = asFailure(thrown);
    if (options.strict || failure.class === "bug") throw failure;
    return failure;
  });
  if (found instanceof Failure) {
    return { attempts: [{ what: "docker", outcome: found.message, hint: found.hint }], named: found.message };
  }
  const named = found.named ? found.candidates[0]?.what : undefined;
  const done = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, done.signal]) : done.signal;
  const asked = found.candidates.map((candidate) => ({
    candidate,
    inquiry: inquire(candidate.address, options.timeoutMs ?? INQUIRY_MS, signal),
  }));
  const attempts: Attempt[] = [];
  try {
    for (const { candidate, inquiry } of asked) {
      const result = await inquiry;
      if (result.answered) {
        return { endpoint: endpointOf("docker", candidate.address, result.answer, surroundings), attempts, named };
      }
      attempts.push({ what: candidate.what, outcome: result.silence, hint: hintFor(candidate, result) });
    }
    return { attempts, named };
  } finally {
    done.abort();
  }
}

function hintFor({ address }: Candidate, { code }: Silence): string | undefined {
  if (code === "EACCES")
    return "Add yourself to the group of the socket: `sudo usermod -aG docker $USER`, then log in anew.";
  if (code === "ETIMEDOUT") {
    return `Something accepts connections at ${dockerHost(address)} and says nothing (a forwarded socket of a VM that sleeps?): restart it.`;
  }
  if (code === "ECONNREFUSED" && address.kind === "unix") return "The daemon of that socket has ended: start it again.";
  return undefined;
}
