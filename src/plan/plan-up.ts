import { LABEL, type ObservedContainer } from "../model/container.ts";
import type { ServiceName } from "../model/names.ts";
import type { Action, Plan, Step, StepId } from "../model/operation.ts";
import type { Desired, DesiredService } from "./desired.ts";
import { isLive, remove, stop } from "./found.ts";
import type { Observed } from "./observed.ts";
import { imageStepId, imageSteps, networkStepId, networkSteps, volumeSteps } from "./plan-ground.ts";
import { type Causes, drawnIn } from "./plan-restarts.ts";
import { planService } from "./plan-service.ts";
import { withPortsFreed } from "./port-moves.ts";

export interface PlanScope {
  /** Plan for these services alone, and for what they stand on; all others, orphans too, are left as they are. */
  readonly only?: ReadonlySet<ServiceName>;
  /** With `only`: services that are no longer in the profile, whose containers go, too. */
  readonly gone?: ReadonlySet<ServiceName> | undefined;
}

/**
 * What to do so that the observed becomes the desired: a graph of steps, each with its cause. Pure; an empty plan means
 * that nothing is to be done. Containers are created at once and started as soon as what they depend on is there.
 */
export function planUp(desired: Desired, observed: Observed, { only, gone }: PlanScope = {}): Plan {
  const wanted = desired.services.filter(({ service }) => only === undefined || only.has(service.name));
  const part = { wanted, isWhole: only === undefined };
  const networks = networkSteps(desired, part, observed);
  const volumes = volumeSteps(desired, part, observed);
  const images = imageSteps(wanted, observed);
  const ground = new Set([...networks, ...volumes, ...images].map(({ id }) => id));
  const plan = (causes: Causes) =>
    wanted.flatMap((want) => {
      const { restart, replace } = causes.get(want.service.name) ?? {};
      const moved = groundMoved(want, ground) ?? replace;
      return planService(want, {
        desired,
        observed,
        ground: groundOf(want, ground),
        groundMoved: moved,
        restartCause: restart,
      });
    });
  const services = drawnIn(wanted, plan);
  const orphans = orphansOf(desired, observed)
    .filter(({ service }) => only === undefined || gone?.has(service))
    .map(orphanStep);
  const others = afterNetworks([...services, ...orphans], networks);
  const unused = only === undefined ? unusedHelper(desired, observed, others) : [];
  const steps = withExistingEdges([...networks, ...volumes, ...images, ...others, ...unused]);
  return { steps: withPortsFreed(steps, desired, observed) };
}

/** What a network's step stops is neither renamed nor stopped nor removed under its hands. */
function afterNetworks(steps: readonly Step[], networks: readonly Step[]): Step[] {
  const held = networks.map((network) => ({ id: network.id, containers: containersIn(network) }));
  return steps.map((step) => {
    const touched = containersIn(step);
    const before = held.filter(({ containers }) => containers.some((container) => touched.includes(container)));
    return before.length === 0 ? step : { ...step, after: [...step.after, ...before.map(({ id }) => id)] };
  });
}

/** The containers, of those that were there, that a step works on. */
const containersIn = ({ actions }: Step): string[] =>
  actions.flatMap(({ do: operation }) => {
    const isOnOne = operation.kind === "stop" || operation.kind === "rename" || operation.kind === "remove";
    return isOnOne ? [operation.container] : [];
  });

const networkIds = ({ containers }: DesiredService): StepId[] =>
  containers.flatMap(({ spec: { network } }) =>
    network.kind === "networks" ? network.endpoints.map((endpoint) => networkStepId(endpoint.network)) : [],
  );

/** The steps that make what a service stands on, of those that there are. */
function groundOf(want: DesiredService, steps: ReadonlySet<StepId>): StepId[] {
  const networks = new Set(networkIds(want));
  const image = imageStepId(want.image.name);
  return [...steps].filter((id) => networks.has(id) || id === image || id.startsWith("volume:"));
}

/** A container stays bound to the networks and the image that it was made with. */
function groundMoved(want: DesiredService, steps: ReadonlySet<StepId>): string | undefined {
  if (networkIds(want).some((id) => steps.has(id))) return "its network is made anew";
  return steps.has(imageStepId(want.image.name)) ? "its image is made anew" : undefined;
}

/** Grace of a container whose service nobody describes any more: Docker's own. */
const ORPHAN_GRACE_MS = 10_000;

/** Containers with our label whose service is no longer in the profile. */
function orphansOf(desired: Desired, observed: Observed): ObservedContainer[] {
  const wanted = new Set<ServiceName>(desired.services.map(({ service }) => service.name));
  return observed.containers.filter(({ service }) => !wanted.has(service) && !desired.disabled.has(service));
}

function orphanStep(orphan: ObservedContainer): Step {
  const halt: Action[] = isLive(orphan) ? [{ do: stop(orphan.name, ORPHAN_GRACE_MS) }] : [];
  return {
    id: `remove:${orphan.name}`,
    service: orphan.service,
    title: `remove ${orphan.name}`,
    cause: `${orphan.service} is no longer in the profile`,
    after: [],
    actions: [...halt, { do: remove(orphan.name) }],
  };
}

/** What a delivery by `push` had, once no container has it any more: copies of what is mounted from this machine now. */
function unusedHelper(desired: Desired, observed: Observed, services: readonly Step[]): Step[] {
  const helpers = observed.helpers ?? [];
  const volumes = observed.volumes.filter(({ labels }) => LABEL.helper in labels);
  if (desired.mountVolume !== undefined || helpers.length + volumes.length === 0) return [];
  const removals: Action[] = [
    ...helpers.map(({ name }) => ({ do: remove(name) })),
    ...volumes.map(({ name }): Action => ({ do: { kind: "removeVolume", name } })),
  ];
  return [
    {
      id: "helper",
      title: "remove what push delivered",
      cause: "containers mount a folder of this machine now",
      after: services.map(({ id }) => id),
      actions: removals,
    },
  ];
}

/** Drops edges to steps that turned out not to be needed: what needs no step is already as it shall be. */
function withExistingEdges(steps: readonly Step[]): Step[] {
  const ids = new Set(steps.map((step) => step.id));
  return steps.map(({ afterAttempt, ...step }) => {
    const after = [...new Set(step.after)].filter((id) => ids.has(id) && id !== step.id);
    const attempts = afterAttempt?.filter((id) => ids.has(id) && !after.includes(id)) ?? [];
    return { ...step, after, ...(attempts.length > 0 && { afterAttempt: attempts }) };
  });
}
