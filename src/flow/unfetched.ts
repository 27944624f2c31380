import { asFailure, EXIT, type Failure, report } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Plan, Step } from "../model/operation.ts";
import { type ApplyContext, apply, type Perform } from "./apply.ts";
import { joined } from "./releases.ts";

/** Services whose CI build could not be fetched before there was a plan. What they run goes on. */
export type Unfetched = ReadonlyMap<ServiceName, Failure>;

const idOf = (service: ServiceName) => `fetch:${service}`;

/** A step for each, so that it is shown among the plan's, as one that failed. */
export const unfetchedSteps = (unfetched: Unfetched): Step[] =>
  [...unfetched.keys()].map((service) => ({
    id: idOf(service),
    service,
    title: `fetch ${service}`,
    cause: "CI has a build of it",
    after: [],
    actions: [],
  }));

/**
 * Runs the plan of all the others.
 * @throws Failure that names the failed steps, these among them.
 */
export async function applyBeside(
  unfetched: Unfetched,
  plan: Plan,
  perform: Perform,
  context: ApplyContext,
): Promise<void> {
  const { bus, clock } = context;
  for (const step of unfetchedSteps(unfetched)) {
    const failure = unfetched.get(step.service as ServiceName) as Failure;
    bus.dispatch({ type: "stepStarted", at: clock.now(), step: step.id, title: step.title, cause: step.cause });
    bus.dispatch({ type: "stepFailed", at: clock.now(), step: step.id, ms: 0, failure: report(failure) });
  }
  const failures = [...unfetched.values()];
  try {
    await apply(plan, perform, context);
  } catch (thrown) {
    const failure = asFailure(thrown);
    if (failure.class === "bug" || failure.exitCode === EXIT.interrupted) throw thrown;
    failures.push(failure);
  }
  if (failures.length > 0) throw joined(failures, `${failures.length} steps failed`);
}
