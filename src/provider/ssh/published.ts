import { LABEL } from "../../model/container.ts";

/** A port that a container of a cluster publishes over there. */
export interface PublishedPort {
  readonly port: number;
  /** The address to dial over there: one of its own, loopback where it is published on all of them. */
  readonly host: string;
  readonly container: string;
}

/** What a look at the daemon over there shows of clusters. */
export interface Look {
  /** How many containers of our clusters there are, running or not. */
  readonly containers: number;
  /** What those that run publish: TCP only, each port once. */
  readonly ports: readonly PublishedPort[];
}

/** The API's path for all containers that have a cluster's label. */
export const CONTAINERS_PATH = `/containers/json?all=1&filters=${encodeURIComponent(JSON.stringify({ label: [LABEL.cluster] }))}`;

/** The API's path of the events after which other ports may be published. */
export const EVENTS_PATH = `/events?filters=${encodeURIComponent(
  JSON.stringify({ type: ["container"], event: ["start", "die", "destroy"], label: [LABEL.cluster] }),
)}`;

/** As much as is read of what the API's `/containers/json` gives of each container. */
interface Listed {
  readonly Names?: readonly string[];
  readonly State?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly Ports?: readonly {
    readonly IP?: string;
    readonly PublicPort?: number;
    readonly Type?: string;
  }[];
}

/**
 * Reads the daemon's list of containers.
 * @param isOurs whether a workspace is a folder of this machine: a host may serve a whole team
 */
export function readContainers(body: string, isOurs: (workspace: string) => boolean): Look {
  const ours = (JSON.parse(body) as Listed[]).filter(({ Labels }) => isOurs(Labels?.[LABEL.workspace] ?? ""));
  const ports = ours.filter(({ State }) => State === "running").flatMap(portsOf);
  return {
    containers: ours.length,
    ports: [...new Map(ports.map((each) => [each.port, each])).values()],
  };
}

const portsOf = ({ Ports = [], Names }: Listed): PublishedPort[] =>
  Ports.flatMap(({ IP, PublicPort, Type }) =>
    Type === "tcp" && PublicPort !== undefined
      ? [{ port: PublicPort, host: dialled(IP), container: (Names?.[0] ?? "").replace(/^\//, "") }]
      : [],
  );

function dialled(published: string | undefined): string {
  if (!published || published === "0.0.0.0" || published === "::") return "127.0.0.1";
  return published.includes(":") ? `[${published}]` : published;
}
