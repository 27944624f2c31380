import type { PortBinding } from "../model/profile.ts";
import type { Scene } from "./checked.ts";
import { replicasOf } from "./checks-service.ts";
import type { ServiceData } from "./compose-schema.ts";
import type { Path } from "./located.ts";
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
}

/** Whether two services want the same port of this machine. */
export function checkHostPorts({ selection, raw, problems, lineOf }: Scene): void {
  const taken: WantedPort[] = [];
  for (const wanted of selection.active.flatMap(wantedPorts)) {
    const other = taken.find(({ binding }) => isSameHostPort(binding, wanted.binding));
    taken.push(wanted);
    // The very same entry twice in one list is one, as in Compose.
    const isRepeated = other?.owner === wanted.owner && valueAt(raw, other.path) === valueAt(raw, wanted.path);
    if (other === undefined || isRepeated) continue;
    const first = `in line ${lineOf(other.path)}, by ${other.owner}`;
    const message = `port ${wanted.binding.hostPort} of this machine is wanted by ${wanted.owner} and, ${first}`;
    problems.at(wanted.path, message, "give one of them another port on the left side of the colon");
  }
}

const wantedPorts = ([owner, service]: readonly [string, ServiceData]): WantedPort[] =>
  publishedPorts(service).flatMap((bindings, index) =>
    bindings.map((binding) => ({ binding, owner, path: ["services", owner, "ports", index] })),
  );

const EVERY_ADDRESS = ["0.0.0.0", "::"];

const isSameHostPort = (a: PortBinding, b: PortBinding): boolean =>
  a.hostPort !== 0 &&
  a.hostPort === b.hostPort &&
  a.hostPortEnd === undefined &&
  b.hostPortEnd === undefined &&
  a.protocol === b.protocol &&
  (a.hostAddress === b.hostAddress || EVERY_ADDRESS.includes(a.hostAddress) || EVERY_ADDRESS.includes(b.hostAddress));
