import { openMount } from "../delivery/mount.ts";
import { clusterFolder } from "../host/folders.ts";
import type { BuildName } from "../model/artifact.ts";
import { answeredRelease } from "../model/delivery.ts";
import { interrupted } from "../model/failure.ts";
import { effectiveMode } from "../model/mode.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile } from "../model/profile.ts";
import type { PullNews, RefreshedService } from "../model/pull-news.ts";
import { followUpOf, type PullFollowUp } from "../plan/pull-services.ts";
import { artifactsOf } from "./ci-builds.ts";
import { fetch } from "./fetch.ts";
import { deliveriesOf } from "./fetch-place.ts";
import type { FetchRow } from "./fetch-result.ts";
import { isTakenBack } from "./fetch-target.ts";
import type { Machine } from "./machine.ts";
import { readModes } from "./modes.ts";

/** What is to be done about services whose code moved: by what they run, and by the modes that were chosen. */
export function followUp(profile: Profile, moved: readonly ServiceName[], machine: Machine): PullFollowUp {
  const folder = clusterFolder(machine.folders, profile.name);
  const choices = readModes(folder);
  const deliveries = openMount(folder, machine.store).observe(moved);
  const services = profile.services.filter(({ name }) => moved.includes(name));
  return followUpOf(
    services.map((service) => ({
      service: service.name,
      mode: effectiveMode(service, choices).mode,
      runs: answeredRelease(deliveries.get(service.name)?.record)?.artifact.build,
      isBuilt: service.build !== undefined,
      hasCi: artifactsOf(profile, service) !== undefined,
    })),
  );
}

/**
 * After a pull in the background, brings the services whose code moved to CI's newer builds of it. Not to one that the
 * person declined, nor to one that did not answer when it was tried. That CI cannot be asked is no news: who runs its
 * code is offered what is new when it can.
 */
export class PullRefresh {
  readonly #machine: Machine;
  /** `books ci:125`, by the answers to what CI's builds are offered with. */
  readonly #declined = new Set<string>();
  /** What the person was asked about last, or is at this moment. */
  readonly #offered = new Map<ServiceName, BuildName>();

  constructor(machine: Machine) {
    this.#machine = machine;
    const unsubscribe = machine.bus.subscribe((event) => {
      if (event.type === "buildOffered") this.#offered.set(event.service, event.build);
      if (event.type === "offerDeclined") this.#declined.add(`${event.service} ${event.build}`);
    });
    machine.signal.addEventListener("abort", unsubscribe, { once: true });
  }

  /** @throws Failure as `fetch`, but for a CI that cannot be asked. */
  async refresh(
    profile: Profile,
    moved: readonly ServiceName[],
  ): Promise<Extract<PullNews, { type: "refreshed" }> | undefined> {
    if (moved.length === 0) return undefined;
    const { clock } = this.#machine;
    const begunMs = clock.monotonic();
    const names = followUp(profile, moved, this.#machine).refresh;
    const fresh = names.length === 0 ? [] : await this.#fresh(profile, names);
    if (fresh.length === 0) return undefined;
    const { rows } = await fetch(profile, fresh, { dryRun: false, note: () => {} }, this.#machine);
    const services = rows.flatMap(refreshedBy);
    for (const { service, to, outcome } of services) if (outcome === "swapped") this.#takeOfferBack(service, to);
    return services.length === 0 ? undefined : { type: "refreshed", services, ms: clock.monotonic() - begunMs };
  }

  /** The question is answered by what runs now. */
  #takeOfferBack(service: ServiceName, runs: BuildName | null): void {
    const { bus, clock } = this.#machine;
    const build = this.#offered.get(service);
    if (build !== undefined && build === runs) bus.dispatch({ type: "offerGone", at: clock.now(), service, build });
  }

  async #fresh(profile: Profile, names: readonly ServiceName[]): Promise<readonly ServiceName[]> {
    const { signal } = this.#machine;
    // A daemon that says nothing any more must not hold up the one who ends the watching.
    const isOver = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(interrupted()), { once: true });
    });
    const asking = fetch(profile, names, { dryRun: true, note: () => {} }, this.#machine);
    const asked = await Promise.race([asking, isOver]).catch((thrown) => {
      if (signal.aborted) throw thrown;
      return { rows: [] };
    });
    const deliveries = deliveriesOf(profile, this.#machine);
    const isWanted = ({ service, to, outcome, reason }: FetchRow) =>
      outcome === "new" &&
      reason === undefined &&
      to !== null &&
      !this.#declined.has(`${service} ${to}`) &&
      !isTakenBack(deliveries.get(service)?.record, to);
    return asked.rows.filter(isWanted).map(({ service }) => service);
  }
}

function refreshedBy({ service, from, to, outcome, failure }: FetchRow): RefreshedService[] {
  if (outcome !== "swapped" && outcome !== "rolledBack" && outcome !== "failed") return [];
  return [{ service, from, to, outcome, failure }];
}
