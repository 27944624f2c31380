import { basename } from "node:path";
import { DEBUGGER_BINDING } from "../model/debugger.ts";
import type { PortBinding } from "../model/profile.ts";
import type { Scene } from "./checked.ts";
import { replicasOf } from "./checks-service.ts";
import type { ServiceData } from "./compose-schema.ts";
import type { Path } from "./located.ts";
import { debuggerWish } from "./resolve-builder.ts";
import { valueAt } from "./schema-problems.ts";

/** Whether a service can publish what it publishes at all. */
export function checkPorts(name: string, service: ServiceData, { problems }: Scene): void {
  const { ports = [], network_mode: mode } = service;
  const isShared = mode !== undefined && /^(none$|service:|container:)/.test(mode);
  if (isShared && ports.length > 0) {
    const hint = mode === "none" ? "take network_mode away" : "publish them there";
    problems.atKey(
      ["services", name, "ports"],
      `${name} publishes ports, but has no network of its own (${mode})`,
      hint,
    );
  }
  if (mode === "host" && ports.length > 0) {
    const hint = "its program listens on this machine itself, whichever port it takes";
    problems.warnAtKey(["services", name, "ports"], `${name} is on the host's network and publishes no ports`, hint);
    return;
  }
  const { replicas } = replicasOf(service);
  for (const [index, bindings] of replicas > 1 ? ports.entries() : []) {
    const fixed = bindings.find(({ hostPort, hostPortEnd }) => hostPort !== 0 && hostPortEnd === undefined);
    if (fixed === undefined) continue;
    const { hostPort, containerPort } = fixed;
    const message = `${name} runs ${replicas} times, and only one of them can have port ${hostPort} of this machine`;
    const range = `write "${hostPort}-${hostPort + replicas - 1}:${containerPort}", or "${containerPort}" for free ones`;
    problems.at(["services", name, "ports", index], message, range);
  }
}

/** On the network of the host there is nothing to publish: Docker takes no notice. */
export const publishedPorts = ({ ports = [], network_mode: mode }: ServiceData): readonly PortBinding[][] =>
  mode === "host" ? [] : ports;

interface WantedPort {
  readonly binding: PortBinding;
  readonly owner: string;
  readonly path: Path;
  /** Where the port is written, for a person. */
  readonly place: string;
}

/** Whether two services want the same port of this machine; of two ranges the first such port is told. */
export function checkHostPorts({ selection, raw, problems }: Scene): void {
  const taken = new Map<string, WantedPort[]>();
  const told = new Map<Path, Set<Path>>();
  for (const wanted of selection.active.flatMap(wantedPorts)) {
    const key = `${wanted.binding.hostPort}/${wanted.binding.protocol}`;
    const others = taken.get(key) ?? [];
    const other = others.find(({ binding }) => isSameAddress(binding, wanted.binding));
    taken.set(key, [...others, wanted]);
    // The very same entry twice in one list is one, as in Compose.
    const isRepeated = other?.owner === wanted.owner && valueAt(raw, other.path) === valueAt(raw, wanted.path);
    if (other === undefined || isRepeated || told.get(wanted.path)?.has(other.path)) continue;
    told.set(wanted.path, (told.get(wanted.path) ?? new Set()).add(other.path));
    const [there, here] = [problems.positionOf(other.path), problems.positionOf(wanted.path)];
    const line = there.file === here.file ? `line ${there.line}` : `${basename(there.file)}:${there.line}`;
    const first = `in ${line}, by ${other.owner}`;
    const message = `port ${wanted.binding.hostPort} of this machine is wanted by ${wanted.owner} and, ${first}`;
    problems.at(wanted.path, message, `give one of them another port ${wanted.place}`);
  }
}

/** Those that are fixed: of a range the daemon takes one that is free. */
const wantedPorts = ([owner, service]: readonly [string, ServiceData]): WantedPort[] => [
  ...publishedPorts(service).flatMap((bindings, index) => {
    const path = ["services", owner, "ports", index];
    const fixed = bindings.filter(({ hostPort, hostPortEnd }) => hostPort !== 0 && hostPortEnd === undefined);
    return fixed.map((binding) => ({ binding, owner, path, place: "on the left side of the colon" }));
  }),
  ...debuggerPort(owner, service),
];

function debuggerPort(owner: string, service: ServiceData): WantedPort[] {
  const build = service["x-devenv"]?.build;
  const port = build && debuggerWish(build)?.port;
  if (port === undefined) return [];
  const binding: PortBinding = { ...DEBUGGER_BINDING, hostPort: port };
  const path = ["services", owner, "x-devenv", "build", "debug", "port"];
  return [{ binding, owner, path, place: "under debug" }];
}

const EVERY_ADDRESS = ["0.0.0.0", "::"];

const isSameAddress = ({ hostAddress: a }: PortBinding, { hostAddress: b }: PortBinding): boolean =>
  a === b || EVERY_ADDRESS.includes(a) || EVERY_ADDRESS.includes(b);
