import type { Problem } from "../model/failure.ts";
import { effectiveMode, isForwarded, type ModeChoices } from "../model/mode.ts";
import type { ServiceName } from "../model/names.ts";
import type { ModeChoice, Profile, Service } from "../model/profile.ts";
import { namedService } from "./dependencies.ts";
import { portsOf } from "./forwarder.ts";

/** What stands against the modes of a profile's services, each by itself and all of them together. */
export const modeProblems = (profile: Profile, choices: ModeChoices): Problem[] =>
  profile.services.flatMap((service) => {
    const { mode, from } = effectiveMode(service, choices);
    const problem = mode && modeProblem(service, mode, profile);
    if (problem === undefined) return [];
    return from === "you" ? [withWayBack(problem, service)] : [problem];
  });

/** Why a service cannot be in a mode; undefined when it can. */
export function modeProblem(service: Service, mode: ModeChoice, profile: Profile): Problem | undefined {
  switch (mode.kind) {
    case "ci":
    case "local":
      return codeProblem(service, mode.kind);
    case "off":
      return sharingProblem(service, "off", profile);
    default:
      return sharingProblem(service, `in mode ${mode.kind}`, profile) ?? forwardingProblem(service, mode.kind);
  }
}

const withWayBack = (problem: Problem, { name }: Service): Problem => ({
  ...problem,
  hint: [problem.hint, `\`devenv use --clear ${name}\` takes your choice back.`].filter(Boolean).join(" "),
});

function codeProblem({ name, build, repo }: Service, kind: "ci" | "local"): Problem | undefined {
  if (build === undefined) {
    return {
      message: `${name} cannot be in mode ${kind}: it runs its image's own program`,
      hint: "It may be host:PORT, remote:URL or off.",
    };
  }
  if (kind === "ci" || repo !== undefined) return undefined;
  return {
    message: `${name} cannot be in mode local: the profile does not say where its code is`,
    hint: "Give it `x-devenv.repo`.",
  };
}

/** Others that are inside the service's container, in one way or the other, would lose what they are in. */
function sharingProblem({ name }: Service, words: string, { services }: Profile): Problem | undefined {
  const sharers = services.filter((other) => other.name !== name && sharesWith(other, name)).map((other) => other.name);
  if (sharers.length === 0) return undefined;
  return {
    message: `${name} cannot be ${words}: ${sharers.join(", ")} shares its container's network, processes or volumes`,
  };
}

function sharesWith({ attachments, settings }: Service, name: ServiceName): boolean {
  const { ipc, pid, volumesFrom = [] } = settings;
  return (
    (attachments.kind === "service" && attachments.service === name) ||
    [ipc, pid].some((mode) => namedService(mode) === name) ||
    volumesFrom.some((entry) => entry.split(":")[0] === name)
  );
}

/** What others reach of it, a forwarder has to have: a name on a network, and TCP ports that the profile tells. */
function forwardingProblem(service: Service, kind: "host" | "remote"): Problem | undefined {
  const { name, attachments, ports, expose } = service;
  const not = `${name} cannot be in mode ${kind}`;
  if (attachments.kind !== "networks")
    return { message: `${not}: with its network_mode it has no name for the others` };
  const udp = [...ports, ...expose].find(({ protocol }) => protocol !== "tcp")?.protocol;
  if (udp !== undefined)
    return { message: `${not}: it has ${udp.toUpperCase()} ports, and only TCP can be led elsewhere` };
  if (portsOf(service).length > 0) return undefined;
  return {
    message: `${not}: the profile does not say at which port the others reach it`,
    hint: `Write \`expose: ["8080"]\` to ${name}, with the port that they connect to.`,
  };
}

/**
 * Who depends on a service that is off, in words: "gateway and web depend on search, which is off". What a service that is
 * led elsewhere depends on is there.
 */
export function offNotes(profile: Profile, choices: ModeChoices): string[] {
  const modeOf = (service: Service) => effectiveMode(service, choices).mode;
  const isOff = (service: Service) => modeOf(service)?.kind === "off";
  const runsHere = (service: Service) => !isOff(service) && !isForwarded(modeOf(service));
  return profile.services.filter(isOff).flatMap(({ name }) => {
    const dependents = profile.services
      .filter((other) => runsHere(other) && other.dependsOn.some(({ service }) => service === name))
      .map((other) => other.name);
    if (dependents.length === 0) return [];
    const [last, ...others] = dependents.toReversed();
    if (others.length === 0) return [`${last} depends on ${name}, which is off`];
    return [`${others.toReversed().join(", ")} and ${last} depend on ${name}, which is off`];
  });
}
