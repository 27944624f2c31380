import { isConfigOf } from "../artifact/config.ts";
import type { Release } from "../model/artifact.ts";
import type { Generation } from "../model/names.ts";
import { type HookKind, hooksOf } from "../model/profile.ts";
import type { Cluster } from "./cluster.ts";
import type { HookWrites } from "./hook-writes.ts";
import { runHooks } from "./hooks.ts";
import type { Swappable } from "./inputs.ts";
import type { Machine } from "./machine.ts";

export interface SwapHooksContext {
  readonly service: Swappable;
  readonly cluster: Pick<Cluster, "name" | "daemon">;
  readonly machine: Pick<Machine, "bus" | "clock" | "processes" | "secrets">;
  /** Shared by all services: one may be made of what another one's hooks write. */
  readonly writes: HookWrites;
}

/** The hooks of one service's swaps. No two of one kind run at once. */
export class SwapHooks {
  readonly #context: SwapHooksContext;
  readonly #running = new Map<HookKind, Promise<void>>();

  constructor(context: SwapHooksContext) {
    this.#context = context;
  }

  /**
   * Before the build of a save, but where nothing was saved except config, which is not built, and what hooks wrote.
   * @throws as `runHooks`
   */
  async beforeBuild(
    generation: Generation,
    paths: readonly string[],
    runs: Release | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { service, writes } = this.#context;
    if (hooksOf(service, "before_build").length === 0) return;
    const isNothingNew = paths.every((path) => isConfigOf(service.repo, path) || writes.isWritten(path));
    if (paths.length > 0 && runs !== undefined && isNothingNew) return;
    await this.#afterThose("before_build", () =>
      writes.during(service.name, () => this.#run("before_build", generation, runs, signal), signal),
    );
  }

  /** Paths that a `before_build` which failed may wrongly have been taken for the writer of. */
  takeUnsure(): readonly string[] {
    const { service, writes } = this.#context;
    return writes.takeUnsure(service.name);
  }

  /** Once the new release answers. @throws as `runHooks` */
  async afterSwap(generation: Generation, runs: Release, signal: AbortSignal): Promise<void> {
    await this.#afterThose("after_swap", () => this.#run("after_swap", generation, runs, signal));
  }

  /** Those that a newer save ended may need a moment: two at once would be at work on the same files. */
  async #afterThose(kind: HookKind, hooks: () => Promise<void>): Promise<void> {
    const running = (this.#running.get(kind) ?? Promise.resolve()).then(hooks);
    this.#running.set(
      kind,
      running.catch(() => undefined),
    );
    await running;
  }

  #run(kind: HookKind, generation: Generation, runs: Release | undefined, signal: AbortSignal): Promise<void> {
    const { service, cluster, machine } = this.#context;
    return runHooks(kind, service, { generation, build: runs?.artifact.build, cluster, machine }, signal);
  }
}
