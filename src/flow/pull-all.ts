import { availableParallelism } from "node:os";
import pLimit, { type LimitFunction } from "p-limit";
import { withoutLinks } from "../host/files.ts";
import { cloneInto } from "../host/git/clone.ts";
import { remoteOf, SharedConnections } from "../host/git/connections.ts";
import { workTreeAround } from "../host/git/index-lock.ts";
import { NearRemotes } from "../host/git/near-remotes.ts";
import { isPartialClone, remoteHint } from "../host/git/work-tree.ts";
import { type GitOptions, openGit } from "../host/git.ts";
import type { Profile } from "../model/profile.ts";
import type { PullEvent, PullOutcome, PullResult, WorkTree } from "../model/repository.ts";
import { findRepositories, type Search } from "./find-repositories.ts";
import type { Machine } from "./machine.ts";
import { type Pulled, type PullReach, type PullSetting, pullOne, type TakeTurn } from "./pull-one.ts";

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
    const takeTurn = createTurns(request, connections);
    const near = new NearRemotes(machine);
    const asked = { ...request, takeTurn, unmovedUpstream: near.unmovedUpstream.bind(near) };
    const pulled = await Promise.allSettled(
      families(trees).map(async (family) => {
        const results: PullResult[] = [];
        for (const tree of family) results.push(await pullTold(tree, asked, machine, tell));
        return results;
      }),
    );
    // Only now: a git that has been told to end must be given the time to take its locks away.
    machine.signal.throwIfAborted();
    return pulled.flatMap(resultsOf).sort((a, b) => (a.tree.name < b.tree.name ? -1 : 1));
  } finally {
    await connections.close();
  }
}

function resultsOf(settled: PromiseSettledResult<PullResult[]>): PullResult[] {
  if (settled.status === "rejected") throw settled.reason;
  return settled.value;
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

type Asked = PullRequest & Pick<PullSetting, "takeTurn" | "unmovedUpstream">;

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
      : await pullOne(tree, openGit(tree.path, { ...options, isPartial: () => isPartialClone(tree.commonDir) }), {
          ...request,
          now: clock.now,
          doing,
        });
  signal.throwIfAborted();
  const services = hasNewCode(pulled.outcome) ? servicesIn(tree, request.profile) : [];
  const result: PullResult = { tree, ...pulled, services, ms: clock.monotonic() - begun };
  tell({ type: "ended", result });
  return result;
}

async function clone(
  tree: WorkTree,
  url: string,
  { takeTurn }: Asked,
  options: GitOptions,
  doing: (doing: "cloning") => void,
): Promise<Pulled> {
  const outcome = await takeTurn(tree, (sshOptions) => {
    doing("cloning");
    return cloneInto(tree.path, url, sshOptions, options);
  });
  return { branch: undefined, outcome, branches: [] };
}

const hasNewCode = ({ kind }: PullOutcome): boolean => kind === "moved" || kind === "cloned";

/** Not those of another repository inside it, as a workspace has them that is one itself. */
function servicesIn(tree: WorkTree, profile: Profile | undefined) {
  const isIn = (repo: string | undefined) =>
    repo !== undefined && workTreeAround(withoutLinks(repo))?.path === tree.path;
  return (profile?.services ?? []).filter(({ repo }) => isIn(repo)).map(({ name }) => name);
}

/** Lets so many ask a remote at once altogether, and as many of one host as it bears. */
function createTurns({ jobs }: PullRequest, connections: SharedConnections): TakeTurn {
  const everyone = pLimit(jobs);
  // A fetch from a folder is work for this machine alone.
  const local = pLimit(availableParallelism() * LOCAL_PER_CORE);
  const hosts = new Map<string, LimitFunction>();
  const hostLimit = (host: string): LimitFunction => {
    const limit = hosts.get(host) ?? pLimit(PER_HOST);
    hosts.set(host, limit);
    return limit;
  };
  return (tree, work) => {
    const remote = remoteOf(tree.url ?? remoteHint(tree.commonDir) ?? "");
    if (remote.kind === "ssh") {
      return connections.use(remote.host, (sshOptions) => everyone(() => work(sshOptions)));
    }
    const limit = remote.kind === "local" ? local : hostLimit(remote.host);
    return limit(() => everyone(() => work([])));
  };
}

const LOCAL_PER_CORE = 4;
/** What hosting services bear of one address without slowing it down. */
const PER_HOST = 16;
