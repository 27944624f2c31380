import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../src/host/clock.ts";
import { ofType, startDevenv } from "../harness/devenv.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";
import { type Bench, median } from "./figure.ts";
import { makeLargeRepository } from "./large-repository.ts";
import { processorShare } from "./processor.ts";

const ROUNDS = 5;
/** Long enough for what it does now and then to be in it. */
const IDLE_MS = 30_000;

interface Watched {
  readonly ms: number;
  readonly peakMb: number;
}

/** The whole `devenv watch` of a running cluster, as a person starts it. */
export const watchProcess: Bench = {
  names: [
    "watch-process-service-ready",
    "watch-process-service-memory",
    "watch-process-tree-ready",
    "watch-process-tree-memory",
    "watch-idle",
  ],
  async measure(dockerHost, progress) {
    const workspace = await makeWorkspace([{ name: "books" }], dockerHost);
    try {
      await makeLargeRepository(join(workspace.folder, "repos", "books"));
      await importPackages(workspace);
      const finished = await workspace.run("up");
      if (finished.code !== 0) throw new Error(finished.output);
      const services: Watched[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        progress(`a service, ${round + 1} of ${ROUNDS}`);
        services.push(await watch(workspace));
      }
      progress("idle");
      const idle = await idleShare(workspace);
      await buildByCommand(workspace);
      const trees: Watched[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        progress(`a command, ${round + 1} of ${ROUNDS}`);
        trees.push(await watch(workspace));
      }
      const how = (what: string) => `the whole devenv watch, started anew, of ${what}; ${ROUNDS} rounds`;
      const idleHow = `processor time of the whole devenv watch in ${IDLE_MS / 1000} s without a change`;
      return [
        ...figures("service", services, { ms: 1000, mb: 90 }, how("1,000 files of a Go service among 50,000")),
        ...figures("tree", trees, { ms: 2500, mb: 150 }, how("a command that needs 50,000 files")),
        { name: "watch-idle", value: idle, unit: "%", target: 0.5, how: idleHow },
      ];
    } finally {
      await workspace.remove();
    }
  },
};

/** The program is made of all hundred packages. */
async function importPackages(workspace: TestWorkspace): Promise<void> {
  const source = workspace.source("books");
  const text = await readFile(source, "utf8");
  const imports = Array.from({ length: 100 }, (_, n) => `\t_ "books/pkg/p${n}"`).join("\n");
  await writeFile(source, text.replace(/^import \(/m, `import (\n${imports}`));
}

async function buildByCommand({ profile }: TestWorkspace): Promise<void> {
  const command = `build: { command: 'CGO_ENABLED=0 go build -o "$$DEVENV_OUT" ./cmd/books' }`;
  await writeFile(
    profile,
    (await readFile(profile, "utf8")).replace(/build: .*/, () => command),
  );
}

async function watch(workspace: TestWorkspace): Promise<Watched> {
  const begun = performance.now();
  const devenv = startDevenv(workspace, ["watch", "--json"]);
  await devenv.until(ofType("watching"), 0);
  const ms = performance.now() - begun;
  // What it does in the background after that is part of what it needs.
  await systemClock.sleep(5000);
  const peakMb = peakOf(devenv.pid);
  await devenv.interrupt();
  return { ms, peakMb };
}

/** Percent of one core. */
async function idleShare(workspace: TestWorkspace): Promise<number> {
  const devenv = startDevenv(workspace, ["watch", "--json"]);
  await devenv.until(ofType("watching"), 0);
  await systemClock.sleep(10_000); // until its background work is done
  const share = await processorShare(devenv.pid, IDLE_MS);
  await devenv.interrupt();
  return share;
}

const peakOf = (pid: number | undefined): number =>
  Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;

function figures(name: string, watched: readonly Watched[], target: { ms: number; mb: number }, how: string) {
  const ready = median(watched.map(({ ms }) => ms));
  const memory = Math.max(...watched.map(({ peakMb }) => peakMb));
  return [
    { name: `watch-process-${name}-ready`, value: ready, unit: "ms", target: target.ms, how },
    { name: `watch-process-${name}-memory`, value: memory, unit: "MB", target: target.mb, how },
  ] as const;
}
