import { isConfigOf } from "../artifact/config.ts";
import { answeredRelease } from "../model/delivery.ts";
import { effectiveMode } from "../model/mode.ts";
import type { ServiceName } from "../model/names.ts";
import { runsItsTree } from "../plan/pull-services.ts";
import type { Cluster } from "./cluster.ts";
import type { Swappable } from "./inputs.ts";
import type { Machine } from "./machine.ts";
import { readModes } from "./modes.ts";
import { PullMarks } from "./pull-marks.ts";

/** How long an answer is good: a pull may change thousands of files, and each is asked about. */
const KNOWN_MS = 100;

/**
 * A pull changes the sources of services that run CI's code. To those it is no save: CI builds what was pushed, and the
 * pull fetches that. A service that runs its work tree's code takes it as a save.
 */
export class PulledChanges {
  readonly #cluster: Pick<Cluster, "folder" | "mount">;
  readonly #clock: Machine["clock"];
  readonly #marks: PullMarks;
  readonly #known = new Map<ServiceName, { readonly runsIt: boolean; readonly atMs: number }>();

  constructor(cluster: Pick<Cluster, "folder" | "mount">, clock: Machine["clock"]) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#marks = new PullMarks(cluster.folder, clock);
  }

  /** Whether a change that was just heard of is a save of a service. Its config is its work tree's whatever it runs. */
  isSave(service: Swappable, path: string): boolean {
    if (service.build === undefined || isConfigOf(service.repo, path) || !this.#marks.isPulled(path)) return true;
    return this.runsItsTree(service);
  }

  runsItsTree(service: Swappable): boolean {
    const now = this.#clock.monotonic();
    const known = this.#known.get(service.name);
    if (known !== undefined && now - known.atMs < KNOWN_MS) return known.runsIt;
    const runsIt = this.#ask(service);
    this.#known.set(service.name, { runsIt, atMs: now });
    return runsIt;
  }

  /** Choices that cannot be read are told where saves are held back. */
  #ask(service: Swappable): boolean {
    const { folder, mount } = this.#cluster;
    try {
      const { mode } = effectiveMode(service, readModes(folder));
      const runs = answeredRelease(mount.observe([service.name]).get(service.name)?.record)?.artifact.build;
      return runsItsTree({ mode, runs, isBuilt: service.build !== undefined });
    } catch {
      return false;
    }
  }
}
