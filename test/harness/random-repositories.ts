import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { systemProcesses } from "../../src/host/process.ts";
import { CLONES, MEETINGS, MINE, SEED, THEIR_COMMITS, THEIR_REFS } from "./random-steps.ts";
import type { Team } from "./repositories.ts";

/** Numbers by lot that are the same in every run (mulberry32). */
export function lots(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** A repository in a state by lot: its name, and how it came to that. */
export interface RandomRepository {
  readonly name: string;
  /** One line for each thing that was done, in order; for the message of a failure. */
  readonly story: readonly string[];
}

/**
 * Makes repositories whose two sides have done things by lot, each by its own number alone: number 37 is the same whether
 * it is made with others or by itself.
 * @param seed of the whole run.
 */
export async function makeRandom(team: Team, seed: number, numbers: readonly number[]): Promise<RandomRepository[]> {
  for (const folder of ["origin", "colleague"]) await mkdir(join(team.folder, folder), { recursive: true });
  await bash(team, team.folder, SEED);
  const left = [...numbers];
  const made: RandomRepository[] = [];
  const work = async () => {
    for (let number = left.shift(); number !== undefined; number = left.shift()) {
      made.push(await makeOne(team, number, lots(seed * 100_003 + number)));
    }
  };
  await Promise.all([work(), work(), work()]);
  return made;
}

/** Lines of bash, in the order in which they are done. */
interface Steps {
  readonly clone: string;
  readonly early: readonly string[];
  readonly commits: readonly string[];
  readonly refs: readonly string[];
  readonly late: readonly string[];
}

function draw(lot: (below: number) => number): Steps {
  const one = <T>(list: readonly T[]): T => list[lot(list.length)] as T;
  const some = (list: readonly string[], most: number) => Array.from({ length: lot(most + 1) }, () => one(list));
  const clone = one(CLONES);
  if (lot(2) === 0) {
    // What meets is to meet: little else comes in its way.
    const { mine, theirs } = one(MEETINGS);
    return { clone, early: [], commits: [theirs, ...some(THEIR_COMMITS, 1)], refs: [], late: [mine, ...some(MINE, 1)] };
  }
  const [early, commits] = [some(MINE, 2), some(THEIR_COMMITS, 3)];
  return { clone, early, commits, refs: lot(3) === 0 ? [one(THEIR_REFS)] : [], late: some(MINE, 3) };
}

async function makeOne(team: Team, number: number, lot: (below: number) => number): Promise<RandomRepository> {
  const name = `r${number}`;
  const { clone, early, commits, refs, late } = draw(lot);
  const steps = [
    step("$PWD", clone),
    ...early.map((line) => step("$M", line)),
    ...commits.map((line) => step("$C", `${line}\n git add --all; git commit -qm "theirs: next"; git push -q`)),
    ...refs.map((line) => step("$C", line)),
    ...late.map((line) => step("$M", line)),
  ];
  const script = `export N=${name} O="$TEAM/origin/${name}.git" C="$TEAM/colleague/${name}" M="$PWD/${name}"
    cp -a "$TEAM/origin/seed.git" "$O"; cp -a "$TEAM/colleague/seed" "$C"; git -C "$C" config remote.origin.url "$O"
    ${steps.join("\n")}\ntest -e "$M"`;
  await bash(team, team.workspace, script);
  return { name, story: [clone, ...early, ...[...commits, ...refs].map((line) => `theirs: ${line}`), ...late] };
}

/** What is no longer possible after the step before is not done. */
const step = (place: string, script: string): string =>
  `( cd "${place}" && { ${script}\n} ) >/dev/null 2>&1 </dev/null`;

/** @returns what it prints. @throws Error with its words when it fails. */
export async function bash(team: Team, cwd: string, script: string): Promise<string> {
  const env = { ...team.env, TEAM: team.folder, GIT_EDITOR: ":" };
  const { code, stdout, output } = await systemProcesses.run("bash", ["-c", script], { cwd, env });
  if (code !== 0) throw new Error(`${script}: ${output}`);
  return stdout;
}
