import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { systemProcesses } from "../../src/host/process.ts";
import { type Bench, median } from "./figure.ts";
import { makeLargeRepository } from "./large-repository.ts";

const ROUNDS = 9;

interface Watched {
  readonly ms: number;
  readonly peakKb: number;
  readonly folders: number;
}

/** The watch room alone: from the call until every change is told, and the peak of a process that does nothing else. */
export const watchRoom: Bench = {
  names: ["watch-service-ready", "watch-service-memory", "watch-tree-ready", "watch-tree-memory"],
  async measure(_, progress) {
    const repository = await makeLargeRepository();
    const bundle = await mkdtemp(join(tmpdir(), "devenv-bench-"));
    try {
      const child = join(bundle, "child.mjs");
      const entry = join(import.meta.dirname, "watch-room-child.ts");
      const format = { platform: "node", format: "esm", packages: "external" } as const;
      await build({ entryPoints: [entry], outfile: child, bundle: true, ...format });
      const watch = async (folders: readonly string[], trees: readonly string[]) => {
        const paths = JSON.stringify({ folders, trees });
        const { code, stdout, output } = await systemProcesses.run(process.execPath, [child, paths]);
        if (code !== 0) throw new Error(output);
        return JSON.parse(stdout) as Watched;
      };
      const services: Watched[] = [];
      const trees: Watched[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        progress(`${round + 1} of ${ROUNDS}`);
        services.push(await watch(repository.packages, [join(repository.folder, "container", "etc")]));
        trees.push(await watch([], [repository.folder]));
      }
      const how = (what: string, [watched]: readonly Watched[]) =>
        `${what} (${watched?.folders} folders), in a process that only watches; Node alone needs 42 MB; ${ROUNDS} rounds`;
      const service = how("1,000 files of a service in a repository of 50,000", services);
      const tree = how("all 50,000 files, for a command", trees);
      return [
        ...figures("watch-service", services, { ms: 300, mb: 90 }, service),
        ...figures("watch-tree", trees, { ms: 2500, mb: 150 }, tree),
      ];
    } finally {
      await rm(bundle, { recursive: true, force: true });
      await repository.remove();
    }
  },
};

function figures(name: string, watched: readonly Watched[], target: { ms: number; mb: number }, how: string) {
  const ready = median(watched.map(({ ms }) => ms));
  const memory = Math.max(...watched.map(({ peakKb }) => peakKb)) / 1024;
  return [
    {
      name: `${name}-ready`,
      value: ready,
      unit: "ms",
      target: target.ms,
      how: `p50 until each change is told: ${how}`,
    },
    { name: `${name}-memory`, value: memory, unit: "MB", target: target.mb, how: `the largest peak: ${how}` },
  ] as const;
}
