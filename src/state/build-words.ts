import type { ServiceStatus } from "../model/status.ts";

/** `ci:124`, `ci:124 (pinned)`, or `ci:125 (pinned: 124)` where another build than the pinned one is in place. */
export function buildInWords({ build, pinned }: Pick<ServiceStatus, "build" | "pinned">): string {
  if (pinned === undefined) return build ?? "-";
  return build === `ci:${pinned}` ? `${build} (pinned)` : `${build ?? "-"} (pinned: ${pinned})`;
}
