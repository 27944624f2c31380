import type { ServiceName } from "../model/names.ts";
import type { Step } from "../model/operation.ts";
import type { DesiredService } from "./desired.ts";
import { startId } from "./step-ids.ts";

/**
 * Plans the services, and those anew that want to be restarted after one that the plan starts (`depends_on: { restart:
 * true }`), until no more are drawn in.
 * @param plan the steps of all services, given why some of them are to be restarted
 */
export function restartCauses(
  wanted: readonly DesiredService[],
  plan: (causes: ReadonlyMap<ServiceName, string>) => Step[],
): Step[] {
  const causes = new Map<ServiceName, string>();
  for (;;) {
    const steps = plan(causes);
    const drawnIn = wanted.filter(({ service }) => !causes.has(service.name)).flatMap((want) => cause(want, steps));
    if (drawnIn.length === 0) return steps;
    for (const [service, why] of drawnIn) causes.set(service, why);
  }
}

function cause({ service, dependencies }: DesiredService, steps: readonly Step[]): [ServiceName, string][] {
  const moved = dependencies.find(
    ({ service: other, restart }) =>
      restart && steps.some(({ id }) => id === startId(other) || id.startsWith(`${startId(other)}/`)),
  );
  return moved === undefined ? [] : [[service.name, `${moved.service} is started anew`]];
}
