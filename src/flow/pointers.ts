import type { Mount } from "../delivery/mount.ts";
import type { Clock } from "../host/clock.ts";
import { type BuildName, isSameRelease, type Release } from "../model/artifact.ts";
import { type DeliveryRecord, settlingRelease } from "../model/delivery.ts";
import type { ArtifactDigest, ServiceName } from "../model/names.ts";
import { releaseInPlace } from "../state/service-status.ts";

/** What a service is to take up after a move. */
export interface Moved {
  readonly digest: ArtifactDigest;
  /** What was there before; undefined for nothing, or nothing known. */
  readonly from: BuildName | undefined;
  /** Its config is another one than before. */
  readonly isReconfigured: boolean;
  /** Code and config that the pointers name now, and those that they named before, each as one word. */
  readonly content: string;
  readonly before: string | undefined;
  /** It is a roll-back: who has not taken up what is taken back need do nothing. */
  readonly isBack?: true | undefined;
}

/**
 * The moves of one service's pointers. The journal is written before each: whoever finds one half-way, because devenv
 * was killed in it, knows what to put back.
 */
export class Pointers {
  readonly #service: ServiceName;
  readonly #mount: Mount;
  readonly #clock: Clock;

  constructor(service: ServiceName, mount: Mount, clock: Clock) {
    this.#service = service;
    this.#mount = mount;
    this.#clock = clock;
  }

  /** What the journal says at this moment; another devenv may have written it. */
  record(): DeliveryRecord | undefined {
    return this.#mount.observe([this.#service]).get(this.#service)?.record;
  }

  /** Whether the journal has this very release settling. */
  settles(release: Release): boolean {
    return isSameRelease(settlingRelease(this.record()), release);
  }

  /** The same, or as what is good. */
  knows(release: Release): boolean {
    return this.settles(release) || isSameRelease(this.record()?.good, release);
  }

  /** To a release that has not answered yet, over the one that is good, if any is. */
  async putOnTrial(release: Release, good: Release | undefined): Promise<Moved> {
    await this.#onTrial(release, good);
    return this.#point(release);
  }

  /** The release where the pointers are answered: from now on it settles. */
  async answered(release: Release, good: Release | undefined): Promise<void> {
    const answeredAt = this.#now();
    const since = this.record()?.trial?.since ?? answeredAt;
    const trial = { release, since, answeredAt };
    await this.#mount.record({ service: this.#service, good, trial });
  }

  /** The release has stayed up for its settling time. */
  settle(release: Release): Promise<void> {
    return this.#mount.record({ service: this.#service, good: release });
  }

  /** Back to a good release. */
  async putBack(from: Release, to: Release): Promise<Moved> {
    // News only of a release that settled until now. A disk that is full must not keep the service down.
    await this.#onTrial(from, to).catch(() => undefined);
    return { ...(await this.#point(to)), isBack: true };
  }

  /** The good release runs again, and why the other does not. */
  isBack(from: Release, to: Release, reason: string): Promise<void> {
    return this.#mount.record({ service: this.#service, good: to, rolledBack: { from, reason, at: this.#now() } });
  }

  async #point(release: Release): Promise<Moved> {
    const before = this.#mount.observe([this.#service]).get(this.#service);
    await this.#mount.point(this.#service, release);
    const from = releaseInPlace(before)?.artifact.build;
    const { artifact, config } = release;
    return {
      ...{ digest: artifact.digest, from, isReconfigured: before?.config !== config },
      ...{ content: contentOf(artifact.digest, config), before: before && contentOf(before.artifact, before.config) },
    };
  }

  async #onTrial(release: Release, good: Release | undefined): Promise<void> {
    await this.#mount.record({ service: this.#service, good, trial: { release, since: this.#now() } });
  }

  #now(): string {
    return new Date(this.#clock.now()).toISOString();
  }
}

const contentOf = (artifact: string | undefined, config: string | undefined): string => `${artifact} ${config}`;
