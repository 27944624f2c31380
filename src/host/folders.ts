import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** Where devenv keeps what (DESIGN section 6): the XDG base directories, `devenv` below each. */
export interface Folders {
  /** Content-addressed store and downloads. */
  readonly cache: string;
  /** Cluster mounts, engine and VM data. */
  readonly state: string;
  /** Secrets and settings. */
  readonly config: string;
}

/** Reads XDG_CACHE_HOME, XDG_STATE_HOME and XDG_CONFIG_HOME; a relative value is ignored, as the specification says. */
export function xdgFolders(environment: NodeJS.ProcessEnv): Folders {
  const base = (variable: string, fallback: string) => {
    const value = environment[variable];
    return join(value && isAbsolute(value) ? value : join(environment.HOME || homedir(), fallback), "devenv");
  };
  return {
    cache: base("XDG_CACHE_HOME", ".cache"),
    state: base("XDG_STATE_HOME", ".local/state"),
    config: base("XDG_CONFIG_HOME", ".config"),
  };
}

/** The folder of one cluster: its mount, its delivery records, its lock. */
export const clusterFolder = (folders: Folders, cluster: string): string => join(folders.state, "clusters", cluster);
