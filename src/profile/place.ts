import { join, resolve } from "node:path";

/** A path as a person writes it, made absolute: `~` is the home folder, a relative one is taken from `folder`. */
export function inFolder(folder: string, path: string, home: string): string {
  if (path === "~" || path.startsWith("~/")) return join(home, path.slice(1));
  return resolve(folder, path);
}
