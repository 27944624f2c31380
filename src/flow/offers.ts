import type { BuildName } from "../model/artifact.ts";
import type { OfferEvent } from "../model/event.ts";
import { asFailure, Failure, failed, report } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile } from "../model/profile.ts";
import { readPins } from "../profile/pins.ts";
import type { Offer, OfferAnswer } from "../state/offers.ts";
import { artifactsOf } from "./ci-builds.ts";
import { fetch } from "./fetch.ts";
import { deliveriesOf } from "./fetch-place.ts";
import type { FetchRow } from "./fetch-result.ts";
import { isTakenBack } from "./fetch-target.ts";
import type { Machine } from "./machine.ts";
import { pin } from "./pin.ts";
import { hasArtifact } from "./standing.ts";

/**
 * Asks CI in the background for newer builds of the services that run its code, offers each build once, and does what
 * the person answers. Nothing is swapped without an answer.
 */
export class Offers {
  #profile: Profile;
  readonly #machine: Machine;
  /** Aborted when the profile was edited: another one says whom to ask, and how often. */
  #round = new AbortController();
  readonly #open = new Map<ServiceName, Offer>();
  /** `books ci:125`: decided, or taken back when it was tried; not offered again as long as this devenv lives. */
  readonly #decided = new Set<string>();
  readonly #answers = new Set<Promise<void>>();

  constructor(profile: Profile, machine: Machine) {
    this.#profile = profile;
    this.#machine = machine;
  }

  /** Asks each source as often as the profile says (`x-devenv.artifacts.every`), at once first, until it is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#round = new AbortController();
      await this.#askRegularly(AbortSignal.any([signal, this.#round.signal]));
    }
  }

  /** Goes by an edited profile from now on. */
  goBy(profile: Profile): void {
    this.#profile = profile;
    this.#round.abort();
  }

  async #askRegularly(signal: AbortSignal): Promise<void> {
    const machine = { ...this.#machine, signal };
    const rhythms = [...rhythmsOf(this.#profile)].filter(([everyMs]) => everyMs > 0);
    const asking = rhythms.map(async ([everyMs, names]) => {
      while (!signal.aborted) {
        await this.#ask(names, machine);
        await machine.clock.sleep(everyMs, signal).catch(() => undefined);
      }
    });
    // Not waited for: a daemon that says nothing any more must not hold up the one who ends the watching.
    void Promise.all(asking);
    await new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
      if (signal.aborted) resolve();
    });
  }

  /** Does what was answered to the open offer of a service; without one, nothing. Never rejects: events tell. */
  answer(service: ServiceName, answer: OfferAnswer): Promise<void> {
    const offer = this.#open.get(service);
    if (offer === undefined) return Promise.resolve();
    this.#open.delete(service);
    this.#decided.add(`${service} ${offer.build}`);
    const answered = this.#carryOut(offer, answer).finally(() => this.#answers.delete(answered));
    this.#answers.add(answered);
    return answered;
  }

  /** Resolves when nothing that was answered is under way any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#answers);
  }

  async #ask(names: readonly ServiceName[], machine: Machine): Promise<void> {
    try {
      const pins = await readPins(this.#profile.workspace);
      const free = names.filter((name) => !pins.has(name));
      const options = { dryRun: true, note: () => {} };
      const rows = free.length === 0 ? [] : (await fetch(this.#profile, free, options, machine)).rows;
      if (!machine.signal.aborted) this.#compare(names, rows);
    } catch (thrown) {
      // A CI that cannot be asked is asked again; what runs goes on.
      if (thrown instanceof Failure && thrown.class !== "bug") return;
      const { bus, clock } = this.#machine;
      bus.dispatch({ type: "watchFailed", at: clock.now(), failure: report(asFailure(thrown)) });
    }
  }

  /** Offers what is new, and takes back what no longer is. */
  #compare(names: readonly ServiceName[], rows: readonly FetchRow[]): void {
    const fresh = new Map(rows.flatMap((row) => offerOf(row) ?? []).map((offer) => [offer.service, offer]));
    for (const { service, build } of [...this.#open.values()]) {
      if (!names.includes(service) || fresh.get(service)?.build === build) continue;
      this.#open.delete(service);
      if (!fresh.has(service)) this.#tell({ type: "offerGone", service, build });
    }
    const deliveries = deliveriesOf(this.#profile, this.#machine);
    for (const offer of fresh.values()) {
      const { service, build, from } = offer;
      const isKnown = this.#open.has(service) || this.#decided.has(`${service} ${build}`);
      // It was tried, did not answer and was taken back: another try is the person's to begin.
      if (isKnown || isTakenBack(deliveries.get(service)?.record, build)) continue;
      this.#open.set(service, offer);
      this.#tell({ type: "buildOffered", service, build, from });
    }
  }

  async #carryOut({ service, build, from }: Offer, answer: OfferAnswer): Promise<void> {
    try {
      if (answer === "take") return await this.#take(service, build);
      if (answer === "later") return this.#tell({ type: "offerDeclined", service, build });
      await pin(this.#profile, service, { build: from, reason: undefined }, this.#machine);
      this.#tell({ type: "offerDeclined", service, build, pinned: from });
    } catch (thrown) {
      this.#tell({ type: "buildNotTaken", service, build, failure: report(asFailure(thrown)) });
    }
  }

  async #take(service: ServiceName, build: BuildName): Promise<void> {
    const { clock } = this.#machine;
    this.#tell({ type: "buildWanted", service, build });
    const begun = clock.monotonic();
    const { rows } = await fetch(this.#profile, [service], { dryRun: false, note: () => {} }, this.#machine);
    const [row] = rows;
    if (row?.outcome === "swapped") {
      const ms = clock.monotonic() - begun;
      // There may be a newer one by now.
      this.#tell({ type: "buildTaken", service, build: row.to ?? build, ms });
    } else if (row?.failure !== undefined) {
      this.#tell({ type: "buildNotTaken", service, build, failure: row.failure });
    } else if (row?.reason !== undefined) {
      const failure = report(failed(`${service} goes on with what it runs: ${row.reason}`));
      this.#tell({ type: "buildNotTaken", service, build, failure });
    } else this.#tell({ type: "offerGone", service, build });
  }

  #tell(news: OfferEvent): void {
    this.#machine.bus.dispatch({ ...news, at: this.#machine.clock.now() });
  }
}

/** How often, in milliseconds, CI is asked about which services. */
function rhythmsOf(profile: Profile): Map<number, ServiceName[]> {
  const rhythms = new Map<number, ServiceName[]>();
  for (const service of profile.services) {
    const everyMs = hasArtifact(service) ? artifactsOf(profile, service)?.everyMs : undefined;
    if (everyMs !== undefined) rhythms.set(everyMs, [...(rhythms.get(everyMs) ?? []), service.name]);
  }
  return rhythms;
}

/** What a person can be asked about: another build of CI than the one of CI that runs. */
function offerOf({ service, from, to, outcome, reason }: FetchRow): Offer | undefined {
  if (outcome !== "new" || reason !== undefined || to === null || to === from) return undefined;
  return from?.startsWith("ci:") ? { service, build: to, from } : undefined;
}
