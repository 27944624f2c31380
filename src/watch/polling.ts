import { basename } from "node:path";
import type { OpenFolder, TellEntry } from "./inotify.ts";

/** Whether the person asked for it, by the variable that chokidar made known: CHOKIDAR_USEPOLLING=1. */
export function isPollingWanted(): boolean {
  const value = process.env.CHOKIDAR_USEPOLLING?.toLowerCase() ?? "";
  return value !== "" && value !== "0" && value !== "false";
}

/**
 * A folder on a file system that has no inotify (9p, NFS): chokidar looks at its entries again and again, every
 * CHOKIDAR_INTERVAL milliseconds. Resolves when every change is reported from here on.
 */
export async function pollFolder(path: string, tell: TellEntry, onError: (error: Error) => void): Promise<OpenFolder> {
  const { watch } = await import("chokidar");
  const watcher = watch(path, { usePolling: true, ignoreInitial: true, atomic: false, depth: 0 });
  watcher.on("all", (event, entry) => tell(basename(entry), event === "change"));
  watcher.on("error", (error) => onError(error as Error));
  await new Promise<void>((resolve) => watcher.once("ready", resolve));
  return { close: () => void watcher.close() };
}
