import { statSync } from "node:fs";
import { isAbsolute, relative } from "node:path";
import { errorCode } from "../host/files.ts";
import type { Address, Endpoint, ProviderName } from "../model/endpoint.ts";
import type { Answer } from "./inquiry.ts";
import type { Surroundings } from "./surroundings.ts";

/** Makes the endpoint out of where a daemon answers and what it says of itself. */
export function endpointOf(
  provider: ProviderName,
  address: Address,
  answer: Answer,
  surroundings: Surroundings,
): Endpoint {
  const here = isThisMachine(answer, surroundings);
  return {
    provider,
    address,
    platform: { os: answer.os, arch: goArchitecture(answer.machine) },
    mountsHostFolders: here || sharesFolders(address, answer, surroundings),
    // A rootless daemon's bridge is inside a network namespace of its own.
    reachesContainers: here && !answer.rootless,
    sharesSockets: here,
    publishedOn: publishedOn(address),
    version: answer.version,
  };
}

/** The kernel's word for a processor in Go's: what artifacts are named by. */
function goArchitecture(machine: string): string {
  const names: Readonly<Record<string, string>> = {
    x86_64: "amd64",
    aarch64: "arm64",
    armv7l: "arm",
    armv6l: "arm",
    i386: "386",
    i686: "386",
  };
  return names[machine] ?? machine;
}

/**
 * Whether the daemon runs on this very machine, with the same files: the same kernel under the same name, and its data
 * folder is visible. All three, because a socket alone proves nothing: it may be forwarded (`ssh -L`), lead into a VM, or
 * be mounted into the container that devenv runs in (a dev container), whose paths the daemon does not know.
 */
function isThisMachine(answer: Answer, { machine }: Surroundings): boolean {
  return (
    machine.platform === "linux" &&
    answer.os === "linux" &&
    answer.kernel === machine.kernel &&
    answer.hostname === machine.hostname &&
    answer.operatingSystem !== "Docker Desktop" &&
    mayExist(answer.dataRoot)
  );
}

/** Only "there is no such thing" is a no: a folder of root's cannot be seen through a closed parent. */
function mayExist(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch (error) {
    return errorCode(error) === "EACCES";
  }
}

/** Virtual machines for developers, by what their daemon says of itself. They all mount the home folder. */
const SHARING_MACHINES: readonly ((answer: Answer) => boolean)[] = [
  (answer) => answer.operatingSystem === "Docker Desktop" || answer.hostname === "docker-desktop",
  (answer) => answer.operatingSystem === "OrbStack" || answer.hostname === "orbstack",
  (answer) => answer.hostname === "colima" || answer.hostname.startsWith("colima-"),
  (answer) => answer.hostname.startsWith("lima-") || answer.operatingSystem.startsWith("Rancher Desktop"),
];

/** Whether a VM on this machine shares the folder that clusters are mounted from. Where in doubt no: `push` always works. */
function sharesFolders(address: Address, answer: Answer, { folders, machine }: Surroundings): boolean {
  if (address.kind !== "unix" || !SHARING_MACHINES.some((isOne) => isOne(answer))) return false;
  const below = relative(machine.home, folders.state);
  return below !== "" && !below.startsWith("..") && !isAbsolute(below);
}

/** Engines in a VM of this machine forward published ports to its loopback; a daemon elsewhere publishes elsewhere. */
function publishedOn(address: Address): string {
  if (address.kind === "unix" || address.host === "localhost") return "127.0.0.1";
  return address.host.replace(/^\[(.*)\]$/, "$1");
}
