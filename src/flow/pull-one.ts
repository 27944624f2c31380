import { keepOrigHead } from "../host/git/orig-head.ts";
import type { Sides } from "../host/git/sides.ts";
import { type Ended, type Git, moveOf } from "../host/git.ts";
import type {
  BranchMove,
  Move,
  PullDecision,
  PullDoing,
  PullFacts,
  PullOutcome,
  Upstream,
  WorkTree,
} from "../model/repository.ts";
import { decidePull } from "../plan/pull.ts";
import {
  compare,
  fetchedUpstream,
  fetchTrouble,
  knownUpstream,
  look,
  reasonLine,
  withChange,
  withLock,
} from "./pull-facts.ts";

/** How far to go: see what is known, ask the remotes, or bring forward what can be. */
export type PullReach = "look" | "fetch" | "forward";

/** Does something with a repository's remote when it may be asked, with what ssh is to be told for it. */
export type TakeTurn = <T>(tree: WorkTree, work: (sshOptions: readonly string[]) => Promise<T>) => Promise<T>;

/** What the pull of one repository is given. */
export interface PullSetting {
  readonly reach: PullReach;
  readonly allBranches: boolean;
  readonly timeoutMs: number;
  readonly takeTurn: TakeTurn;
  /** The upstream's commit where it is plain, without asking git, that a fetch would change nothing. */
  readonly unmovedUpstream: (tree: WorkTree, branch: string | undefined) => Promise<string | undefined>;
  readonly now: () => number;
  readonly doing: (doing: PullDoing) => void;
}

export interface Pulled {
  readonly branch: string | undefined;
  readonly outcome: PullOutcome;
  readonly branches: readonly BranchMove[];
}

/** Fetch, compare, decide, and fast-forward where the decision says so; anything else leaves the repository as it is. */
export async function pullOne(tree: WorkTree, git: Git, setting: PullSetting): Promise<Pulled> {
  const seen = await look(tree, git);
  const branch = seen.head?.branch;
  if (seen.head === undefined || seen.trouble !== undefined) {
    return { branch, outcome: outcomeOf(decidePull(seen)), branches: [] };
  }
  const asked = await ask(tree, seen, git, setting);
  const { facts, sides } = await compare(asked, git);
  const outcome = await settle(tree, facts, sides, git, setting);
  const hasAsked = setting.reach === "forward" && facts.trouble === undefined;
  const branches = hasAsked && setting.allBranches ? await forwardOthers(git) : [];
  return { branch, outcome, branches };
}

/** Asks the remote, or git's memory of it. */
async function ask(tree: WorkTree, seen: PullFacts, git: Git, setting: PullSetting): Promise<PullFacts> {
  const branch = seen.head?.branch;
  if (setting.reach === "look")
    return { ...seen, upstream: await upstreamOf(branch, (name) => knownUpstream(name, git)) };
  const unmoved = await setting.unmovedUpstream(tree, branch);
  if (unmoved !== undefined) return { ...seen, upstream: { state: "at", commit: unmoved } };
  const fetched = await setting.takeTurn(tree, (sshOptions) => {
    setting.doing("fetching");
    return git.fetch(sshOptions);
  });
  if (!fetched.ok) return { ...seen, ...(await fetchTrouble(tree, branch, git, fetched, setting.timeoutMs)) };
  return { ...seen, upstream: await upstreamOf(branch, (name) => fetchedUpstream(tree, name, git)) };
}

const upstreamOf = async (
  branch: string | undefined,
  find: (branch: string) => Promise<Upstream>,
): Promise<Upstream> => (branch === undefined ? { state: "none" } : find(branch));

/** Carries a decision out. When git refuses, the decision is taken anew with the reason that it has. */
async function settle(
  tree: WorkTree,
  facts: PullFacts,
  sides: Sides,
  git: Git,
  setting: PullSetting,
): Promise<PullOutcome> {
  const decision = decidePull(facts);
  if (decision.kind !== "forward") return outcomeOf(decision);
  setting.doing("comparing");
  const incoming = sides.incoming ?? (await git.incoming(decision.from, decision.to));
  const move = moveOf(decision.from, decision.to, sides, incoming);
  const seen = withLock(await withChange(facts, tree, git), tree, setting.now());
  const isOnlyLook = setting.reach !== "forward";
  if (seen.hasChanged || seen.lock !== undefined || isOnlyLook) {
    const overwritten = await git.overwritten(incoming);
    return outcomeOf(decidePull({ ...seen, overwritten }), move);
  }
  const putOrigHeadBack = keepOrigHead(tree);
  setting.doing("fast-forwarding");
  const ended = await git.fastForward(decision.to, facts.head?.branch ?? "", incoming);
  if (await hasArrived(tree, ended, decision.to, git)) return { kind: "moved", move, hooks: hookWords(ended) };
  if (!ended.timedOut) await putOrigHeadBack();
  const overwritten = await git.overwritten(incoming);
  const refused = { ...withLock(facts, tree, setting.now()), overwritten, refusal: reasonLine(ended.words) };
  return outcomeOf(decidePull(refused), move);
}

/** A hook that fails or never ends comes after the branch has moved: what counts is where it is. */
async function hasArrived(tree: WorkTree, ended: Ended, to: string, git: Git): Promise<boolean> {
  return ended.ok || (await look(tree, git)).head?.commit === to;
}

const hookWords = ({ words, timedOut }: Ended): string => (timedOut ? `${words}\n(a hook still runs)`.trim() : words);

function outcomeOf(decision: PullDecision, move?: Move): PullOutcome {
  if (decision.kind === "leave") return { kind: "left", reason: decision.reason };
  if (decision.kind === "current" || move === undefined) return { kind: "current" };
  return { kind: "behind", move };
}

/** The branches that are not checked out and are only behind; whatever the remote has besides stays unfetched. */
async function forwardOthers(git: Git): Promise<readonly BranchMove[]> {
  const before = await git.branches();
  const behind = before.filter(({ isBehindOnly, isCheckedOut }) => isBehindOnly && !isCheckedOut);
  if (behind.length === 0) return [];
  await git.forwardBranches(behind);
  const after = new Map((await git.branches()).map(({ name, commit }) => [name, commit]));
  return behind.flatMap(({ name, commit }) => {
    const now = after.get(name) ?? commit;
    return now === commit ? [] : [{ branch: name, from: commit, to: now }];
  });
}
