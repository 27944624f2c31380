import type { Operation, Plan, Step } from "../model/operation.ts";
import type { DependencyCondition } from "../model/profile.ts";

/**
 * A plan as text, for `--dry-run` and for tests: a line a step with its cause, and below it each operation that is
 * more than the title says. Steps that wait for others name them.
 */
export function printPlan(plan: Plan): string {
  if (plan.steps.length === 0) return "nothing to do";
  const width = Math.max(...plan.steps.map((step) => step.title.length));
  return plan.steps.map((step) => printStep(step, width)).join("\n");
}

function printStep(step: Step, width: number): string {
  const attempts = step.afterAttempt?.map((id) => `the attempt of ${id}`) ?? [];
  const before = [...step.after, ...attempts];
  const wait = before.length > 0 ? `  [after ${before.join(", ")}]` : "";
  const head = `${step.title.padEnd(width)}  (${step.cause})${wait}`;
  if (step.actions.length < 2) return head;
  return [head, ...step.actions.map((action) => `  - ${printOperation(action.do)}`)].join("\n");
}

export function printOperation(operation: Operation): string {
  switch (operation.kind) {
    case "createNetwork":
    case "createVolume":
    case "removeNetwork":
    case "removeVolume":
      return `${words(operation.kind)} ${operation.name}`;
    case "emptyImage":
    case "pullImage":
    case "buildImage":
      return `${words(operation.kind)} ${operation.image}`;
    case "deliver":
      return `deliver ${operation.release.artifact.build} to ${operation.service}`;
    case "commit":
      return `note ${operation.release.artifact.build} as the last good build of ${operation.service}`;
    case "create":
      return `create container ${operation.name}`;
    case "connect":
      return `connect container ${operation.container} to network ${operation.endpoint.network}`;
    case "provide":
      return `put ${operation.files.map(({ target }) => target).join(", ")} into container ${operation.container}`;
    case "start":
    case "stop":
    case "remove":
      return `${operation.kind} container ${operation.container}`;
    case "rename":
      return `rename container ${operation.container} to ${operation.name}`;
    case "restartProcess":
      return `restart the process of ${which(operation)}`;
    case "await":
      return `wait until ${which(operation)} is ${CONDITION_WORD[operation.condition]}`;
    case "relay":
      return operation.leads.length === 0 ? "end the relay" : `lead ${operation.leads.join(", ")} through the relay`;
    default:
      return operation satisfies never;
  }
}

const which = ({ service, replica }: { readonly service: string; readonly replica?: number | undefined }): string =>
  replica === undefined ? service : `${service} ${replica}`;

/** `createNetwork` -> `create network`. */
const words = (kind: string): string => kind.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const CONDITION_WORD: Record<DependencyCondition, string> = {
  service_started: "running",
  service_healthy: "ready",
  service_completed_successfully: "completed",
};
