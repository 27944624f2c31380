import { realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { clusterFolder } from "../../host/folders.ts";
import type { Profile } from "../../model/profile.ts";
import type { Surroundings } from "../surroundings.ts";

/** What of a profile decides about the folders of a machine. */
export type Sharing = Pick<Profile, "name" | "workspace" | "services">;

/** What is another thing in each machine: a profile that mounts it (Docker's socket, a device) means that of the daemon. */
const OF_THE_DAEMON = ["/dev", "/proc", "/run", "/sys", "/var/run", "/var/lib/docker"];

/** A guest without its own of these is none. */
const OF_THE_GUEST = [
  "/bin",
  "/boot",
  "/lib",
  "/lib32",
  "/lib64",
  "/libx32",
  "/sbin",
  "/usr/bin",
  "/usr/lib",
  "/usr/sbin",
];
const NEEDED_BY_THE_GUEST = [
  ...OF_THE_GUEST,
  ...OF_THE_DAEMON,
  "/etc/docker",
  "/etc/ssh",
  "/root/.ssh",
  "/tmp",
  "/var/lib",
];

/** Whether the first path is the second, or lies below it. */
export const isBelow = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);

/** Whether a path that a profile mounts means the daemon's own, wherever the daemon is. */
export const isOfDaemon = (path: string): boolean => OF_THE_DAEMON.some((folder) => isBelow(path, folder));

/** Whether a guest can have this folder of ours in place of its own. */
export const isShareable = (folder: string): boolean =>
  !NEEDED_BY_THE_GUEST.some((needed) => isBelow(needed, folder)) &&
  ![...OF_THE_GUEST, ...OF_THE_DAEMON].some((own) => isBelow(folder, own));

/**
 * The folders that a cluster's machine is to have at the identical path: the workspace, the folder of its mount, and what
 * its services mount from elsewhere. Absolute paths that are there, none below another; what a guest cannot have in place
 * of its own is left out.
 */
export function foldersToShare({ name, workspace, services }: Sharing, { folders }: Surroundings): readonly string[] {
  const own = [workspace, clusterFolder(folders, name)];
  const sources = services.flatMap(({ volumes }) =>
    volumes.flatMap((mount) => (mount.kind === "bind" && !isOfDaemon(mount.source) ? [mount.source] : [])),
  );
  const wanted = [...own, ...sources.flatMap((source) => holdersOf(source, own))];
  return outermost(wanted.filter(isShareable));
}

/** A folder itself, and for a file that which it lies in; where a link leads elsewhere, that place as well. */
function holdersOf(source: string, own: readonly string[]): readonly string[] {
  const paths = [source, resolved(source)].filter((path) => path !== undefined);
  const isInside = paths.every((path) =>
    own.some((folder) => isBelow(path, folder) || isBelow(path, resolved(folder) ?? folder)),
  );
  if (isInside) return [];
  return paths.flatMap((path) => (isFolder(path) ? [path] : isThere(path) ? [dirname(path)] : []));
}

const outermost = (paths: readonly string[]): readonly string[] => {
  const all = [...new Set(paths)].sort();
  return all.filter((path) => !all.some((other) => other !== path && isBelow(path, other)));
};

function resolved(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;
const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
