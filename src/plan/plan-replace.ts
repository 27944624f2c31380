import { LABEL, type ObservedContainer } from "../model/container.ts";
import type { Action, Operation, Step } from "../model/operation.ts";
import { type Case, dependencies, making, removal, stepOf, untilReady } from "./container-case.ts";
import type { DesiredContainer } from "./desired.ts";
import { asideName, freshName, isLive, remove, rename, start, stop } from "./found.ts";
import type { Observed } from "./observed.ts";
import { wayBack } from "./plan-delivery.ts";
import { networkStepId } from "./plan-ground.ts";

/** Why a container must make way for a new one; undefined when it need not. */
export function replaceCause(its: Case, container: ObservedContainer): string | undefined {
  const { want, made, observed, groundMoved } = its;
  if (container.hash !== made.spec.labels[LABEL.hash]) return "its definition changed";
  if (groundMoved !== undefined) return groundMoved;
  // A devenv that was killed may have come no further: it would start without its files, or on one network alone.
  if (container.state === "created" && making(its, container.name).length > 1) return "may be half made";
  if (wasOnAnother(container, observed)) return "its network was made anew";
  if (isTiedToAnother(made, container, observed)) return "the container whose network it was in is gone";
  const image = observed.images.get(want.image.name);
  return image !== undefined && image.id !== container.imageId ? "its image changed" : undefined;
}

/** Docker ties a container to the very networks that it was on: one by the same name is another. */
const wasOnAnother = ({ networks }: ObservedContainer, observed: Observed): boolean =>
  observed.networks.some(({ name, id }) => Boolean(networks[name]) && networks[name] !== id);

function isTiedToAnother(
  { spec: { network } }: DesiredContainer,
  { networkOf }: ObservedContainer,
  { containers }: Observed,
): boolean {
  if (network.kind !== "container") return false;
  const other = containers.find(({ name }) => name === network.container);
  return other !== undefined && networkOf !== undefined && other.id !== networkOf;
}

/**
 * Replace under a temporary name, and only this container: the old one is kept aside until the new one answers, and
 * comes back, with its code, when it does not. It is removed by a step of its own, because a removal that fails must
 * not take back a replacement that succeeded.
 */
export function replace(its: Case, old: ObservedContainer, cause: string): Step[] {
  const { want, made, delivery, ground, put, note, putBack, others, isInterrupted } = its;
  const { service } = want;
  const { name } = made;
  const [fresh, aside] = [freshName(name), asideName(name)];
  // Its code first: the old one must not start with the new one's.
  const revive = [...wayBack(delivery), ...reconnected(its, name), start(name)];
  const stopOld: Action[] = isLive(old) ? [{ do: stop(name, service.stopGraceMs), undo: revive }] : [];
  const wasStoppedEarlier = isInterrupted && !isLive(old) && !want.oneShot;
  const { required, attempted } = dependencies(its);
  const step: Step = {
    ...stepOf(its, "start", "replace", cause),
    after: [...ground, ...required],
    afterAttempt: attempted,
    actions: [
      ...putBack,
      ...others.map((other) => ({ do: remove(other.name) })),
      ...put,
      ...making(its, fresh, [remove(fresh)]),
      ...stopOld,
      { do: rename(name, aside), undo: [rename(aside, name), ...(wasStoppedEarlier ? revive : [])] },
      { do: rename(fresh, name), undo: [rename(name, fresh)] },
      { do: start(name), undo: [stop(name, service.stopGraceMs)] },
      { do: untilReady(its) },
      ...note,
    ],
  };
  return [step, removal(its, aside, "replaced", [step.id])];
}

/** A container cannot start on a network that was made anew, even under its old name, until it is put on it again. */
function reconnected({ made, ground }: Case, name: string): Operation[] {
  const { network } = made.spec;
  const endpoints = network.kind === "networks" ? network.endpoints : [];
  return endpoints
    .filter((endpoint) => ground.includes(networkStepId(endpoint.network)))
    .map((endpoint) => ({ kind: "connect", container: name, endpoint, again: true }));
}
