import {
  type ContainerSpec,
  type ContainerState,
  LABEL,
  type ObservedContainer,
} from "../../../src/model/container.ts";
import { type ArtifactDigest, containerId } from "../../../src/model/names.ts";

/** A container of the world in miniature. */
export interface Container {
  readonly id: string;
  readonly spec: ContainerSpec;
  readonly imageId: string;
  /** Name -> identity of the networks that it is on: one made anew under its name is another. */
  readonly networks: Map<string, number>;
  /** The container whose network it is in. */
  readonly networkOf: string | undefined;
  /** Targets of the files that it was provided with. */
  readonly files: Set<string>;
  name: string;
  state: ContainerState;
  exitCode: number;
  /** The code that its process was started with. */
  runs: ArtifactDigest | undefined;
}

export const holdsPorts = ({ state }: Container): boolean => ["running", "paused", "restarting"].includes(state);

export function end(container: Container): void {
  if (!holdsPorts(container)) return;
  container.state = "exited";
  container.exitCode = 143;
}

const STATUS_TEXT: Partial<Record<ContainerState, string>> = {
  running: "Up 3 minutes",
  paused: "Up 3 minutes (Paused)",
  created: "Created",
  dead: "Dead",
  restarting: "Restarting (1) 5 seconds ago",
};

export function observed({
  id,
  spec,
  imageId,
  name,
  state,
  exitCode,
  networks,
  networkOf,
}: Container): ObservedContainer {
  const label = (key: string) => spec.labels[key] ?? "";
  return {
    id: containerId(id),
    name,
    service: spec.service,
    number: Number(label(LABEL.number)),
    hash: label(LABEL.hash),
    provider: label(LABEL.provider),
    environment: label(LABEL.environment),
    workspace: label(LABEL.workspace),
    image: spec.image,
    imageId,
    state,
    health: "none",
    statusText: STATUS_TEXT[state] ?? `Exited (${exitCode}) 5 seconds ago`,
    address: undefined,
    networks: Object.fromEntries([...networks].map(([on, network]) => [on, String(network)])),
    networkOf: networkOf === undefined ? undefined : containerId(networkOf),
    ports: state === "running" || state === "paused" ? spec.ports : [],
  };
}
