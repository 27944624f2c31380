import type { ServiceName } from "../model/names.ts";
import type { Step } from "../model/operation.ts";
import type { DesiredService } from "./desired.ts";
import { createId, startId } from "./step-ids.ts";

/** Why services have to follow what others do, though nothing of their own changed. */
export type Causes = ReadonlyMap<ServiceName, Cause>;

interface Cause {
  /** What they depend on is started anew, and they asked to be restarted then. */
  readonly restart?: string;
  /** The container that theirs shares something with makes way for another one. */
  readonly replace?: string;
}

/**
 * Plans the services, and anew those that must follow another one (`depends_on: { restart: true }`, `network_mode:
 * service:…`), until no more are drawn in.
 * @param plan the steps of all services, given why some of them are drawn in
 */
export function drawnIn(wanted: readonly DesiredService[], plan: (causes: Causes) => Step[]): Step[] {
  const causes = new Map<ServiceName, Cause>();
  for (;;) {
    const steps = plan(causes);
    const more = wanted.flatMap((want): [ServiceName, Cause][] => {
      const known = causes.get(want.service.name);
      const cause = causeOf(want, steps);
      const isNews =
        cause !== undefined && (known === undefined || (known.replace === undefined && "replace" in cause));
      return isNews ? [[want.service.name, cause]] : [];
    });
    if (more.length === 0) return steps;
    for (const [service, cause] of more) causes.set(service, cause);
  }
}

function causeOf({ dependencies, shares }: DesiredService, steps: readonly Step[]): Cause | undefined {
  const tied = shares.find((other) => steps.some((step) => makesAnother(step, other)));
  if (tied !== undefined) return { replace: `the container of ${tied}, which it shares, is made anew` };
  const moved = dependencies.find(({ service, restart }) => restart && steps.some((step) => isStartOf(step, service)));
  return moved && { restart: `${moved.service} is started anew` };
}

const isStartOf = ({ id }: Step, service: ServiceName): boolean =>
  id === startId(service) || id.startsWith(`${startId(service)}/`);

/** Only the first container of a service is shared. */
const makesAnother = ({ id, actions }: Step, service: ServiceName): boolean =>
  (id === createId(service) || id === startId(service)) && actions.some(({ do: { kind } }) => kind === "create");
