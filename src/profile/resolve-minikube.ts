import type { MinikubeSettings } from "../model/minikube.ts";
import type { Checked } from "./checked.ts";
import type { ExtensionData } from "./compose-schema.ts";
import { inFolder } from "./place.ts";
import type { ReadOptions } from "./read-options.ts";

type MinikubeData = NonNullable<ExtensionData["minikube"]>;

/** What a profile says of its minikube, with every default that is ours. */
export function resolveMinikube(
  { profile, driver, cpus, memory, disk, kubernetes, addons, mount, ssh, key }: MinikubeData,
  { workspace, home }: Pick<ReadOptions, "workspace" | "home">,
): MinikubeSettings {
  return {
    profile,
    driver: driver ?? (ssh === undefined ? undefined : "ssh"),
    cpus,
    memoryMiB: memory,
    diskMiB: disk,
    kubernetes: kubernetes ?? false,
    addons: addons ?? [],
    mount,
    ssh,
    sshKey: key === undefined ? undefined : inFolder(workspace, key, home),
  };
}

/** minikube itself would say each of these after a minute of downloads, and some of them not at all. */
export function checkMinikube({ data, problems, mayHave }: Checked): void {
  const given = data["x-devenv"]?.minikube;
  if (given === undefined) return;
  const path = ["x-devenv", "minikube"];
  const { driver, ssh, kubernetes, addons } = given;
  if (driver === "none") {
    const hint = "provider docker is what uses this machine's own daemon";
    problems.at([...path, "driver"], "minikube has no Docker daemon of its own with driver none", hint);
  }
  if (driver === "ssh" && ssh === undefined && !mayHave(path, "ssh")) {
    problems.at(
      [...path, "driver"],
      "driver ssh needs the address of a machine",
      "write ssh: root@192.168.64.7 beside it",
    );
  }
  if (driver !== undefined && driver !== "ssh" && ssh !== undefined) {
    problems.atKey(
      [...path, "ssh"],
      `x-devenv.minikube.ssh is of no use to driver ${driver}`,
      "write driver: ssh, or take it out",
    );
  }
  const host = ssh?.destination.slice(ssh.destination.lastIndexOf("@") + 1);
  if (host === "127.0.0.1" || host === "localhost") {
    const hint = "give the machine's own address; 127.0.0.2 is this machine, too, and is taken";
    problems.at([...path, "ssh"], "minikube takes no machine at 127.0.0.1", hint);
  }
  if ((addons ?? []).length > 0 && (kubernetes ?? false) === false && !mayHave(path, "kubernetes")) {
    problems.atKey([...path, "addons"], "addons need Kubernetes", "write kubernetes: stable beside them");
  }
}
