import { afterEach, beforeEach, expect, test } from "vitest";
import { type Kill, killedPull, SIGNALS } from "../harness/killed-pull.ts";
import { bash, lots, makeRandom } from "../harness/random-repositories.ts";
import { makeTeam, type Team } from "../harness/repositories.ts";
import { gitFacts, wholeState } from "../harness/whole-state.ts";

/** More by PULL_KILLS=500; another lot by PULL_SEED. */
const { PULL_KILLS = "3", PULL_SEED = "20261121" } = process.env;
const SEED = Number(PULL_SEED);
const REPOSITORIES = 16;

let team: Team;
beforeEach(async () => {
  team = await makeTeam();
});
afterEach(() => team.remove());

test(
  "killed at any instant and run again, every repository is as if it had never been killed",
  async () => {
    const numbers = Array.from({ length: REPOSITORIES }, (_, index) => 1000 + index);
    const made = await makeRandom(team, SEED, numbers);
    const names = (await bash(team, team.workspace, "ls -d r*")).trim().split("\n").sort();
    await bash(team, team.folder, "cp -a work pristine");
    const begun = performance.now();
    await team.report();
    const wholeMs = performance.now() - begun;
    const expected = await state(names);
    const lot = lots(SEED);
    for (let round = 1; round <= Number(PULL_KILLS); round++) {
      await bash(team, team.folder, "rm -r work; cp -a pristine work");
      const kills = Array.from({ length: 1 + lot(2) }, (): Kill => {
        const signal = SIGNALS[lot(SIGNALS.length)] ?? "KILL";
        return { signal, afterMs: 100 + lot(wholeMs) };
      });
      for (const kill of kills) await killedPull(team, kill);
      await team.report();
      const words = `PULL_SEED=${SEED}, round ${round}: ${JSON.stringify(kills)}`;
      const wrong = differences(await state(names), expected).map(
        (line) => `${line}\n${made.find(({ name }) => line.includes(`${name}`))?.story.join("\n| ")}`,
      );
      expect(wrong, words).toEqual([]);
    }
  },
  60_000 + Number(PULL_KILLS) * 60_000,
);

/** What counts afterwards, by what it is of. When something was written does not, nor which objects git has packed. */
async function state(names: readonly string[]): Promise<Map<string, string>> {
  const files = await wholeState(team);
  const facts = await gitFacts(team, names);
  const script = `for n in ${names.join(" ")}; do echo "@@$n"; git -C $n fsck --connectivity-only --no-dangling 2>&1 | sort; done`;
  const checked = (await bash(team, team.workspace, script)).split("@@").slice(1);
  return new Map([
    ...[...files].filter(([path]) => !OF_THE_MOMENT.test(path)).map(([path, { is }]) => [path, is] as const),
    ...[...facts].map(([name, each]) => [`${name}:`, JSON.stringify(each, undefined, 1)] as const),
    ...checked.map((text, index) => [`${names[index]} checked:`, text] as const),
  ]);
}

/** Git's own files that hold times, or the same in another way. */
const OF_THE_MOMENT =
  /^(r\d+\/\.git|\.gitdirs\/r\d+|\.bare\/r\d+)\/(.*\/)?(FETCH_HEAD|packed-refs|objects|index|sharedindex\.\w+|logs)(\/|$)/;

function differences(is: ReadonlyMap<string, string>, expected: ReadonlyMap<string, string>): string[] {
  const keys = [...new Set([...is.keys(), ...expected.keys()])];
  return keys.flatMap((key) =>
    is.get(key) === expected.get(key) ? [] : [`${key} ${is.get(key)} instead of ${expected.get(key)}`],
  );
}
