import { constants } from "node:fs";
import { access, stat, statfs } from "node:fs/promises";
import { storedIn, storeFolder } from "../../artifact/stored.ts";
import { errorCode, nearestFolder } from "../../host/files.ts";
import { clusterFolder } from "../../host/folders.ts";
import type { Check } from "../../model/check.ts";
import type { Profile } from "../../model/profile.ts";
import { size } from "../../state/size.ts";
import type { Machine } from "../machine.ts";

/** Below this, the next build of CI may not fit any more. */
export const SCARCE_BYTES = 2_000_000_000;
/** Below this, nothing will. */
export const FULL_BYTES = 100_000_000;

/** The store of artifacts and the disk that it is on. */
export async function storeChecks({ name }: Profile, { folders }: Machine): Promise<Check[]> {
  const store = storeFolder(folders.cache);
  const [near, mounts] = await Promise.all([nearestFolder(store), nearestFolder(clusterFolder(folders, name))]);
  const links = await sameFileSystem(near, mounts);
  return Promise.all([
    writable(store, near),
    disk(near, "the store is", "run `devenv artifacts prune`, or make room"),
    ...(links.state === "ok"
      ? []
      : [disk(mounts, "the clusters' mounts are", "make room, or set XDG_STATE_HOME to another folder")]),
    links,
  ]);
}

async function writable(store: string, there: string): Promise<Check> {
  try {
    await access(there, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const reason = errorCode(cause) === "EROFS" ? "its file system is read-only" : "it belongs to someone else";
    const what = `the store ${store} cannot be written: ${reason}`;
    const remedy = `give it back with \`sudo chown -R $(id -u) ${there}\`, or set XDG_CACHE_HOME to another folder`;
    return { name: "store", state: "bad", what, why: "what CI built is kept there", do: remedy };
  }
  const stored = await storedIn(store).catch(() => []);
  const bytes = stored.reduce((sum, each) => sum + each.bytes, 0);
  return {
    name: "store",
    state: "ok",
    what: `${store}: ${stored.length} artifact${stored.length === 1 ? "" : "s"}, ${size(bytes)}`,
  };
}

async function disk(folder: string, whose: string, remedy: string): Promise<Check> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const what = `${size(free)} are free where ${whose}`;
  if (free >= SCARCE_BYTES) return { name: "disk", state: "ok", what };
  return {
    name: "disk",
    state: free < FULL_BYTES ? "bad" : "warn",
    what,
    why: "each new build of CI takes room there",
    do: remedy,
  };
}

/** Two folders on one device can share a file; across devices, it is copied. */
async function sameFileSystem(store: string, mounts: string): Promise<Check> {
  const [one, other] = await Promise.all([stat(store), stat(mounts)]);
  if (one.dev === other.dev) {
    return { name: "links", state: "ok", what: "the store and the clusters' mounts are on one file system" };
  }
  return {
    name: "links",
    state: "warn",
    what: `the store (${store}) and the clusters' mounts (${mounts}) are on two file systems`,
    why: "artifacts are copied into the mounts where one name more would do: slower, and twice the room",
    do: "set XDG_CACHE_HOME and XDG_STATE_HOME to folders of one file system",
  };
}
