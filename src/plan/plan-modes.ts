import type { ObservedContainer } from "../model/container.ts";
import type { ServiceName } from "../model/names.ts";
import type { Action, Plan, Step } from "../model/operation.ts";
import type { Profile } from "../model/profile.ts";
import type { RelayRoute, RelayState } from "../model/relay.ts";
import { canonical } from "./canonical.ts";
import { isLive, remove, stop } from "./found.ts";

/** What the modes want of the cluster besides its containers' definitions. */
export interface ModeWishes {
  /** Where the forwarders' connections are to be led; none: no relay is needed. */
  readonly routes: readonly RelayRoute[];
  /** The file of further certificate authorities that this environment names. */
  readonly authorities: string | undefined;
  /** Services that are off, with the grace that a container of theirs has to end. */
  readonly off: Profile["services"];
}

export interface ModeFacts {
  readonly containers: readonly ObservedContainer[];
  /** What the relay that runs says; undefined when none does. */
  readonly relay: RelayState | undefined;
}

/** Adds to a plan what its modes need: the relay before the forwarders that lead to it, and the end of what is off. */
export function withModeSteps(plan: Plan, wishes: ModeWishes, facts: ModeFacts): Plan {
  const off = wishes.off.flatMap((service) =>
    facts.containers
      .filter((container) => container.service === service.name)
      .map((container) => offStep(container, service.stopGraceMs)),
  );
  const relay = relayStep(plan, wishes, facts.relay);
  if (relay === undefined) return { steps: [...plan.steps, ...off] };
  const led = new Set<ServiceName | undefined>(wishes.routes.map(({ service }) => service));
  const waits = relay.after.length === 0;
  const steps = plan.steps.map((step) =>
    waits && led.has(step.service) ? { ...step, after: [...step.after, relay.id] } : step,
  );
  return { steps: [...steps, ...off, relay] };
}

function offStep(container: ObservedContainer, graceMs: number): Step {
  const halt: Action[] = isLive(container) ? [{ do: stop(container.name, graceMs) }] : [];
  return {
    id: `remove:${container.name}`,
    service: container.service,
    title: `remove ${container.name}`,
    cause: `${container.service} is off`,
    after: [],
    actions: [...halt, { do: remove(container.name) }],
  };
}

/** Of a relay that merely leads less than before, the end comes after the forwarders' own: nobody is cut off early. */
function relayStep({ steps }: Plan, { routes, authorities }: ModeWishes, relay: RelayState | undefined) {
  const cause = relayCause(routes, authorities, relay);
  if (cause === undefined) return undefined;
  const there = new Set(relay?.routes.map(({ route }) => canonical(route)));
  const onlyLess = routes.every((route) => there.has(canonical(route)));
  const left = new Set(relay?.routes.map(({ route }) => route.service));
  const after = onlyLess ? steps.filter(({ service }) => service && left.has(service)).map(({ id }) => id) : [];
  const leads = [...new Set(routes.map(({ service }) => service))];
  const title = leads.length === 0 ? "end the relay" : `lead ${leads.join(", ")} through the relay`;
  return { id: "relay", title, cause, after, actions: [{ do: { kind: "relay", leads } }] } satisfies Step;
}

function relayCause(
  routes: readonly RelayRoute[],
  authorities: string | undefined,
  relay: RelayState | undefined,
): string | undefined {
  if (relay === undefined) return routes.length === 0 ? undefined : "no relay yet";
  if (routes.length === 0) return "nothing is led elsewhere any more";
  if (authorities !== undefined && authorities !== relay.authorities) return "other certificates are trusted";
  const [wanted, there] = [routes, relay.routes.map(({ route }) => route)].map((list) => list.map(canonical).sort());
  return wanted?.join() === there?.join() ? undefined : "where it leads changed";
}
