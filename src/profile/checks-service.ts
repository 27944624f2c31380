import { editDistance } from "../model/nearest.ts";
import type { Scene } from "./checked.ts";
import type { ServiceData } from "./compose-schema.ts";
import { valueAt } from "./schema-problems.ts";

/** Whether the keys of one service fit together. */
export function checkService(name: string, service: ServiceData, scene: Scene): void {
  checkImage(name, service, scene);
  checkNetworkMode(name, service, scene);
  checkReplicas(name, service, scene);
  checkTwice(name, service, scene);
}

/** Addresses that the daemon itself would fetch a build's folder from. */
const ADDRESS = /^([a-z]+:\/\/|git@|github\.com\/)/;

function checkImage(name: string, { image, build, platform }: ServiceData, { raw, problems, mayHave }: Scene): void {
  const path = ["services", name];
  if (build === undefined && valueAt(raw, [...path, "image"]) === "") {
    problems.at([...path, "image"], "image: must not be empty");
  } else if (image === undefined && build === undefined && !mayHave(path, "image") && !mayHave(path, "build")) {
    problems.atKey(path, `${name} has neither an image nor a build`, "image: scratch is the empty image");
  }
  if (build?.context !== undefined && ADDRESS.test(build.context)) {
    const hint = "clone it beside the others and name its folder";
    problems.at([...path, "build", "context"], `${name} is built from an address, which is not supported`, hint);
  }
  const [built] = build?.platforms ?? [];
  if (built !== undefined && platform !== undefined && built !== platform) {
    problems.at([...path, "build", "platforms"], `${name} is built for ${built} but runs on ${platform}`);
  }
  const modern = build?.cache_from?.findIndex((source) => /^[\w-]+=/.test(source)) ?? -1;
  if (modern >= 0) {
    const message = `the cache ${build?.cache_from?.[modern]} needs BuildKit, which devenv does not use`;
    problems.at([...path, "build", "cache_from", modern], message, "write an image's name");
  }
}

const MODES = ["none", "host", "bridge"];

function checkNetworkMode(name: string, service: ServiceData, { data, problems }: Scene): void {
  const { network_mode: mode, networks, links = [] } = service;
  if (mode === undefined) return;
  const path = ["services", name];
  const declared = data.networks?.[mode];
  const meant = MODES.find((known) => editDistance(mode, known) === 1);
  if (meant !== undefined) {
    problems.at([...path, "network_mode"], `${mode} is no network mode`, `did you mean ${meant}?`);
  } else if (declared !== undefined && declared.external?.isExternal !== true) {
    const message = `network_mode means a network's name on the daemon, and ${mode} is one of this profile`;
    problems.at([...path, "network_mode"], message, `write networks: [${mode}]`);
  }
  if (Object.keys(networks ?? {}).length > 0) {
    problems.atKey([...path, "networks"], `${name} has network_mode and networks; one is meant`);
  }
  if (links.length > 0) problems.atKey([...path, "links"], `${name} has links but is on no network of the profile`);
}

/** How many containers a service has, and which key says so. */
export function replicasOf({ scale, deploy }: ServiceData): { readonly replicas: number; readonly key: string } {
  return { replicas: scale ?? deploy?.replicas ?? 1, key: scale === undefined ? "deploy.replicas" : "scale" };
}

function checkReplicas(name: string, service: ServiceData, { problems }: Scene): void {
  const { replicas, key } = replicasOf(service);
  if (replicas < 2 || service.container_name === undefined) return;
  const message = `${name} runs ${replicas} times (${key}), and only one of them can be called ${service.container_name}`;
  problems.at(["services", name, "container_name"], message, "take container_name away");
}

/** What may stand in two places, each with its value in both; where both say something they must agree, as in Compose. */
function checkTwice(name: string, service: ServiceData, { problems }: Scene): void {
  const { limits, reservations } = service.deploy?.resources ?? {};
  const pairs: readonly (readonly [string, number | undefined, string, number | undefined])[] = [
    ["scale", service.scale, "deploy.replicas", service.deploy?.replicas],
    ["cpus", service.cpus, "deploy.resources.limits.cpus", limits?.cpus],
    ["mem_limit", service.mem_limit, "deploy.resources.limits.memory", limits?.memory],
    ["pids_limit", service.pids_limit, "deploy.resources.limits.pids", limits?.pids],
    ["mem_reservation", service.mem_reservation, "deploy.resources.reservations.memory", reservations?.memory],
  ];
  for (const [key, own, other, deployed] of pairs) {
    if (own === undefined || deployed === undefined || own === deployed) continue;
    problems.at(["services", name, key], `${name} has ${key} and ${other}, and they differ`, "one of them is enough");
  }
}

/** Two containers cannot have one name. */
export function checkContainerNames({ selection, problems }: Scene): void {
  const owners = new Map<string, string>();
  for (const [name, { container_name: container }] of selection.active) {
    if (container === undefined) continue;
    const first = owners.get(container);
    if (first === undefined) owners.set(container, name);
    else problems.at(["services", name, "container_name"], `the containers of ${first} and ${name} have the same name`);
  }
}
