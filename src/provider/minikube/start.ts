import { existsSync } from "node:fs";
import { userFailure } from "../../model/failure.ts";
import type { MinikubeSettings } from "../../model/minikube.ts";
import type { ProviderProgress } from "../provider.ts";
import type { Surroundings } from "../surroundings.ts";
import { expectAnswer, placeOf } from "./behind-ssh.ts";
import { type Machine, tell } from "./machine.ts";
import { differences, type Made, madeWith, missingAddons } from "./made.ts";

/**
 * The options of `minikube start` for a machine that is made, or of one that is there. That gets what addons it lacks, beside
 * those that it has (minikube's `addons.ToEnable`), and nothing else is changed: minikube could not change its sizes, and
 * `--no-kubernetes` would end a Kubernetes that is somebody's. Without Kubernetes it refuses `--addons`.
 * @param made what a machine that is there was made with
 */
export function startOptions(settings: MinikubeSettings, made: Made | undefined): string[] {
  // The person's current kubectl context is theirs.
  const always = ["--interactive=false", "--keep-context"];
  if (made !== undefined) {
    const kubernetes =
      made.kubernetes === undefined ? ["--no-kubernetes"] : addonOptions(missingAddons(settings, made));
    // Of a machine behind ssh it asks for the address at every start.
    return [...always, ...kubernetes, ...sshOptions(settings)];
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
    ...addonOptions(addons),
    ...sshOptions(settings),
  ];
}

const addonOptions = (addons: readonly string[]): string[] =>
  addons.length === 0 ? [] : [`--addons=${addons.join(",")}`];

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

/**
 * Starts a machine, made first where there is none.
 * @throws Failure (user) for a key that is not there, (environment) with why it could not be
 */
export async function startMachine(
  machine: Machine,
  settings: MinikubeSettings,
  surroundings: Surroundings,
  progress: ProviderProgress,
  signal?: AbortSignal,
): Promise<void> {
  const { sshKey } = settings;
  if (sshKey !== undefined && !existsSync(sshKey))
    throw userFailure(`there is no ${sshKey}, which x-devenv.minikube.key names`);
  const made = await madeWith(machine, surroundings);
  const place = placeOf(settings) ?? made?.place;
  if (place !== undefined) await expectAnswer(place, machine.profile, signal);
  for (const words of made === undefined ? [] : differences(settings, made, machine.profile))
    progress(words, { isNote: true });
  const order = { verb: "start", options: startOptions(settings, made), driver: settings.driver } as const;
  await tell(machine, order, surroundings, progress, signal);
}
