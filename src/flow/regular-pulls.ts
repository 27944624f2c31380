import { withoutLinks } from "../host/files.ts";
import { workTreeAround } from "../host/git/index-lock.ts";
import { withLock } from "../host/lock.ts";
import { asFailure, type Failure, interrupted, report } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile } from "../model/profile.ts";
import type { PullNews } from "../model/pull-news.ts";
import type { PullEvent, PullResult, WorkTree } from "../model/repository.ts";
import { newsOfPull, type ToldReasons } from "../plan/pull-news.ts";
import { movedServices } from "../plan/pull-services.ts";
import { workspaceRoots } from "../profile/roots.ts";
import type { Inputs } from "../swap/route.ts";
import { Alarm } from "./alarm.ts";
import type { Cluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";
import type { Pauses } from "./pauses.ts";
import type { PullRequest } from "./pull-all.ts";
import { pullLock } from "./pull-lock.ts";
import { PullMarks } from "./pull-marks.ts";
import { PullPause } from "./pull-pause.ts";
import { PullRefresh } from "./pull-refresh.ts";

/** Nobody waits for it, and a save that comes meanwhile wants this machine. */
const JOBS = 8;
const TIMEOUT_MS = 60_000;
/** Where nothing is to be pulled; an edited profile is told. */
const IDLE_MS = 24 * 3_600_000;

export interface RegularPullsContext {
  /** As it is at the moment. */
  readonly profile: () => Profile;
  readonly pauses: Pauses;
  /** What services are made of at this moment. */
  readonly inputs: () => readonly Inputs[];
  /** Whether a pull of what a service is made of has it built anew. */
  readonly takesPulls: (service: ServiceName) => boolean;
  readonly cluster: Cluster;
  /** Its signal ends everything. */
  readonly machine: Machine;
  /** The pull itself: `pullAll` where nothing else is given. */
  readonly pull?: (
    request: PullRequest,
    machine: Machine,
    tell: (event: PullEvent) => void,
  ) => Promise<readonly PullResult[]>;
}

/**
 * `devenv pull-all` in the background of `devenv watch`, as often as the profile says (`x-devenv.repos_every`): at once
 * first, and then so long after the end of the one before. What comes of it is told as events; nothing of it ends the
 * watching.
 */
export class RegularPulls {
  readonly #context: RegularPullsContext;
  readonly #pause: PullPause;
  readonly #marks: PullMarks;
  readonly #refresh: PullRefresh;
  readonly #alarm: Alarm;
  #told: ToldReasons = new Map();
  /** The last failure that was told. */
  #failed: string | undefined;

  constructor(context: RegularPullsContext) {
    const { pauses, machine, cluster } = context;
    this.#context = context;
    this.#pause = new PullPause({ pauses, servicesIn: (tree) => this.#servicesIn(tree), machine });
    this.#marks = new PullMarks(cluster.folder, machine.clock);
    this.#refresh = new PullRefresh(machine);
    this.#alarm = new Alarm(machine.clock, machine.signal);
  }

  /** Resolves when the machine's signal is aborted and no git runs any more. Never rejects. */
  async run(): Promise<void> {
    const { clock, signal } = this.#context.machine;
    let lastMs: number | undefined;
    while (!signal.aborted) {
      const everyMs = this.#context.profile().reposEveryMs;
      const dueMs = lastMs === undefined ? 0 : lastMs + (everyMs ?? 0) - clock.monotonic();
      if (everyMs === undefined) await this.#alarm.sleep(IDLE_MS);
      else if (dueMs > 0) await this.#alarm.sleep(dueMs);
      else {
        await this.#pullTold();
        lastMs = clock.monotonic();
      }
    }
  }

  /** Another profile says how often from now on. */
  goBy(): void {
    this.#alarm.ring();
  }

  /** A file that services are made of changed. */
  changed(): void {
    this.#pause.changed();
  }

  async #pullTold(): Promise<void> {
    const { machine } = this.#context;
    try {
      const results = await this.#pull();
      this.#failed = undefined;
      const news = await this.#refresh.refresh(this.#context.profile(), movedServices(results));
      if (news !== undefined) this.#tell(news);
    } catch (thrown) {
      if (!machine.signal.aborted) this.#tellFailure(asFailure(thrown));
    }
  }

  async #pull(): Promise<readonly PullResult[]> {
    const { machine, cluster, pull = (await import("./pull-all.ts")).pullAll } = this.#context;
    const { clock, signal } = machine;
    const profile = this.#context.profile();
    const request = await pullRequest(profile, machine);
    const lock = { wait: true, command: `devenv watch ${profile.name}`, signal };
    const begunMs = clock.monotonic();
    const results = await withLock(pullLock(cluster), lock, () =>
      pull(request, machine, (event) => this.#hear(event)).finally(() => this.#over()),
    );
    const { told, news } = newsOfPull(this.#told, results);
    this.#told = told;
    if (news !== undefined) this.#tell({ type: "pulled", ...news, ms: clock.monotonic() - begunMs });
    return results;
  }

  #hear(event: PullEvent): void {
    // Before git begins: what it changes is known as its doing.
    this.#pause.hear(event);
    this.#marks.hear(event);
  }

  #over(): void {
    this.#pause.over();
    this.#marks.over();
  }

  /** Those that are made of files of this work tree, and not of another one inside it. */
  #servicesIn(tree: WorkTree): readonly ServiceName[] {
    const { inputs, takesPulls } = this.#context;
    const isOf = (path: string) => workTreeAround(withoutLinks(path))?.path === tree.path;
    return inputs()
      .filter(({ folders, trees, files }) => [...folders, ...trees, ...files].some(isOf))
      .map(({ service }) => service)
      .filter(takesPulls);
  }

  #tell(news: PullNews): void {
    const { bus, clock } = this.#context.machine;
    bus.dispatch({ ...news, at: clock.now() });
  }

  #tellFailure(failure: Failure): void {
    if (failure.message === this.#failed) return;
    this.#failed = failure.message;
    this.#tell({ type: "pullFailed", failure: report(failure) });
  }
}

/** All that `devenv pull-all` pulls without options, a few at once. */
export async function pullRequest(profile: Profile, machine: Machine): Promise<PullRequest> {
  const { workspace, repos } = profile;
  const roots = await workspaceRoots(workspace, machine.machine.home);
  if (machine.signal.aborted) throw interrupted();
  return {
    search: { workspace, named: repos, roots, only: [], exclude: [], depth: 1 },
    profile,
    reach: "forward",
    clone: false,
    allBranches: false,
    jobs: JOBS,
    timeoutMs: TIMEOUT_MS,
  };
}
