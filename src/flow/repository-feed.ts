import { availableParallelism } from "node:os";
import pLimit from "p-limit";
import type { StatusNow } from "../host/git/porcelain.ts";
import { operationUnderWay, readHead } from "../host/git/state.ts";
import { fetchedAt, repositoryMark, statusNow } from "../host/git/status-now.ts";
import type { Event } from "../model/event.ts";
import type { Profile } from "../model/profile.ts";
import type { LastPull, PullDoing, PullEvent, PullResult, RepositoryNow, WorkTree } from "../model/repository.ts";
import { advice, reasonWords } from "../plan/pull-words.ts";
import { workspaceRoots } from "../profile/roots.ts";
import type { Listen } from "../state/live.ts";
import type { View } from "../state/view.ts";
import { Alarm } from "./alarm.ts";
import { Channel } from "./channel.ts";
import { findRepositories } from "./find-repositories.ts";
import type { Machine } from "./machine.ts";

/** Between two looks at a few files of each repository. */
const LOOK_MS = 3000;
/** Edits that no service is made of show in no file of git's: so often git is asked all the same. */
const ASK_MS = { least: 10_000, most: 60_000 } as const;
/** But of a core, asking takes no more than a four-hundredth: an idle screen has a hundredth for all that it does. */
const ASKED_SHARE = 400;
/** Between two looks for repositories that are new, or gone. */
const FIND_MS = 15_000;
const TIMEOUT_MS = 20_000;

/** What git said of a repository, and when. */
interface Asked {
  readonly mark: string;
  readonly atMs: number;
  readonly tookMs: number;
  readonly said: StatusNow | { readonly trouble: string };
}

interface Sources {
  /** As it is at the moment. */
  readonly profile: () => Profile;
  readonly events: Listen<Event>;
  readonly view: Listen<View>;
}

/**
 * The repositories of a workspace as they are, for as long as somebody listens: read from their files, which cost next to
 * nothing; git itself is asked about one when those changed, when a save was heard of in it, and now and then.
 */
export class RepositoryFeed {
  readonly #news = new Channel<readonly RepositoryNow[]>({ tellsLast: true });
  readonly #sources: Sources;
  readonly #machine: Machine;
  readonly #alarm: Alarm;
  readonly #ends: readonly (() => void)[];
  readonly #asked = new Map<string, Asked>();
  readonly #touched = new Set<string>();
  readonly #doing = new Map<string, PullDoing>();
  /** What pulls from here did, by name. */
  readonly #pulls = new Map<string, LastPull>();
  #told: View["pulls"]["known"] = new Map();
  #trees: readonly WorkTree[] = [];
  #foundMs = Number.NEGATIVE_INFINITY;
  #listeners = 0;
  #running: Promise<void> | undefined;
  #last = "";

  constructor(sources: Sources, machine: Machine) {
    this.#sources = sources;
    this.#machine = machine;
    this.#alarm = new Alarm(machine.clock, machine.signal);
    this.#ends = [
      sources.events((event) => this.#heed(event)),
      sources.view(({ pulls }) => {
        this.#told = pulls.known;
      }),
    ];
  }

  readonly listen: Listen<readonly RepositoryNow[]> = (listener) => {
    const end = this.#news.listen(listener);
    this.#listeners++;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return () => {
      end();
      this.#listeners--;
      this.#alarm.ring();
    };
  };

  /** Another profile may name others. */
  goBy(): void {
    this.#foundMs = Number.NEGATIVE_INFINITY;
    this.#alarm.ring();
  }

  /** What a pull from here does; it finds more than the profile may have named. */
  hear(event: PullEvent): void {
    if (event.type === "doing") this.#doing.set(event.tree.name, event.doing);
    if (event.type === "ended") this.#ended(event.result);
    if (event.type !== "found") this.#tell();
  }

  /** Resolves when no git of it runs any more. */
  async close(): Promise<void> {
    for (const end of this.#ends) end();
    await this.#running;
  }

  #ended({ tree, outcome }: PullResult): void {
    const at = this.#machine.clock.now();
    this.#doing.delete(tree.name);
    this.#touched.add(tree.path);
    this.#alarm.ring();
    if (outcome.kind === "moved") this.#pulls.set(tree.name, { at, is: "moved", commits: outcome.move.count });
    else if (outcome.kind === "left") {
      const { reason } = outcome;
      const command = advice(reason, tree.path);
      this.#pulls.set(tree.name, { at, is: "left", words: reasonWords(reason), command });
    } else this.#pulls.set(tree.name, { at, is: outcome.kind === "cloned" ? "cloned" : "current" });
  }

  #heed(event: Event): void {
    const paths = event.type === "saved" ? event.paths : event.type === "ignored" ? [event.path] : [];
    for (const { path } of this.#trees) if (paths.some((each) => each.startsWith(`${path}/`))) this.#touched.add(path);
  }

  async #run(): Promise<void> {
    const { signal } = this.#machine;
    while (!signal.aborted && this.#listeners > 0) {
      // A folder that vanished just now is not there at the next look.
      await this.#look().catch(() => undefined);
      await this.#alarm.sleep(LOOK_MS);
    }
  }

  async #look(): Promise<void> {
    const { clock, machine } = this.#machine;
    if (clock.monotonic() - this.#foundMs >= FIND_MS) {
      const { workspace, repos } = this.#sources.profile();
      const roots = await workspaceRoots(workspace, machine.home);
      this.#trees = await findRepositories({ workspace, named: repos, roots, only: [], exclude: [], depth: 1 });
      this.#foundMs = clock.monotonic();
    }
    const limit = pLimit(availableParallelism());
    await Promise.all(this.#trees.filter(hasFiles).map((tree) => limit(() => this.#ask(tree))));
    if (!this.#machine.signal.aborted) this.#tell();
  }

  async #ask(tree: WorkTree): Promise<void> {
    const { clock, processes, environment, signal } = this.#machine;
    if (signal.aborted || this.#listeners === 0) return;
    const before = this.#asked.get(tree.path);
    const upstream = before !== undefined && "upstream" in before.said ? before.said.upstream : undefined;
    const isFresh = before !== undefined && clock.monotonic() - before.atMs < this.#askMs;
    const isTouched = this.#touched.delete(tree.path);
    // Before git looks: what changes meanwhile is seen the next time.
    const mark = repositoryMark(tree, upstream);
    if (isFresh && !isTouched && before.mark === mark) return;
    const begunMs = clock.monotonic();
    const said = await statusNow(tree.path, { processes, environment, timeoutMs: TIMEOUT_MS, signal });
    const now = "upstream" in said ? said.upstream : undefined;
    const known = now === upstream ? mark : repositoryMark(tree, now);
    const atMs = clock.monotonic();
    this.#asked.set(tree.path, { mark: known, atMs, tookMs: atMs - begunMs, said });
  }

  /** Between two times that git is asked about a repository that looks the same: the longer, the more it has to do. */
  get #askMs(): number {
    const tookMs = [...this.#asked.values()].reduce((sum, asked) => sum + asked.tookMs, 0);
    return Math.max(ASK_MS.least, Math.min(ASK_MS.most, tookMs * ASKED_SHARE));
  }

  #tell(): void {
    const all = this.#trees.map((tree) => this.#now(tree));
    const text = JSON.stringify(all);
    if (text === this.#last) return;
    this.#last = text;
    this.#news.tell(all);
  }

  #now(tree: WorkTree): RepositoryNow {
    const said = this.#asked.get(tree.path)?.said;
    const known = said !== undefined && "dirty" in said ? said : undefined;
    const head = known ?? headOf(tree);
    return {
      tree,
      branch: head?.branch,
      commit: head?.commit,
      ahead: known?.ahead,
      behind: known?.behind,
      dirty: known?.dirty ?? 0,
      operation: tree.kind === "missing" ? undefined : operationUnderWay(tree.gitDir),
      fetchedAt: tree.kind === "missing" ? undefined : fetchedAt(tree),
      doing: this.#doing.get(tree.name),
      lastPull: later(this.#pulls.get(tree.name), this.#told.get(tree.name)),
      trouble: said !== undefined && "trouble" in said ? said.trouble : undefined,
    };
  }
}

/** Those that `git status` has something to say of. */
const hasFiles = ({ kind }: WorkTree): boolean => kind !== "missing" && kind !== "bare";

function headOf(tree: WorkTree) {
  const head = tree.kind === "missing" ? "unknown" : readHead(tree);
  return head === "unknown" ? undefined : head;
}

const later = (one: LastPull | undefined, other: LastPull | undefined): LastPull | undefined =>
  one === undefined || (other !== undefined && other.at > one.at) ? other : one;
