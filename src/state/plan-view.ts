import type { PlanEvent } from "../model/event.ts";
import type { FailureReport } from "../model/failure.ts";
import type { ClusterName, ServiceName } from "../model/names.ts";
import type { Step, StepId } from "../model/operation.ts";

/** A plan that is carried out. */
export interface PlanView {
  readonly cluster: ClusterName;
  /** In the order of the plan. */
  readonly steps: readonly StepView[];
}

export interface StepView {
  readonly id: StepId;
  readonly service: ServiceName | undefined;
  readonly title: string;
  readonly cause: string;
  readonly after: readonly StepId[];
  readonly afterAttempt: readonly StepId[];
  readonly status: "waiting" | "running" | "done" | "failed";
  /** The last word of its progress; `done` and `total` where an end is known. */
  readonly progress: Progress | undefined;
  /** How long it took, in milliseconds, once it has ended. */
  readonly ms: number | undefined;
  readonly failure: FailureReport | undefined;
}

type Progress = Pick<Extract<PlanEvent, { type: "stepProgress" }>, "note" | "done" | "total">;
type StepEvent = Exclude<PlanEvent, { type: "providerChosen" | "planned" }>;

export const plannedView = (cluster: ClusterName, steps: readonly Step[]): PlanView => ({
  cluster,
  steps: steps.map(({ id, service, title, cause, after, afterAttempt = [] }) => ({
    id,
    service,
    title,
    cause,
    after,
    afterAttempt,
    status: "waiting",
    progress: undefined,
    ms: undefined,
    failure: undefined,
  })),
});

/** (plan, event of a step) -> next plan. */
export const nextPlanView = (plan: PlanView, event: StepEvent): PlanView => ({
  ...plan,
  steps: plan.steps.map((step) => (step.id === event.step ? { ...step, ...news(event) } : step)),
});

function news(event: StepEvent): Partial<StepView> {
  switch (event.type) {
    case "stepStarted":
      return { status: "running" };
    case "stepProgress": {
      const { note, done, total } = event;
      return { progress: { note, ...(done !== undefined && { done }), ...(total !== undefined && { total }) } };
    }
    case "stepDone":
      return { status: "done", ms: event.ms };
    case "stepFailed":
      return { status: "failed", ms: event.ms, failure: event.failure };
    default:
      return event satisfies never;
  }
}

/** Why a step has not begun: what it waits for, or which failure leaves it out; undefined for one that has begun. */
export function reasonToWait(plan: PlanView, step: StepView): string | undefined {
  if (step.status !== "waiting") return undefined;
  const byId = new Map(plan.steps.map((other) => [other.id, other]));
  const failed = failedBefore(step, byId);
  if (failed !== undefined) return `left out: ${failed.title} failed`;
  const steps = (ids: readonly StepId[]) => ids.flatMap((id) => byId.get(id) ?? []);
  const unfinished = [
    ...steps(step.after).filter(({ status }) => status !== "done"),
    ...steps(step.afterAttempt).filter((before) => isUnderWay(before, byId)),
  ];
  return unfinished.length === 0 ? undefined : `waits for: ${unfinished.map(({ title }) => title).join(", ")}`;
}

/** Not yet ended, well or not; one that is left out has. */
const isUnderWay = (step: StepView, byId: ReadonlyMap<StepId, StepView>): boolean =>
  step.status === "running" || (step.status === "waiting" && failedBefore(step, byId) === undefined);

function failedBefore(step: StepView, byId: ReadonlyMap<StepId, StepView>): StepView | undefined {
  for (const before of step.after.flatMap((id) => byId.get(id) ?? [])) {
    const failed = before.status === "failed" ? before : failedBefore(before, byId);
    if (failed !== undefined) return failed;
  }
  return undefined;
}
