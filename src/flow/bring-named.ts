import { asFailure, type FailureReport, report } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Step } from "../model/operation.ts";
import { type BringOptions, type Brought, bring } from "./bring.ts";
import type { ChoiceOptions } from "./choice.ts";
import type { Cluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";
import { readProvided } from "./secrets.ts";
import type { Wanted } from "./wanted.ts";

export type NamedOptions = ChoiceOptions & Pick<BringOptions, "gone"> & { readonly only: ReadonlySet<ServiceName> };

/** Some of the services were not brought to what is wanted of them. The cause is what is told. */
export class NotBrought extends Error {
  /** Each with why, as far as it was tried. */
  readonly services: ReadonlyMap<ServiceName, FailureReport>;

  constructor(services: ReadonlyMap<ServiceName, FailureReport>, cause: unknown) {
    super("not brought", { cause });
    this.services = services;
  }
}

/**
 * Brings these services of a running cluster to what is wanted of them, and leaves all others as they are. To be called
 * with the cluster's lock and their swap locks.
 * @throws NotBrought with the services whose steps did not all end well; with all of them where there was no plan.
 */
export async function bringNamed(
  wanted: Wanted,
  cluster: Cluster,
  options: NamedOptions,
  machine: Machine,
): Promise<Brought> {
  const named = wanted.profile.services.filter(({ name }) => options.only.has(name));
  const course = new Course();
  const unsubscribe = machine.bus.subscribe((event) => {
    if (event.type === "planned") course.begin(event.steps);
    if (event.type === "stepDone") course.done.add(event.step);
    if (event.type === "stepFailed") course.failures.set(event.step, event.failure);
  });
  try {
    const contents = await readProvided(wanted.profile, named, machine);
    return await bring(wanted, cluster, { ...options, contents, dryRun: false }, machine);
  } catch (cause) {
    const unfinished = course.unfinished(report(asFailure(cause)));
    // Without a plan, nothing was done of any.
    const all = new Map([...options.only].map((name) => [name, report(asFailure(cause))]));
    throw new NotBrought(unfinished.size === 0 ? all : unfinished, cause);
  } finally {
    unsubscribe();
  }
}

/** What became of a plan's steps. */
class Course {
  readonly done = new Set<string>();
  readonly failures = new Map<string, FailureReport>();
  #steps: readonly Step[] = [];

  begin(steps: readonly Step[]): void {
    this.#steps = steps;
  }

  /** The services that have a step which did not end well, each with the first failure; `cause` where it had no turn. */
  unfinished(cause: FailureReport): Map<ServiceName, FailureReport> {
    const services = new Map<ServiceName, FailureReport>();
    for (const { id, service } of this.#steps) {
      if (service === undefined || this.done.has(id)) continue;
      const failure = this.failures.get(id);
      if (failure !== undefined || !services.has(service)) services.set(service, failure ?? cause);
    }
    return services;
  }
}
