import type { Content } from "../artifact/source.ts";
import { asFailure, type Failure, interrupted, report } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Step } from "../model/operation.ts";
import type { Profile } from "../model/profile.ts";
import { size } from "../state/size.ts";
import { type Transfer, transferText } from "../state/transfer.ts";
import type { Downloads } from "./downloads.ts";
import { ofService } from "./fetch-release.ts";
import type { FetchTarget } from "./fetch-target.ts";
import type { Machine } from "./machine.ts";

export interface Fetched {
  /** Bytes that came, by service. */
  readonly bytes: ReadonlyMap<ServiceName, number>;
  readonly failures: ReadonlyMap<ServiceName, Failure>;
}

/**
 * Brings what is missing into the store, several services at once, as a plan whose steps tell how far they are; a last
 * one tells of all together. One that fails stops no other.
 * @throws Failure when it was interrupted.
 */
export async function fetchMissing(
  profile: Profile,
  targets: readonly FetchTarget[],
  downloads: Downloads,
  machine: Machine,
): Promise<Fetched> {
  const { bus, clock } = machine;
  if (targets.length === 0) return { bytes: new Map(), failures: new Map() };
  const all = new Amounts(targets, clock.monotonic());
  const total = targets.length > 1 ? totalStep(all, targets.length) : undefined;
  const steps = [...targets.map(stepOf), ...(total === undefined ? [] : [total])];
  bus.dispatch({ type: "planned", at: clock.now(), cluster: profile.name, steps });
  if (total !== undefined) begin(total, machine);
  const failures = new Map<ServiceName, Failure>();
  const fetchOne = async (target: FetchTarget) => {
    const step = stepOf(target);
    const begun = clock.monotonic();
    begin(step, machine);
    try {
      await fetchTarget(target, step, { downloads, machine, all, total });
      bus.dispatch({ type: "stepDone", at: clock.now(), step: step.id, ms: clock.monotonic() - begun });
    } catch (thrown) {
      const failure = machine.signal.aborted ? interrupted() : asFailure(thrown);
      if (failure.class === "bug") throw thrown;
      failures.set(target.service.name, failure);
      const ms = clock.monotonic() - begun;
      bus.dispatch({ type: "stepFailed", at: clock.now(), step: step.id, ms, failure: report(failure) });
    }
  };
  await Promise.all(targets.map(fetchOne));
  if (machine.signal.aborted) throw interrupted();
  if (total !== undefined)
    bus.dispatch({ type: "stepDone", at: clock.now(), step: total.id, ms: clock.monotonic() - all.begun });
  return { bytes: all.byService(), failures };
}

const stepOf = ({ service, build, inPlace }: FetchTarget): Step => ({
  id: `fetch:${service.name}`,
  service: service.name,
  title: `fetch ${service.name} ${build}`,
  cause: inPlace === undefined ? "nothing of it is here yet" : `instead of ${inPlace.artifact.build}`,
  after: [],
  actions: [],
});

function totalStep(all: Amounts, builds: number): Step {
  const { total } = all.together(all.begun);
  const cause = total === undefined ? `${builds} builds` : `${builds} builds, ${size(total)}`;
  return { id: "fetch", title: "total", cause, after: [], actions: [] };
}

const begin = ({ id, title, cause }: Step, { bus, clock }: Machine): void =>
  bus.dispatch({ type: "stepStarted", at: clock.now(), step: id, title, cause });

interface FetchOne {
  readonly downloads: Downloads;
  readonly machine: Machine;
  readonly all: Amounts;
  readonly total: Step | undefined;
}

async function fetchTarget({ service, missing }: FetchTarget, step: Step, context: FetchOne): Promise<void> {
  const { downloads, machine, all, total } = context;
  const tell = ({ id }: Step, transfer: Transfer) =>
    machine.bus.dispatch({
      type: "stepProgress",
      at: machine.clock.now(),
      step: id,
      note: transferText(transfer),
      done: transfer.done,
      ...(transfer.total !== undefined && { total: transfer.total }),
    });
  for (const content of missing) {
    const onProgress = (done: number, of: number | undefined) => {
      const now = machine.clock.monotonic();
      all.came(service.name, content, { done, total: of }, now);
      tell(step, all.of(service.name, now));
      if (total !== undefined) tell(total, all.together(now));
    };
    await ofService(service.name, downloads.fetch(service, content, { signal: machine.signal, onProgress }));
  }
}

interface Amount {
  readonly done: number;
  readonly total: number | undefined;
}

/** How much came of what; times on the clock that never jumps, in milliseconds. */
class Amounts {
  readonly begun: number;
  readonly #parts = new Map<ServiceName, Map<Content, Amount>>();
  readonly #since = new Map<ServiceName, number>();

  constructor(targets: readonly FetchTarget[], begun: number) {
    this.begun = begun;
    for (const { service, missing } of targets) {
      this.#parts.set(service.name, new Map(missing.map((content) => [content, { done: 0, total: content.size }])));
    }
  }

  came(service: ServiceName, content: Content, amount: Amount, now: number): void {
    if (!this.#since.has(service)) this.#since.set(service, now);
    this.#parts.get(service)?.set(content, { ...amount, total: amount.total ?? content.size });
  }

  of(service: ServiceName, now: number): Transfer {
    return { ...sum([...(this.#parts.get(service)?.values() ?? [])]), ms: now - (this.#since.get(service) ?? now) };
  }

  together(now: number): Transfer {
    return { ...sum([...this.#parts.values()].flatMap((parts) => [...parts.values()])), ms: now - this.begun };
  }

  byService(): Map<ServiceName, number> {
    return new Map([...this.#parts.keys()].map((service) => [service, this.of(service, 0).done]));
  }
}

const sum = (amounts: readonly Amount[]): Amount => ({
  done: amounts.reduce((done, amount) => done + amount.done, 0),
  total: amounts.reduce<number | undefined>(
    (total, amount) => (total === undefined || amount.total === undefined ? undefined : total + amount.total),
    0,
  ),
});
