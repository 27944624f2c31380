import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Surroundings } from "../surroundings.ts";

/** What is kept of one machine of minikube's: nothing that `devenv up` could not find out anew. */
export interface MinikubeLayout {
  /** minikube's name of the machine. */
  readonly profile: string;
  /** `<state>/minikube/<profile>`. */
  readonly folder: string;
  /** How it was reached last. */
  readonly way: string;
  readonly sshConfig: string;
  readonly knownHosts: string;
  /** The folders that it is to have, and how they are. */
  readonly mounts: string;
  /** Of whoever keeps them mounted. */
  readonly log: string;
}

const rootOf = ({ folders }: Surroundings): string => join(folders.state, "minikube");

export function minikubeLayout(profile: string, surroundings: Surroundings): MinikubeLayout {
  const folder = join(rootOf(surroundings), profile);
  const at = (name: string) => join(folder, name);
  return {
    ...{ profile, folder },
    way: at("way.json"),
    sshConfig: at("ssh_config"),
    knownHosts: at("known_hosts"),
    mounts: at("mounts.json"),
    log: at("mounts.log"),
  };
}

/** minikube's names of the machines that devenv has ever reached from here. */
export const knownMinikubes = (surroundings: Surroundings): Promise<string[]> =>
  readdir(rootOf(surroundings)).catch(() => []);
