import { type ForwardedMode, targetOf } from "../model/mode.ts";
import type { RelayState } from "../model/relay.ts";
import type { ServiceStatus } from "../model/status.ts";
import { type ServiceFacts, serviceStatus } from "./service-status.ts";

/** All that is known of a service whose place a forwarder has. */
export interface ForwardedFacts extends Omit<ServiceFacts, "delivery" | "answers"> {
  readonly mode: ForwardedMode;
  /** What the cluster's relay says; undefined when none runs. */
  readonly relay: RelayState | undefined;
  /** What its probe says through the forwarder right now; undefined where it has none. */
  readonly answers: boolean | undefined;
}

/** The row of a service that is on this machine, or elsewhere: ready when the others are answered there. Pure. */
export function forwardedStatus({ mode, relay, ...facts }: ForwardedFacts): ServiceStatus {
  const problem = problemOf(facts, mode, relay);
  // Its own code and its health check are not what runs in its container.
  const service = { ...facts.service, build: undefined };
  const row = serviceStatus({ ...facts, service, delivery: undefined, answers: problem === undefined });
  const led = { ...row, mode: mode.kind, build: targetOf(mode) ?? null };
  if (facts.container?.state !== "running" || problem === undefined) return led;
  return { ...led, state: "unhealthy", reason: problem };
}

function problemOf(
  { service, answers }: Pick<ForwardedFacts, "service" | "answers">,
  mode: ForwardedMode,
  relay: RelayState | undefined,
): string | undefined {
  const target = targetOf(mode);
  if (relay === undefined) return `the relay that leads it to ${target} does not run; \`devenv up\` starts it`;
  const [route] = relay.routes.filter((one) => one.route.service === service.name);
  if (route === undefined) return `the relay does not lead it to ${target}; \`devenv up\` mends that`;
  if (route.problem !== undefined) return route.problem;
  return answers === false ? `${target} does not answer its probe` : undefined;
}
