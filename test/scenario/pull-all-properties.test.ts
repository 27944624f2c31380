import { cp } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import { makeTeam, type ReportRow, type Team } from "../harness/repositories.ts";

const REPOSITORIES = 40;

/** Numbers by lot that are the same in every run (mulberry32). */
function lots(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** What a developer may have done, in a shell at the top of the clone. */
const MINE = [
  "echo mine > a.txt",
  "echo mine > a.txt; git add a.txt",
  "echo mine > 'odd näme.txt'",
  "echo theirs > a.txt; git add a.txt",
  "echo mine > untracked.txt",
  "mkdir -p new; echo mine > new/b.txt",
  "echo mine > new",
  "echo mine > x.log",
  "git mv b.txt renamed.txt",
  "git rm --quiet --cached b.txt",
  "rm b.txt",
  "chmod +x a.txt",
  "rm a.txt; ln -s b.txt a.txt",
  "git commit --quiet --allow-empty --message mine",
  "echo mine > a.txt; git stash --quiet",
  "git checkout --quiet --detach",
  "git switch --quiet --create other",
  "git pack-refs --all",
  "git config core.autocrlf true",
  "git sparse-checkout set --no-cone '/*' '!sub/'",
  "git tag mine",
  "git add --intent-to-add .; true",
];

/** What a colleague may have pushed. */
const THEIRS = [
  "echo theirs > a.txt",
  "echo theirs > 'odd näme.txt'",
  "mkdir -p new; echo theirs > new/b.txt",
  "echo theirs > untracked.txt",
  "echo theirs > x.log; git add --force x.log",
  "git rm --quiet b.txt",
  "git mv b.txt renamed.txt",
  "chmod +x b.txt",
  "rm b.txt; ln -s a.txt b.txt",
  "echo theirs > sub/deep/c.txt",
  "rm -r sub; echo theirs > sub",
];

async function shell(team: Team, cwd: string, script: string): Promise<void> {
  const { code, output } = await systemProcesses.run("sh", ["-c", script], { cwd, env: team.env });
  if (code !== 0) throw new Error(`${script}: ${output}`);
}

/** A clone whose two sides have done things by lot; gives what was done, for the message of a failure. */
async function scramble(team: Team, name: string, lot: (below: number) => number): Promise<string> {
  const some = (list: readonly string[], most: number) =>
    Array.from({ length: lot(most + 1) }, () => list[lot(list.length)] ?? "");
  const [theirs, mine] = [some(THEIRS, 2), some(MINE, 3)];
  for (const step of theirs) {
    const script = `${step} || exit 0; git add --all; git diff --cached --quiet || git commit --quiet --message theirs; git push --quiet`;
    await shell(team, join(team.folder, "colleague", name), script);
  }
  // What is no longer possible after the step before is not done.
  for (const step of mine) await shell(team, team.at(name), `{ ${step}; } >/dev/null 2>&1 || true`);
  return `theirs: ${theirs.join(" | ")}; mine: ${mine.join(" | ")}`;
}

test("of repositories in states by lot, those that git would bring forward are, and nothing else of any changes", async () => {
  const team = await makeTeam();
  const lot = lots(20261120);
  const done = new Map<string, string>();
  const names = Array.from({ length: REPOSITORIES }, (_, index) => `r${index + 1}`);
  const files = {
    "a.txt": "1\n",
    "b.txt": "1\n",
    "odd näme.txt": "1\n",
    "sub/deep/c.txt": "1\n",
    ".gitignore": "*.log\n",
  };
  await team.repository("seed", files);
  await team.many(REPOSITORIES, ".", (origin) => origin);
  for (const name of names) done.set(name, await scramble(team, name, lot));
  for (const name of names)
    await cp(team.at(name), join(team.folder, "shadow", name), { recursive: true, verbatimSymlinks: true });
  const before = new Map<string, Readonly<Record<string, string>>>();
  for (const name of names) before.set(name, await team.snapshot(name));
  const { row } = await team.report("--exclude", "seed");
  const outcomes = new Set<string>();
  for (const name of names) {
    const what = `${name}: ${row(name).outcome} ${row(name).words ?? ""}; ${done.get(name)}`;
    outcomes.add(row(name).reason?.kind ?? row(name).outcome);
    await compare(team, name, row(name), before.get(name) ?? {}, what);
  }
  expect([...outcomes]).toEqual(expect.arrayContaining(["moved", "current", "overwritten"]));
  await team.remove();
});

async function compare(
  team: Team,
  name: string,
  { outcome, reason }: ReportRow,
  before: Readonly<Record<string, string>>,
  what: string,
): Promise<void> {
  const shadow = join("../shadow", name);
  // The same by git itself, on a copy.
  const git = "git fetch --quiet && git merge --quiet --ff-only --no-overwrite-ignore FETCH_HEAD";
  const isOnBranch = reason === undefined || !["detached", "noUpstream"].includes(reason.kind);
  if (isOnBranch) await shell(team, join(team.folder, "shadow", name), `{ ${git}; } >/dev/null 2>&1 || true`);
  if (outcome !== "moved") expect(await team.snapshot(name), what).toEqual(before);
  const [ours, theirs] = [await team.snapshot(name), await team.snapshot(shadow)];
  // The index also holds when each file was looked at.
  expect({ ...ours, ".git/index": "" }, what).toEqual({ ...theirs, ".git/index": "" });
  const status = (place: string) => team.git(place, "status", "--porcelain=v2");
  expect(await status(name), what).toBe(await status(shadow));
}
