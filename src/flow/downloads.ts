import pLimit, { type LimitFunction } from "p-limit";
import { fetchContent } from "../artifact/fetch-content.ts";
import type { Content } from "../artifact/source.ts";
import type { ArtifactDigest } from "../model/names.ts";
import type { Profile, Service } from "../model/profile.ts";
import { artifactsOf } from "./ci-builds.ts";
import type { Machine } from "./machine.ts";

export interface DownloadOptions {
  readonly signal: AbortSignal;
  /** Called when the first bytes come, then ten times a second at most, and with the last; in bytes. */
  readonly onProgress: (done: number, total: number | undefined) => void;
}

/** So many times a second is enough for an eye, and for those who read events. */
const TELL_EVERY_MS = 100;

/** Brings contents of CI into the store: of each source so many at once as the profile allows it (`jobs`). */
export class Downloads {
  readonly #profile: Pick<Profile, "artifacts">;
  readonly #machine: Pick<Machine, "store" | "clock">;
  readonly #limits = new Map<string, LimitFunction>();

  constructor(profile: Pick<Profile, "artifacts">, machine: Pick<Machine, "store" | "clock">) {
    this.#profile = profile;
    this.#machine = machine;
  }

  /** Has a content of a service in the store. @throws Failure as `fetchContent`; the signal's reason. */
  fetch(service: Service, content: Content, { signal, onProgress }: DownloadOptions): Promise<ArtifactDigest> {
    return this.#limitOf(service)(() => {
      signal.throwIfAborted();
      return fetchContent(content, this.#machine.store, { signal, onProgress: this.#slowly(onProgress) });
    });
  }

  #limitOf(service: Service): LimitFunction {
    const artifacts = artifactsOf(this.#profile, service);
    const key = JSON.stringify(artifacts);
    const limit = this.#limits.get(key) ?? pLimit(artifacts?.jobs ?? 1);
    this.#limits.set(key, limit);
    return limit;
  }

  #slowly(tell: DownloadOptions["onProgress"]): DownloadOptions["onProgress"] {
    let toldMs = Number.NEGATIVE_INFINITY;
    return (done, total) => {
      const now = this.#machine.clock.monotonic();
      if (now - toldMs < TELL_EVERY_MS && done !== total) return;
      toldMs = now;
      tell(done, total);
    };
  }
}
