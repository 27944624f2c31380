import type { DependencyCondition } from "../model/profile.ts";
import { linkParts, sharedWith } from "./active.ts";
import type { ServiceData } from "./compose-schema.ts";
import type { Path } from "./located.ts";

/** What a service needs of another one, and where the profile says so. */
export interface WrittenDependency {
  readonly target: string;
  /** Under the service. */
  readonly path: Path;
  readonly condition: DependencyCondition;
  readonly required: boolean;
  readonly restart?: boolean | undefined;
}

const STARTED = { condition: "service_started", required: true } as const;

/**
 * All services that a service needs, each once: `depends_on`, then `links`, and those that it shares a network,
 * processes, memory or volumes with, as Compose adds them.
 */
export function dependenciesOf(data: ServiceData): WrittenDependency[] {
  const known = new Map<string, WrittenDependency>();
  for (const dependency of [...written(data), ...linked(data), ...shared(data)]) {
    if (!known.has(dependency.target)) known.set(dependency.target, dependency);
  }
  return [...known.values()];
}

const linked = ({ links = [] }: ServiceData): WrittenDependency[] =>
  links.map((link, index) => ({ target: linkParts(link).service, path: ["links", index], ...STARTED, restart: true }));

function written({ depends_on: dependsOn = [] }: ServiceData): WrittenDependency[] {
  if (Array.isArray(dependsOn)) {
    return dependsOn.map((target, index) => ({ target, path: ["depends_on", index], ...STARTED }));
  }
  return Object.entries(dependsOn).map(([target, { condition, required = true, restart }]) => {
    return { target, path: ["depends_on", target], condition, required, restart };
  });
}

function shared(data: ServiceData): WrittenDependency[] {
  const spaces = (["network_mode", "ipc", "pid"] as const).flatMap((key) => {
    const target = sharedWith(data[key]);
    return target === undefined ? [] : { target, path: [key], ...STARTED, restart: true };
  });
  const sources = (data.volumes_from ?? []).flatMap((entry, index) => {
    const [target = ""] = entry.split(":");
    return target === "container" ? [] : { target, path: ["volumes_from", index], ...STARTED };
  });
  return [...spaces, ...sources];
}
