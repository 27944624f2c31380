import type { BuildName } from "../model/artifact.ts";
import type { ServiceStatus } from "../model/status.ts";

/** `ci:124`, `ci:124 (pinned)`, or `ci:125 (pinned: 124)` where another build than the pinned one is in place. */
export function buildInWords({ build, pinned }: Pick<ServiceStatus, "build" | "pinned">): string {
  if (pinned === undefined) return build ?? "-";
  return build === `ci:${pinned}` ? `${build} (pinned)` : `${build ?? "-"} (pinned: ${pinned})`;
}

/** A build made here by the first seven characters of its digest, as git shortens: `local:3f9a12b`. */
export const buildInFew = (build: BuildName): string =>
  build.replace(/^((?:local|config):[0-9a-f]{7})[0-9a-f]+$/, "$1");
