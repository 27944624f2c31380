import type { BuildName } from "../model/artifact.ts";
import type { ServiceName } from "../model/names.ts";
import type { ModeChoice } from "../model/profile.ts";
import type { PullResult } from "../model/repository.ts";

/** A service whose code moved with a pull, in a cluster that runs. */
export interface MovedService {
  readonly service: ServiceName;
  /** What the person chose, else what the profile says. */
  readonly mode: ModeChoice | undefined;
  /** What answered last of it; undefined where nothing did. */
  readonly runs: BuildName | undefined;
  /** Whether it is built from its work tree; else it runs its image's own program. */
  readonly isBuilt: boolean;
  /** Whether the profile says where CI's builds of it are. */
  readonly hasCi: boolean;
}

/** What is to be done about services whose code moved. */
export interface PullFollowUp {
  /** Those that run CI's code: its new builds are fetched. A pin is fetch's to keep. */
  readonly refresh: readonly ServiceName[];
  /** Those that run what was built of their work tree, which is another now. */
  readonly rebuild: readonly ServiceName[];
}

/** Whether a service runs its work tree's code: because it is in mode local, or an edit of it was saved. */
export function runsItsTree({ mode, runs, isBuilt }: Omit<MovedService, "service" | "hasCi">): boolean {
  if (!isBuilt) return false;
  return mode === undefined ? runs?.startsWith("local:") === true : mode.kind === "local";
}

/** One that is led elsewhere, or off, has nothing that is refreshed. */
export function followUpOf(moved: readonly MovedService[]): PullFollowUp {
  const names = (fits: (service: MovedService) => boolean) => moved.filter(fits).map(({ service }) => service);
  const isCi = (service: MovedService) => service.mode === undefined || service.mode.kind === "ci";
  return {
    refresh: names((one) => one.isBuilt && one.hasCi && isCi(one) && !runsItsTree(one)),
    rebuild: names(runsItsTree),
  };
}

/** The services whose code moved, each once, in the order of the results. */
export const movedServices = (results: readonly PullResult[]): ServiceName[] => [
  ...new Set(results.flatMap(({ services }) => services)),
];

/** Whether a file lies in one of the work trees that a pull moved. */
export const hasMoved = (file: string, results: readonly PullResult[]): boolean =>
  results.some(
    ({ tree, outcome }) => (outcome.kind === "moved" || outcome.kind === "cloned") && file.startsWith(`${tree.path}/`),
  );
