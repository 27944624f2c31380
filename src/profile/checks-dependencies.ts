import { didYouMean } from "../model/nearest.ts";
import { linkParts } from "./active.ts";
import type { Checked, Scene } from "./checked.ts";
import type { ServiceData } from "./compose-schema.ts";
import { findCycles } from "./cycles.ts";
import { dependenciesOf, type WrittenDependency } from "./dependencies.ts";
import type { Path } from "./located.ts";
import type { ProblemList } from "./problem-list.ts";

/** Whether those that a service needs are there, and can tell what it waits for. */
export function checkDependencies(name: string, service: ServiceData, scene: Scene): void {
  for (const dependency of dependenciesOf(service)) checkDependency(name, dependency, scene);
  checkLinks(name, service, scene);
}

function checkDependency(name: string, dependency: WrittenDependency, scene: Scene): void {
  const { data, names, problems, mayHave, selection } = scene;
  const { target, condition, required } = dependency;
  const path = ["services", name, ...dependency.path];
  const found = Object.hasOwn(data.services, target) ? data.services[target] : undefined;
  if (found !== undefined && !selection.isActive(target)) {
    if (!required) return;
    const profiles = found.profiles?.join(" or ");
    const hint = `turn it on with x-devenv.profiles or COMPOSE_PROFILES (${profiles}), or say required: false`;
    problems.atKey(path, `${name} depends on ${target}, which its profiles leave out`, hint);
    return;
  }
  if (found === undefined) {
    if (names.has(target)) return;
    const others = [...names].filter((other) => other !== name);
    const hint = didYouMean(target, others) ?? `the services are ${others.join(", ") || "only this one"}`;
    problems.atKey(path, `${name} depends on ${target}, which is no service of this profile`, hint);
  } else if (condition === "service_healthy" && !mayTellHealth(target, mayHave)) {
    checkHealth(name, target, found, path, problems);
  }
}

function checkHealth(name: string, target: string, found: ServiceData, path: Path, problems: ProblemList): void {
  const { healthcheck, image, "x-devenv": extension } = found;
  const test = healthcheck?.test ?? [];
  const isOff = healthcheck?.disable === true || test[0] === "NONE";
  if (extension?.ready !== undefined || (test.length > 0 && !isOff)) return;
  const hint = `give ${target} a healthcheck or x-devenv.ready, or wait for service_started`;
  if (isOff || image === "scratch") {
    problems.atKey(path, `${name} waits for ${target} to be healthy, which nothing would tell`, hint);
  } else {
    const message = `${name} waits for ${target} to be healthy, which only a HEALTHCHECK of its image could tell`;
    problems.warnAtKey(path, message, hint);
  }
}

const mayTellHealth = (name: string, mayHave: Checked["mayHave"]): boolean =>
  mayHave(["services", name], "healthcheck") || mayHave(["services", name, "x-devenv"], "ready");

/** A link's alias is a name for everyone on the network, so it cannot be another service's. */
function checkLinks(name: string, { links = [] }: ServiceData, { names, problems }: Scene): void {
  for (const [index, link] of links.entries()) {
    const { service, alias } = linkParts(link);
    if (alias === service || !names.has(alias)) continue;
    const message = `${name} links to ${service} as ${alias}, which is another service`;
    problems.at(["services", name, "links", index], message, "take another alias: it is seen by every service");
  }
}

export function checkCycles({ selection, problems }: Scene): void {
  const needs = new Map(selection.active.map(([name, service]) => [name, dependenciesOf(service)] as const));
  const edges = Array.from(needs, ([name, all]) => [name, all.map(({ target }) => target)] as const);
  for (const cycle of findCycles(new Map(edges))) {
    const [last = "", first = ""] = [cycle.at(-2), cycle[0]];
    const closing = needs.get(last)?.find(({ target }) => target === first);
    const message =
      cycle.length > 2 ? `services wait for each other: ${cycle.join(" -> ")}` : `${first} waits for itself`;
    problems.atKey(["services", last, ...(closing?.path ?? [])], message);
  }
}
