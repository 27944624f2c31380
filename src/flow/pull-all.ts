import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import { cloneInto } from "../host/git/clone.ts";
import { remoteOf, SharedConnections, type Turn } from "../host/git/connections.ts";
import { remoteHint } from "../host/git/work-tree.ts";
import { type GitOptions, openGit } from "../host/git.ts";
import type { Profile } from "../model/profile.ts";
import type { PullEvent, PullOutcome, PullResult, WorkTree } from "../model/repository.ts";
import { findRepositories, type Search } from "./find-repositories.ts";
import type { Machine } from "./machine.ts";
import { type Pulled, type PullReach, pullOne } from "./pull-one.ts";
import { createQueues } from "./pull-queues.ts";

export interface PullRequest {
  readonly search: Search;
  /** Undefined where there is none, or none that can be read: a pull may be what mends it. */
  readonly profile: Profile | undefined;
  readonly reach: PullReach;
  readonly clone: boolean;
  readonly allBranches: boolean;
  /** How many at once, at most. */
  readonly jobs: number;
  /** For each repository. */
  readonly timeoutMs: number;
}

/**
 * `devenv pull-all`: every repository forward that can be, nothing else touched (issue 6). Work trees that share a
 * repository go one after another, because two fetches would fight for its refs; all others go at the same time.
 * @returns one result for each repository, by name.
 */
export async function pullAll(
  request: PullRequest,
  machine: Machine,
  tell: (event: PullEvent) => void,
): Promise<readonly PullResult[]> {
  const trees = await findRepositories(request.search);
  tell({ type: "found", trees });
  const connections = await SharedConnections.open(machine.processes);
  try {
    const turn = createTurns(request, connections);
    const pulled = await Promise.all(
      families(trees).map(async (family) => {
        const results: PullResult[] = [];
        for (const tree of family) results.push(await pullTold(tree, { ...request, turn }, machine, tell));
        return results;
      }),
    );
    return pulled.flat().sort((a, b) => (a.tree.name < b.tree.name ? -1 : 1));
  } finally {
    await connections.close();
  }
}

/** Work trees by the repository that they share. */
function families(trees: readonly WorkTree[]): WorkTree[][] {
  const byRepository = new Map<string, WorkTree[]>();
  for (const tree of trees) {
    const key = tree.commonDir || tree.path;
    byRepository.set(key, [...(byRepository.get(key) ?? []), tree]);
  }
  return [...byRepository.values()];
}

interface Asked extends PullRequest {
  readonly turn: (tree: WorkTree) => Promise<Turn>;
}

async function pullTold(
  tree: WorkTree,
  request: Asked,
  machine: Machine,
  tell: (event: PullEvent) => void,
): Promise<PullResult> {
  let begun = machine.clock.monotonic();
  let hasBegun = false;
  const { processes, environment, signal, clock } = machine;
  const options: GitOptions = { processes, environment, timeoutMs: request.timeoutMs, signal };
  const doing = (what: Extract<PullEvent, { type: "doing" }>["doing"]) => {
    // What it waits for others is not its own time.
    if (!hasBegun) begun = clock.monotonic();
    hasBegun = true;
    tell({ type: "doing", tree, doing: what });
  };
  signal.throwIfAborted();
  const pulled =
    tree.kind === "missing" && tree.url !== undefined && request.clone && request.reach === "forward"
      ? await clone(tree, tree.url, request, options, doing)
      : await pullOne(tree, openGit(tree.path, options), { ...request, now: clock.now, doing });
  signal.throwIfAborted();
  const services = hasNewCode(pulled.outcome) ? servicesIn(tree, request.profile) : [];
  const result: PullResult = { tree, ...pulled, services, ms: clock.monotonic() - begun };
  tell({ type: "ended", result });
  return result;
}

async function clone(
  tree: WorkTree,
  url: string,
  { turn }: Asked,
  options: GitOptions,
  doing: (doing: "cloning") => void,
): Promise<Pulled> {
  const mine = await turn(tree);
  doing("cloning");
  const outcome: PullOutcome = await cloneInto(tree.path, url, mine.sshOptions, options).finally(mine.done);
  return { branch: undefined, outcome, branches: [] };
}

const hasNewCode = ({ kind }: PullOutcome): boolean => kind === "moved" || kind === "cloned";

function servicesIn({ path }: WorkTree, profile: Profile | undefined) {
  const isInside = (repo: string | undefined) => repo !== undefined && (repo === path || repo.startsWith(`${path}/`));
  return (profile?.services ?? []).filter(({ repo }) => isInside(repo)).map(({ name }) => name);
}

/** Who may ask a remote when: so many at once altogether, and as many of one host as it bears. */
function createTurns({ jobs }: PullRequest, connections: SharedConnections): (tree: WorkTree) => Promise<Turn> {
  const queues = createQueues();
  // A fetch from a folder is work for this machine alone.
  const local = Math.max(2, availableParallelism() * LOCAL_PER_CORE);
  return async (tree) => {
    const remote = remoteOf(tree.url ?? remoteHint(tree.commonDir || dirname(tree.path)) ?? "");
    if (remote.kind === "ssh") {
      const mine = await connections.turn(remote.host);
      const leave = await queues.enter("", jobs);
      return { sshOptions: mine.sshOptions, done: () => [leave(), mine.done()] };
    }
    const [host, limit] = remote.kind === "local" ? ["local:", local] : [remote.host, PER_HOST];
    const leaveHost = await queues.enter(host, limit);
    const leave = await queues.enter("", jobs);
    return { sshOptions: [], done: () => [leave(), leaveHost()] };
  };
}

const LOCAL_PER_CORE = 4;
/** What hosting services bear of one address without slowing it down. */
const PER_HOST = 16;
