import { didYouMean } from "../model/nearest.ts";
import type { PortBinding } from "../model/profile.ts";
import type { ProfileData, ServiceData } from "./compose-schema.ts";
import { findCycles } from "./cycles.ts";
import type { ProblemList } from "./problem-list.ts";
import { valueAt } from "./schema-problems.ts";
import type { Validated } from "./validate.ts";
import type { Path } from "./yaml-source.ts";

/** A profile that passed the schema, with what the checks need to name places. */
export interface Checked {
  readonly data: ProfileData;
  /** The same before the schema: tells a list from a mapping. */
  readonly raw: unknown;
  readonly mayHave: Validated["mayHave"];
  readonly problems: ProblemList;
  /** Place of a value, as a number that grows down the file. */
  readonly lineOf: (path: Path) => number;
}

/** Checks what a schema cannot see: how the parts of a profile fit together. */
export function checkProfile(checked: Checked): void {
  const { data, problems, raw } = checked;
  const services = Object.entries(data.services);
  const names = Object.keys((valueAt(raw, ["services"]) as object | undefined) ?? {});
  if (names.length === 0) problems.atKey(["services"], "there is no service in this profile");
  for (const [name, service] of services) {
    checkImage(name, service, checked);
    checkDependencies(name, service, names, checked);
    checkVolumes(name, service, checked);
    checkHealthcheck(name, service, checked);
    checkExtension(name, service, checked);
  }
  checkCycles(checked);
  checkHostPorts(checked);
  checkDuplicates(checked);
}

function checkImage(name: string, service: ServiceData, { problems, mayHave }: Checked): void {
  const path = ["services", name];
  if (service.image !== undefined || service.build !== undefined) return;
  if (mayHave(path, "image") || mayHave(path, "build")) return;
  problems.atKey(path, `${name} has neither an image nor a build`, "image: scratch is the empty image");
}

/** The names in `depends_on`, each with its place. */
export function dependencies(name: string, service: ServiceData): { target: string; path: Path; condition: string }[] {
  const dependsOn = service.depends_on ?? [];
  const base = ["services", name, "depends_on"];
  if (Array.isArray(dependsOn)) {
    return dependsOn.map((target, index) => ({ target, path: [...base, index], condition: "service_started" }));
  }
  return Object.entries(dependsOn).map(([target, { condition }]) => ({ target, path: [...base, target], condition }));
}

function checkDependencies(name: string, service: ServiceData, names: readonly string[], checked: Checked): void {
  const { data, problems, mayHave } = checked;
  for (const { target, path, condition } of dependencies(name, service)) {
    const found = Object.hasOwn(data.services, target) ? data.services[target] : undefined;
    if (found === undefined) {
      if (names.includes(target)) continue;
      const others = names.filter((other) => other !== name);
      const hint = didYouMean(target, others) ?? `the services are ${others.join(", ") || "only this one"}`;
      problems.atKey(path, `${name} depends on ${target}, which is no service of this profile`, hint);
    } else if (condition === "service_healthy" && !tellsHealth(found) && !mayTellHealth(target, mayHave)) {
      const hint = `give ${target} a healthcheck or x-devenv.ready, or wait for service_started`;
      problems.atKey(path, `${name} waits for ${target} to be healthy, which nothing would tell`, hint);
    }
  }
}

const tellsHealth = ({ healthcheck, "x-devenv": extension }: ServiceData): boolean =>
  extension?.ready !== undefined ||
  (healthcheck?.test !== undefined && healthcheck.test[0] !== "NONE" && healthcheck.disable !== true);

const mayTellHealth = (name: string, mayHave: Checked["mayHave"]): boolean =>
  mayHave(["services", name], "healthcheck") || mayHave(["services", name, "x-devenv"], "ready");

function checkCycles({ data, problems }: Checked): void {
  const edges = Object.entries(data.services).map(
    ([name, service]) => [name, dependencies(name, service).map(({ target }) => target)] as const,
  );
  for (const cycle of findCycles(new Map(edges))) {
    const [last = "", first = ""] = [cycle.at(-2), cycle[0]];
    const service = data.services[last];
    const closing = service && dependencies(last, service).find(({ target }) => target === first);
    const message =
      cycle.length > 2 ? `services wait for each other: ${cycle.join(" -> ")}` : `${first} waits for itself`;
    problems.atKey(closing?.path ?? ["services", last], message);
  }
}

function checkVolumes(name: string, service: ServiceData, { data, problems, mayHave }: Checked): void {
  const declared = Object.keys(data.volumes ?? {});
  for (const [index, volume] of (service.volumes ?? []).entries()) {
    if (volume.kind === "bind" || declared.includes(volume.source) || mayHave(["volumes"], volume.source)) continue;
    const hint = didYouMean(volume.source, declared) ?? `declare it at the top, volumes: { ${volume.source}: }`;
    const message = `the volume ${volume.source} is not declared; a folder is written ./${volume.source}`;
    problems.at(["services", name, "volumes", index], message, hint);
  }
}

function checkHealthcheck(name: string, { healthcheck }: ServiceData, { problems, mayHave }: Checked): void {
  const path = ["services", name, "healthcheck"];
  if (healthcheck === undefined || healthcheck.test !== undefined || healthcheck.disable || mayHave(path, "test"))
    return;
  problems.atKey(path, `the healthcheck of ${name} has no test`, "one inherited from the image is not supported");
}

function checkExtension(name: string, service: ServiceData, { problems, mayHave }: Checked): void {
  const extension = service["x-devenv"];
  if (extension === undefined) return;
  const path = ["services", name, "x-devenv"];
  if (extension.build !== undefined && extension.repo === undefined && !mayHave(path, "repo")) {
    problems.atKey(
      [...path, "build"],
      `${name} has x-devenv.build but no x-devenv.repo`,
      "repo: the folder to build in",
    );
  }
  if (extension.restart === "process" && service.command == null && !mayHave(["services", name], "command")) {
    const hint = "write the program under command: devenv's supervisor starts it";
    problems.at([...path, "restart"], `${name} restarts its process but has no command`, hint);
  }
  if (extension.build !== undefined && /^(SIG)?HUP$/.test(service.stop_signal ?? "")) {
    const hint =
      "HUP tells devenv's supervisor to restart the program; give another signal, or x-devenv.restart: container";
    const isSupervised = (extension.restart ?? "process") === "process" && service.command != null;
    if (isSupervised) problems.at(["services", name, "stop_signal"], `${name} would restart instead of stop`, hint);
  }
  if (extension.ready !== undefined) checkReadyPort(name, service, extension.ready.port, { problems, mayHave });
}

/** The ports that a service says it listens on. */
export const containerPorts = (service: ServiceData): number[] => [
  ...new Set([
    ...(service.ports ?? []).flat().map(({ containerPort }) => containerPort),
    ...(service.expose ?? []).flat(),
  ]),
];

type Report = Pick<Checked, "problems" | "mayHave">;

function checkReadyPort(name: string, service: ServiceData, port: number | undefined, report: Report): void {
  const { problems, mayHave } = report;
  const ports = containerPorts(service);
  const path = ["services", name, "x-devenv", "ready"];
  if (mayHave(["services", name], "ports") || mayHave(["services", name], "expose")) return;
  if (port === undefined && ports.length !== 1 && !mayHave(path, "port")) {
    problems.atKey(path, `the ready probe of ${name} names no port`, `port: ${ports.join(" or ") || 8080}`);
  } else if (port !== undefined && ports.length > 0 && !ports.includes(port)) {
    const hint = `the container's ports are ${ports.join(", ")}; add expose: ["${port}"] when it listens there, too`;
    problems.at([...path, "port"], `${name} is probed on port ${port}, which it neither publishes nor exposes`, hint);
  }
}

interface WantedPort {
  readonly binding: PortBinding;
  readonly owner: string;
  readonly path: Path;
}

function checkHostPorts({ data, raw, problems, lineOf }: Checked): void {
  const taken: WantedPort[] = [];
  for (const wanted of Object.entries(data.services).flatMap(wantedPorts)) {
    const other = taken.find(({ binding }) => isSameHostPort(binding, wanted.binding));
    taken.push(wanted);
    // The very same entry twice in one list is told as that.
    const isRepeated = other?.owner === wanted.owner && valueAt(raw, other.path) === valueAt(raw, wanted.path);
    if (other === undefined || isRepeated) continue;
    const first = `in line ${lineOf(other.path)}, by ${other.owner}`;
    const message = `port ${wanted.binding.hostPort} of this machine is wanted by ${wanted.owner} and, ${first}`;
    problems.at(wanted.path, message, "give one of them another port on the left side of the colon");
  }
}

const wantedPorts = ([owner, service]: [string, ServiceData]): WantedPort[] =>
  (service.ports ?? []).flatMap((bindings, index) =>
    bindings.map((binding) => ({ binding, owner, path: ["services", owner, "ports", index] })),
  );

const EVERY_ADDRESS = ["0.0.0.0", "::"];

const isSameHostPort = (a: PortBinding, b: PortBinding): boolean =>
  a.hostPort !== 0 &&
  a.hostPort === b.hostPort &&
  a.protocol === b.protocol &&
  (a.hostAddress === b.hostAddress || EVERY_ADDRESS.includes(a.hostAddress) || EVERY_ADDRESS.includes(b.hostAddress));

const UNIQUE_LISTS = ["ports", "expose", "volumes", "tmpfs", "depends_on", "environment", "labels"];

/** Compose's schema refuses an item that is there twice in one of these lists. */
function checkDuplicates({ data, raw, problems }: Checked): void {
  for (const name of Object.keys(data.services)) {
    for (const key of UNIQUE_LISTS) {
      const list = valueAt(raw, ["services", name, key]);
      if (!Array.isArray(list)) continue;
      for (const [index, item] of list.entries()) {
        const isRepeated = list.indexOf(item) < index && typeof item !== "object";
        if (isRepeated) problems.at(["services", name, key, index], `${item} is there twice under ${key}`);
      }
    }
  }
}
