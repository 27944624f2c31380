import type { MinikubeSettings } from "../../model/minikube.ts";
import type { ProviderProgress } from "../provider.ts";
import type { Surroundings } from "../surroundings.ts";
import type { Place } from "./behind-ssh.ts";
import { type Machine, tell } from "./machine.ts";
import { runMinikube } from "./program.ts";

/** The version that minikube gives a machine without Kubernetes. */
const NO_KUBERNETES = "v0.0.0";

/**
 * The options of `minikube start` for a machine that is made, or of one that is there. Of that nothing is changed:
 * minikube could not change its sizes, and `--no-kubernetes` would end a Kubernetes that is somebody's.
 * @param made what a machine that is there was made with
 */
export function startOptions(settings: MinikubeSettings, made: Made | undefined): string[] {
  // The person's current kubectl context is theirs.
  const always = ["--interactive=false", "--keep-context"];
  if (made !== undefined) {
    // Of a machine behind ssh it asks for the address at every start.
    return [...always, ...(made.kubernetes === undefined ? ["--no-kubernetes"] : []), ...sshOptions(settings)];
  }
  const { driver, cpus, memoryMiB, diskMiB, kubernetes, addons } = settings;
  return [
    ...always,
    "--container-runtime=docker",
    ...(driver === undefined ? [] : [`--driver=${driver}`]),
    ...(cpus === undefined ? [] : [`--cpus=${cpus}`]),
    ...(memoryMiB === undefined ? [] : [`--memory=${memoryMiB}mb`]),
    ...(diskMiB === undefined ? [] : [`--disk-size=${diskMiB}mb`]),
    ...(kubernetes === false ? ["--no-kubernetes"] : [`--kubernetes-version=${kubernetes}`]),
    ...(addons.length === 0 ? [] : [`--addons=${addons.join(",")}`]),
    ...sshOptions(settings),
  ];
}

function sshOptions({ ssh, sshKey }: MinikubeSettings): string[] {
  if (ssh === undefined) return [];
  const at = ssh.destination.lastIndexOf("@");
  return [
    `--ssh-ip-address=${ssh.destination.slice(at + 1)}`,
    ...(at < 0 ? [] : [`--ssh-user=${ssh.destination.slice(0, at)}`]),
    ...(ssh.port === undefined ? [] : [`--ssh-port=${ssh.port}`]),
    ...(sshKey === undefined ? [] : [`--ssh-key=${sshKey}`]),
  ];
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
  /** Where it is, of driver `ssh`. */
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

const differs = <Value>(what: string, wanted: Value | undefined, has: Value): string | undefined =>
  wanted === undefined || wanted === has ? undefined : `${what} ${has} and not ${wanted}`;

/**
 * Starts a machine, made first where there is none.
 * @throws Failure (environment) with why it could not be
 */
export async function startMachine(
  machine: Machine,
  settings: MinikubeSettings,
  surroundings: Surroundings,
  progress: ProviderProgress,
  signal?: AbortSignal,
): Promise<void> {
  const made = await madeWith(machine, surroundings);
  for (const words of made === undefined ? [] : differences(settings, made, machine.profile)) progress(words);
  const order = { verb: "start", options: startOptions(settings, made), driver: settings.driver } as const;
  await tell(machine, order, surroundings, progress, signal);
}
