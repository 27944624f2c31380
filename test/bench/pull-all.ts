import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { systemProcesses } from "../../src/host/process.ts";
import { makeTeam, type Team } from "../harness/repositories.ts";
import { startSshServer } from "../harness/ssh-server.ts";
import { CLI } from "../harness/workspace.ts";
import { type Bench, type Figure, median, timed } from "./figure.ts";

const ROUNDS = 7;
const REPOSITORIES = 64;
const MOVED = 13;

/** `devenv pull-all` against `git pull --ff-only` in each of the same repositories, 64 at once; the two take turns. */
export const pullAll: Bench = {
  names: ["pull-file-current", "pull-file-moved", "pull-ssh-current", "pull-ssh-moved"],
  async measure(_dockerHost, progress) {
    const team = await makeTeam();
    const server = await startSshServer(join(team.folder, "ssh"));
    Object.assign(team.env, { PATH: `${server.bin}:${process.env.PATH}` });
    try {
      const file = await figures(team, { kind: "file", target: 0.5, url: (path) => `file://${path}` }, progress);
      return [...file, ...(await figures(team, { kind: "ssh", target: 0.4, url: server.url }, progress))];
    } finally {
      await server.stop();
      await team.remove();
    }
  },
};

interface Way {
  readonly kind: string;
  readonly target: number;
  readonly url: (origin: string) => string;
}

async function figures(team: Team, { kind, target, url }: Way, progress: (note: string) => void): Promise<Figure[]> {
  const [ours, theirs] = [`${kind}-devenv`, `${kind}-git`];
  for (const folder of [ours, theirs]) await team.many(REPOSITORIES, folder, url);
  const measured: Figure[] = [];
  for (const [state, moved] of [
    ["current", 0],
    ["moved", MOVED],
  ] as const) {
    const [devenv, git]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      progress(`${kind} ${state}, ${round + 1} of ${ROUNDS}`);
      for (let index = 1; index <= moved; index++) await team.push(`r${index}`, { "a.txt": `${kind} ${round}\n` });
      devenv.push(
        await timed(() => run(team, process.execPath, CLI, "pull-all", "--json", ours, "--only", `${ours}/*`)),
      );
      const names = (await readdir(team.at(theirs))).map((name) => join(theirs, name));
      git.push(await timed(() => run(team, "sh", "-c", CLASSIC, "sh", ...names)));
    }
    measured.push({
      name: `pull-${kind}-${state}`,
      value: median(devenv) / median(git),
      unit: "x",
      target,
      how: `${REPOSITORIES} repositories over ${kind}, ${moved} of them moved: devenv pull-all (${Math.round(median(devenv))} ms) against git pull --ff-only, 64 at once (${Math.round(median(git))} ms), p50 of ${ROUNDS}, interleaved`,
    });
  }
  return measured;
}

const CLASSIC = `printf '%s\\n' "$@" | xargs -P64 -I{} git -C {} pull --quiet --ff-only`;

async function run({ workspace, env }: Team, program: string, ...args: string[]): Promise<void> {
  const { code, output } = await systemProcesses.run(program, args, { cwd: workspace, env });
  if (code !== 0) throw new Error(output);
}
