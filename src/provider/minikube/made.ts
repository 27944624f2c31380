import type { MinikubeSettings } from "../../model/minikube.ts";
import type { Surroundings } from "../surroundings.ts";
import type { Machine } from "./machine.ts";
import { runMinikube } from "./program.ts";

/** The version that minikube gives a machine without Kubernetes. */
const NO_KUBERNETES = "v0.0.0";

/** Where a machine of driver `ssh` is. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

/** What a machine was made with, as minikube has it written down. */
export interface Made {
  readonly driver: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly diskMiB: number;
  /** Absent without it. */
  readonly kubernetes?: string | undefined;
  /** `docker`, `containerd`, `cri-o`. */
  readonly runtime: string;
  /** The names of those that are enabled, minikube's own among them (`storage-provisioner`). */
  readonly addons: readonly string[];
  /** Of driver `ssh`. */
  readonly place?: Place | undefined;
}

/** What minikube has written down of a machine; undefined where there is none. Asks no machine. */
export async function madeWith({ minikube, profile }: Machine, surroundings: Surroundings) {
  const { stdout } = await runMinikube(minikube.path, ["profile", "list", "--light", "-o", "json"], surroundings);
  return readMade(stdout, profile);
}

interface Listed {
  readonly Name?: string;
  readonly Config?: {
    readonly Driver?: string;
    readonly CPUs?: number;
    readonly Memory?: number;
    readonly DiskSize?: number;
    readonly SSHIPAddress?: string;
    readonly SSHUser?: string;
    readonly SSHPort?: number;
    readonly Addons?: Readonly<Record<string, boolean>> | null;
    readonly KubernetesConfig?: { readonly KubernetesVersion?: string; readonly ContainerRuntime?: string };
  };
}

/** @param stdout of `minikube profile list --light -o json`: `{"invalid":[…],"valid":[{"Name":…,"Config":{…}}]}` */
export function readMade(stdout: string, profile: string): Made | undefined {
  let lists: Readonly<Record<string, unknown>>;
  try {
    lists = JSON.parse(stdout.slice(stdout.indexOf("{"))) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const listed = [lists.valid, lists.invalid].flatMap((list) => (Array.isArray(list) ? (list as Listed[]) : []));
  const config = listed.find(({ Name }) => Name === profile)?.Config;
  if (config?.Driver === undefined) return undefined;
  const version = config.KubernetesConfig?.KubernetesVersion;
  return {
    driver: config.Driver,
    cpus: config.CPUs ?? 0,
    memoryMiB: config.Memory ?? 0,
    diskMiB: config.DiskSize ?? 0,
    ...(version !== undefined && version !== NO_KUBERNETES && { kubernetes: version }),
    runtime: config.KubernetesConfig?.ContainerRuntime ?? "",
    addons: Object.entries(config.Addons ?? {}).flatMap(([name, isEnabled]) => (isEnabled ? [name] : [])),
    ...(config.SSHIPAddress && {
      place: { host: config.SSHIPAddress, port: config.SSHPort ?? 22, user: config.SSHUser ?? "root" },
    }),
  };
}

/** Where the profile and the machine are not of one mind, which minikube can mend by making it anew only. */
export function differences(settings: MinikubeSettings, made: Made, profile: string): string[] {
  const { driver, cpus, memoryMiB, diskMiB, kubernetes } = settings;
  const found = [
    differs("driver", driver, made.driver),
    differs("cpus", cpus, made.cpus),
    differs("memory", memoryMiB && `${memoryMiB}MiB`, `${made.memoryMiB}MiB`),
    differs("disk", diskMiB && `${diskMiB}MiB`, `${made.diskMiB}MiB`),
    kubernetes !== false && made.kubernetes === undefined ? "it has no Kubernetes" : undefined,
  ].filter((words) => words !== undefined);
  if (found.length === 0) return [];
  const mend = "`devenv minikube delete` removes it with all that is in it, and the next up makes it anew";
  return [`minikube's machine ${profile} stays as it was made, ${found.join(", ")}: ${mend}`];
}

/** Addons of the profile that the machine does not have; none where it could have none, which is a difference. */
export const missingAddons = ({ addons }: MinikubeSettings, made: Made): readonly string[] =>
  made.kubernetes === undefined ? [] : addons.filter((name) => !made.addons.includes(name));

const differs = <Value>(what: string, wanted: Value | undefined, has: Value): string | undefined =>
  wanted === undefined || wanted === has ? undefined : `${what} ${has} and not ${wanted}`;
