import { rename } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bash, makeRandom, type RandomRepository } from "../harness/random-repositories.ts";
import { makeTeam, type ReportRow, type Team } from "../harness/repositories.ts";
import { byGitItself, type Entry, type GitFacts, gitFacts, type Verdict, wholeState } from "../harness/whole-state.ts";

/**
 * More by PULL_RUNS=2000; another lot by PULL_SEED; only some, as a failure names them, by PULL_FIRST=37 PULL_RUNS=1.
 * Each repository depends on the seed and its number alone.
 */
const { PULL_RUNS = "40", PULL_SEED = "20261121", PULL_FIRST = "1" } = process.env;
const [RUNS, SEED, FIRST] = [Number(PULL_RUNS), Number(PULL_SEED), Number(PULL_FIRST)];
/** So many at once in one workspace. */
const BATCH = 50;

let team: Team;
beforeEach(async () => {
  team = await makeTeam();
});
afterEach(() => team.remove());

const batches = Array.from({ length: Math.ceil(RUNS / BATCH) }, (_, index) => FIRST + index * BATCH);

test.each(batches)(
  "of repositories in states by lot (from %i), those that git would bring forward are, and nothing else of any changes",
  async (first) => {
    const numbers = Array.from({ length: Math.min(BATCH, FIRST + RUNS - first) }, (_, index) => first + index);
    const repositories = await makeRandom(team, SEED, numbers);
    // Both are copies: git tells by a file's inode whether it may have changed, where it was told to assume that none has.
    await bash(team, team.folder, "cp -a work pristine; rm -r work; cp -a pristine work");
    const names = await allNames();
    const before = { files: await wholeState(team), git: await gitFacts(team, names) };
    const { row } = await team.report();
    const ours = { files: await wholeState(team), git: await gitFacts(team, names) };
    // The same by git itself, at the same place: a clone knows paths.
    await rename(team.workspace, join(team.folder, "ours"));
    await rename(join(team.folder, "pristine"), team.workspace);
    const verdicts = await byGitItself(team, names);
    const theirs = { files: await wholeState(team), git: await gitFacts(team, names) };
    const wrong = repositories.flatMap((repository) => {
      const family = names.filter((name) => familyOf(name) === repository.name);
      const problems = check(family, { before, ours, theirs, verdicts, row });
      return problems.length === 0 ? [] : [report(repository, problems, family.map(row))];
    });
    expect(wrong.join("\n\n")).toBe("");
    const moved = names.filter((name) => row(name).outcome === "moved");
    if (numbers.length >= 20) expect(moved.length).toBeGreaterThan(numbers.length / 10);
  },
  20_000 + RUNS * 5000,
);

/** Work trees: the repositories, and those that are linked to them. */
const allNames = async (): Promise<string[]> =>
  (await bash(team, team.workspace, "ls -d r*")).trim().split("\n").sort();

const familyOf = (name: string): string => name.replace(".wt", "");

const report = ({ name, story }: RandomRepository, problems: readonly string[], rows: readonly ReportRow[]): string =>
  [
    `PULL_SEED=${SEED} PULL_FIRST=${name.slice(1)} PULL_RUNS=1:`,
    ...problems,
    ...rows.map((row) => `${row.name}: ${row.outcome} ${row.words ?? ""}`),
    ...story.map((line) => `| ${line}`),
  ].join("\n  ");

interface Side {
  readonly files: ReadonlyMap<string, Entry>;
  readonly git: ReadonlyMap<string, GitFacts>;
}

interface Compared {
  readonly before: Side;
  readonly ours: Side;
  readonly theirs: Side;
  readonly verdicts: ReadonlyMap<string, Verdict>;
  readonly row: (name: string) => ReportRow;
}

/** What is wrong with a repository and the work trees that are linked to it. */
function check(family: readonly string[], compared: Compared): string[] {
  const moved = new Set(family.filter((name) => hasMoved(compared.verdicts.get(name))));
  return [
    ...family.flatMap((name) => checkOutcome(compared.row(name), compared.verdicts.get(name))),
    ...family.flatMap((name) => checkFacts(name, moved, compared)),
    ...checkFiles(family[0] ?? "", moved, compared),
  ];
}

const hasMoved = (verdict: Verdict | undefined): boolean => verdict !== undefined && verdict.from !== verdict.to;

/** What is said is what git says, where git can say it. */
function checkOutcome({ outcome, reason }: ReportRow, verdict: Verdict | undefined): string[] {
  const kind = reason?.kind ?? outcome;
  if (verdict === undefined) return ["git was not asked"];
  return kind === expectedKind(kind, verdict) ? [] : [`says ${kind}, and git ${expectedKind(kind, verdict)}`];
}

function expectedKind(said: string, verdict: Verdict): string {
  const { hasFetched, hasRemote, branch, targets, isUnderWay, isLocked, from, to } = verdict;
  if (from !== to) return "moved";
  if (!hasFetched && hasRemote) return "fetchFailed";
  if (branch === "") return isUnderWay ? "underWay" : "detached";
  if (from === "") return "unborn";
  if (targets.length > 1) return "severalUpstreams";
  if (targets.length === 0) return one(said, ["noUpstream", "upstreamGone"]);
  if (targets[0] === from) return "current";
  if (isUnderWay) return one(said, ["underWay", "ahead", "unrelated"]);
  if (isLocked) return one(said, ["locked", "ahead", "diverged", "unrelated"]);
  return one(said, ["ahead", "diverged", "unrelated", "overwritten", "refused"]);
}

const one = (said: string, of: readonly string[]): string => (of.includes(said) ? said : of.join(" or "));

/** HEAD, refs, index and stashes: as git leaves them where it moves, else as they were but for what a fetch brings. */
function checkFacts(name: string, moved: ReadonlySet<string>, { before, ours, theirs }: Compared): string[] {
  const [was, is, other] = [before, ours, theirs].map(({ git }) => git.get(name));
  if (was === undefined || is === undefined || other === undefined) return ["git knows nothing of it"];
  const expected = moved.has(name) ? other : { ...was, shallow: other.shallow };
  const kept = (["head", "commit", "stash", "origHead", "shallow"] as const).filter((key) => is[key] !== expected[key]);
  const wrong = [...kept.map((key) => `${key}: ${is[key].trim()} instead of ${expected[key].trim()}`)];
  if (is.index.join() !== expected.index.join()) wrong.push(difference("index", is.index, expected.index));
  if (is.refs.join() !== other.refs.join()) wrong.push(difference("refs", is.refs, other.refs));
  const own = was.refs.filter((ref) => !/^refs\/(remotes|heads)\//.test(ref) || moved.size === 0);
  const lost = own.filter((ref) => !ref.startsWith("refs/remotes/") && !is.refs.includes(ref));
  return [...wrong.map((words) => `${name} ${words}`), ...lost.map((ref) => `${name} has lost ${ref}`)];
}

const difference = (what: string, is: readonly string[], expected: readonly string[]): string =>
  `${what}: +${is.filter((line) => !expected.includes(line))} -${expected.filter((line) => !is.includes(line))}`;

/** What a fetch writes in git's own folders. */
const FETCHED =
  /^(r\d+\/\.git|\.gitdirs\/r\d+|\.bare\/r\d+)\/(worktrees\/[^/]*\/)?((FETCH_HEAD|packed-refs|shallow|objects|(logs\/)?refs\/(remotes|tags))(\/|$)|logs(\/refs)?$)/;
/** What a fast-forward writes there besides. */
const FORWARDED =
  /^(r\d+\/\.git|\.gitdirs\/r\d+|\.bare\/r\d+)\/(worktrees\/[^/]*\/)?(HEAD|ORIG_HEAD|index|sharedindex\.\w+|(logs\/)?refs\/heads\/.*|logs\/HEAD)$/;

const isWrittenAnew = (was: Entry | undefined, is: Entry | undefined): boolean =>
  was !== undefined && was.is === is?.is && was.written !== is.written;

/** Git marks the one as used whenever it reads the index; the other is put back after a refusal. */
const SAME_ANEW = /\/(sharedindex\.\w+|ORIG_HEAD)$/;

/** Every byte of the work tree and of git's own: as git leaves it where it moves, else as it was. */
function checkFiles(main: string, moved: ReadonlySet<string>, { before, ours, theirs }: Compared): string[] {
  const wrong: string[] = [];
  for (const path of new Set([...before.files.keys(), ...ours.files.keys(), ...theirs.files.keys()])) {
    const tree = /^(?:\.gitdirs\/|\.bare\/)?(r\d+(?:\.wt)?)(?:\/|$)/.exec(path)?.[1];
    if (tree === undefined || familyOf(tree) !== main || FETCHED.test(path)) continue;
    const [was, is, gits] = [before.files.get(path), ours.files.get(path), theirs.files.get(path)];
    if (moved.size > 0 && FORWARDED.test(path)) continue;
    const expected = moved.has(tree) ? gits : was;
    // An untracked file that says what the update brings: git, too, writes it.
    const isGits = moved.has(tree) && isWrittenAnew(was, gits);
    if (is?.is !== expected?.is) wrong.push(`${path}: ${is?.is} instead of ${expected?.is}, before ${was?.is}`);
    else if (isWrittenAnew(was, is) && !isGits && !SAME_ANEW.test(path)) wrong.push(`${path} was written anew`);
  }
  return wrong.slice(0, 5);
}
