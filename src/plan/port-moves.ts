import type { ObservedContainer } from "../model/container.ts";
import type { Step, StepId } from "../model/operation.ts";
import type { PortBinding } from "../model/profile.ts";
import type { Desired, DesiredContainer } from "./desired.ts";
import { asideName, freshName, isLive, stop } from "./found.ts";
import type { Observed } from "./observed.ts";

/**
 * Lets a port move from one container to another within one plan: the new holder starts after the step that ends the
 * old one. Where that step itself waits for the new holder (two that swap their ports, say), the old one is stopped by a
 * step of its own before both.
 */
export function withPortsFreed(steps: readonly Step[], desired: Desired, observed: Observed): Step[] {
  const wanted = desired.services.flatMap(({ containers }) => containers);
  return wanted.reduce<Step[]>((all, container) => freed(all, container, wanted, observed), [...steps]);
}

function freed(
  steps: Step[],
  taker: DesiredContainer,
  wanted: readonly DesiredContainer[],
  observed: Observed,
): Step[] {
  const starter = steps.find((step) => does(step, "start", taker.name));
  if (starter === undefined) return steps;
  const own = [taker.name, freshName(taker.name), asideName(taker.name)];
  const holders = observed.containers.filter(
    (holder) => isLive(holder) && !own.includes(holder.name) && holdsPort(holder, taker, wanted),
  );
  return holders.reduce<Step[]>((all, holder) => afterHolder(all, starter.id, taker, holder), steps);
}

const does = ({ actions }: Step, kind: "start" | "stop" | "remove", container: string): boolean =>
  actions.some(({ do: operation }) => operation.kind === kind && operation.container === container);

/** Whether a container holds, or may hold, a port that another one is to have, and shall not keep it itself. */
function holdsPort(holder: ObservedContainer, taker: DesiredContainer, wanted: readonly DesiredContainer[]): boolean {
  // Of one that crashes again and again Docker lists no port while it waits for its next start.
  if (holder.state === "restarting") return taker.spec.ports.length > 0;
  const keeps = wanted.find(({ name }) => name === holder.name)?.spec.ports ?? [];
  return holder.ports.some(
    (held) => takes(taker.spec.ports, held) && !keeps.some((port) => port.hostPort > 0 && isSame(port, held)),
  );
}

const takes = (ports: readonly PortBinding[], held: PortBinding): boolean =>
  ports.some((port) => port.hostPort > 0 && isSame(port, held));

const isSame = (a: PortBinding, b: PortBinding): boolean => a.hostPort === b.hostPort && a.protocol === b.protocol;

function afterHolder(steps: Step[], starter: StepId, taker: DesiredContainer, holder: ObservedContainer): Step[] {
  const ends = steps.find((step) => does(step, "stop", holder.name) || does(step, "remove", holder.name));
  if (ends === undefined) return steps; // it is none of this plan's business
  if (!waitsFor(steps, ends.id, starter))
    return steps.map((step) => (step.id === starter ? after(step, ends.id) : step));
  const id = `free:${holder.name}`;
  const halt: Step = {
    id,
    service: holder.service,
    title: `stop ${holder.name}`,
    cause: `${taker.spec.service} takes its port over`,
    after: [],
    actions: [{ do: stop(holder.name, taker.spec.stopGraceMs) }],
  };
  const before = steps.some((step) => step.id === id) ? steps : [halt, ...steps];
  return before.map((step) => (step.id === starter || step.id === ends.id ? after(step, id) : step));
}

const after = (step: Step, id: StepId): Step =>
  step.after.includes(id) ? step : { ...step, after: [...step.after, id] };

/** Whether a step starts only after another has ended, be it through others. */
function waitsFor(steps: readonly Step[], id: StepId, other: StepId, seen = new Set<StepId>()): boolean {
  if (id === other) return true;
  if (seen.has(id)) return false;
  seen.add(id);
  const step = steps.find((one) => one.id === id);
  return [...(step?.after ?? []), ...(step?.afterAttempt ?? [])].some((before) => waitsFor(steps, before, other, seen));
}
