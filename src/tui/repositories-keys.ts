import type { Key } from "./keys.ts";
import { steps } from "./moves.ts";
import type { Shown, Ui } from "./ui.ts";

/** The keys of the repositories' page; undefined for one that means there what it means everywhere. */
export function onRepositories(ui: Ui, key: Key, { repositories, height }: Shown): Ui | undefined {
  if (key === "escape" || key === "tab") return { ...ui, page: "services" };
  const by = steps(key, height);
  if (by === 0) return undefined;
  const at = Math.max(0, repositories.indexOf(ui.repository ?? ""));
  return { ...ui, repository: repositories[Math.max(0, Math.min(repositories.length - 1, at + by))] };
}
