import { systemProcesses } from "../../src/host/process.ts";
import { CLI, makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";
import { type Bench, median, timed } from "./figure.ts";

const ROUNDS = 15;

/** How long a person waits for a word, against Node itself; the three take turns. */
export const commands: Bench = {
  names: ["help-vs-node", "status-vs-node"],
  async measure(dockerHost, progress) {
    const names = Array.from({ length: 11 }, (_, index) => `service${index + 1}`);
    const workspace = await makeWorkspace(
      names.map((name) => ({ name })),
      dockerHost,
    );
    try {
      await node(workspace, CLI, "up");
      const empty: number[] = [];
      const help: number[] = [];
      const status: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        progress(`${round + 1} of ${ROUNDS}`);
        empty.push(await timed(() => node(workspace, "-e", "0")));
        help.push(await timed(() => node(workspace, CLI, "--help")));
        status.push(await timed(() => node(workspace, CLI, "status", "--json")));
      }
      const against = `against an empty Node script (${Math.round(median(empty))} ms), p50 of ${ROUNDS}, interleaved`;
      return [
        {
          name: "help-vs-node",
          value: median(help) / median(empty),
          unit: "x",
          target: 1.5,
          how: `devenv --help ${against}`,
        },
        {
          name: "status-vs-node",
          value: median(status) / median(empty),
          unit: "x",
          target: 2.5,
          how: `devenv status --json of 11 running services ${against}`,
        },
      ];
    } finally {
      await workspace.remove();
    }
  },
};

async function node({ folder, env }: TestWorkspace, ...args: string[]): Promise<void> {
  const { code, output } = await systemProcesses.run(process.execPath, args, { cwd: folder, env });
  if (code !== 0) throw new Error(output);
}
