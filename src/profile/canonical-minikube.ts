import type { MinikubeSettings } from "../model/minikube.ts";
import { sshWritten } from "../model/ssh.ts";
import { type Plain, present, unlessEmpty } from "./canonical-parts.ts";

/** `x-devenv.minikube`, as it could stand in a profile. */
export const canonicalMinikube = (settings: MinikubeSettings): Plain =>
  present({
    profile: settings.profile,
    driver: settings.driver,
    cpus: settings.cpus,
    memory: mebibytes(settings.memoryMiB),
    disk: mebibytes(settings.diskMiB),
    kubernetes: settings.kubernetes,
    addons: unlessEmpty(settings.addons),
    mount: settings.mount,
    ssh: settings.ssh && sshWritten(settings.ssh),
    key: settings.sshKey,
  });

const mebibytes = (amount: number | undefined): string | undefined =>
  amount === undefined ? undefined : `${amount}MiB`;
