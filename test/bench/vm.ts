import { readFile, writeFile } from "node:fs/promises";
import { connect } from "../../src/docker/connect.ts";
import { systemProcesses } from "../../src/host/process.ts";
import { ordersBeside } from "../../src/provider/ssh/layout.ts";
import { stayWith } from "../../src/provider/ssh/orders.ts";
import { guestArchitecture } from "../../src/provider/vm/architecture.ts";
import { freePort } from "../harness/free-port.ts";
import { makeWorkspace, type ServiceRecipe } from "../harness/workspace.ts";
import { makeVmWorkspace, type VmWorkspace } from "../scenario/vm-setup.ts";
import { floor, succeed } from "./brought-up.ts";
import { type Bench, type Figure, median, timed } from "./figure.ts";
import { overheadOf, overheadWords } from "./save-overheads.ts";
import { openSaveBenchIn, SAVED, type SaveBench, type SaveRound } from "./save-rounds.ts";

/** Few: under plain emulation each takes seconds. */
const ROUNDS = 3;
const SAVES = 5;
/** Through ssh into an emulated guest. */
const PATIENCE_MS = 2000;

/** Clusters in virtual machines: how soon there is a machine, and what it costs to be in one. */
export const vm: Bench = {
  names: [
    "vm-second-start",
    "vm-second-vs-cold",
    "vm-resume-vs-cold",
    "vm-up-vs-local",
    "vm-up-vs-floor",
    "vm-save-push",
  ],
  async measure(dockerHost, progress) {
    const missing = await missingProgram();
    if (missing !== undefined) {
      process.stderr.write(`vm-…: left out, as there is no ${missing} on this machine\n`);
      return [];
    }
    const port = await freePort();
    const first = await makeVmWorkspace(recipes(port));
    try {
      progress("the first machine, and its image where there is none yet");
      await succeed({ run: first.runLong }, "up");
      const ups = await upFigures(first, dockerHost, progress);
      const saves = await saveFigure(first, port, progress);
      await succeed({ run: first.runLong }, "vm", "stop");
      progress("a cold boot");
      const cold = await timed(() => succeed({ run: first.runLong }, "vm", "start"));
      const { accelerator } = await first.machine();
      await succeed({ run: first.runLong }, "vm", "stop");
      return [...(await startFigures(cold, accelerator ?? "", progress)), ...ups, saves];
    } finally {
      await first.remove();
    }
  },
};

/** The program without which there is no machine here, if one is missing. */
async function missingProgram(): Promise<string | undefined> {
  for (const program of [guestArchitecture().program, "mmdebstrap"]) {
    if ((await systemProcesses.run(program, ["--version"])).missing) return program;
  }
  return undefined;
}

/** The first is saved, and so is asked from here. */
const recipes = (port: number): ServiceRecipe[] => [
  {
    ...SAVED,
    devenv: SAVED.devenv?.replace("within: 5s", "within: 60s") ?? "",
    yaml: `    ports: ["127.0.0.1:${port}:8080"]`,
  },
  ...["reviews", "search"].map((name) => ({ name })),
];

/** The machine of a second cluster, and one that goes on, against one that boots. */
async function startFigures(cold: number, accelerator: string, progress: (note: string) => void): Promise<Figure[]> {
  const second = await makeVmWorkspace(recipes(await freePort()));
  const [starts, resumes]: [number[], number[]] = [[], []];
  const run = { run: second.runLong };
  try {
    for (let round = 1; round <= ROUNDS; round++) {
      progress(`starts: ${round} of ${ROUNDS}`);
      starts.push(await timed(() => succeed(run, "vm", "start")));
      await succeed(run, "vm", "suspend");
      resumes.push(await timed(() => succeed(run, "vm", "resume")));
      await succeed(run, "vm", "delete", "--yes");
    }
  } finally {
    await second.remove();
  }
  const [start, resume] = [median(starts), median(resumes)];
  const against = `against a cold boot (${whole(cold)}), under ${accelerator}; p50 of ${ROUNDS}`;
  const starting = `a second cluster's machine, from devenv vm start to an answering Docker (${whole(start)})`;
  const resuming = `devenv vm resume to an answering Docker (${whole(resume)})`;
  const of = { unit: "x" } as const;
  return [
    { name: "vm-second-start", value: start, unit: "ms", target: 5000, how: `${starting}; p50 of ${ROUNDS}` },
    { name: "vm-second-vs-cold", value: start / cold, ...of, target: 0.25, how: `${starting} ${against}` },
    { name: "vm-resume-vs-cold", value: resume / cold, ...of, target: 0.2, how: `${resuming} ${against}` },
  ];
}

/** `up` on a machine that runs, against `up` on a daemon of this machine, and against the daemon's own time in there. */
async function upFigures(first: VmWorkspace, dockerHost: string, progress: (note: string) => void): Promise<Figure[]> {
  const local = await makeWorkspace(recipes(await freePort()), dockerHost);
  const names = recipes(0).map(({ name }) => name);
  const [there, here, floors]: [number[], number[], number[]] = [[], [], []];
  try {
    await succeed(local, "up");
    for (let round = 1; round <= ROUNDS; round++) {
      progress(`up: ${round} of ${ROUNDS}`);
      await succeed({ run: first.runLong }, "down");
      floors.push(await floorIn(first, names));
      there.push(await timed(() => succeed({ run: first.runLong }, "up")));
      await succeed(local, "down");
      here.push(await timed(() => succeed(local, "up")));
    }
  } finally {
    await local.remove();
  }
  const up = `devenv up of ${names.length} Go services on a machine that runs (${whole(median(there))})`;
  const of = { unit: "x", target: 1.5 } as const;
  const [localHow, floorHow] = [
    `${up} against the same on the local daemon (${whole(median(here))}); ${ROUNDS} rounds, interleaved`,
    `${up} against create + start of the same in parallel in that machine (${whole(median(floors))}); ${ROUNDS} rounds, interleaved`,
  ];
  return [
    { name: "vm-up-vs-local", value: median(there) / median(here), ...of, how: localHow },
    { name: "vm-up-vs-floor", value: median(there) / median(floors), ...of, how: floorHow },
  ];
}

/** On the machine's daemon, reached as docker's own client would; the way there may have ended with the last container. */
async function floorIn(first: VmWorkspace, names: readonly string[]): Promise<number> {
  const { stdout, output, code } = await first.run("docker-env", "-o", "json");
  if (code !== 0) throw new Error(output);
  const { DOCKER_HOST = "" } = JSON.parse(stdout) as { DOCKER_HOST?: string };
  const path = DOCKER_HOST.slice("unix://".length);
  if (!(await stayWith(ordersBeside(path)))) throw new Error("the way to the machine has ended");
  const daemon = connect({ kind: "unix", path });
  try {
    return await floor(daemon, first, names);
  } finally {
    daemon.close();
  }
}

/** Saves that are pushed into a machine, against saves that its share of this machine's folder brings. */
async function saveFigure(first: VmWorkspace, port: number, progress: (note: string) => void): Promise<Figure> {
  const profile = await readFile(first.profile, "utf8");
  const measured = async (delivery: "mount" | "push") => {
    await writeFile(first.profile, profile.replace("x-devenv:\n", `x-devenv:\n  delivery: ${delivery}\n`));
    await succeed({ run: first.runLong }, "up");
    const bench = await openSaveBenchIn(first, { host: "127.0.0.1", port, patienceMs: PATIENCE_MS });
    const saves: SaveRound[] = [];
    try {
      for (let round = 0; round <= SAVES; round++) {
        progress(`saves by ${delivery}: ${round} of ${SAVES}`);
        const save = await bench.save(`${delivery} ${round}`);
        if (round > 0) saves.push(save);
      }
    } finally {
      await bench.close();
    }
    return { bench, saves, overhead: median(saves.map(overheadOf(bench))) };
  };
  const [mount, push] = [await measured("mount"), await measured("push")];
  const words = ({ bench, saves }: { bench: SaveBench; saves: readonly SaveRound[] }) => overheadWords(bench, saves);
  const how = `end of a save to the first new answer on this machine, less its own go build: by push ${words(push)}, by the folder that the machine shares ${words(mount)}; ${SAVES} rounds each`;
  return { name: "vm-save-push", value: push.overhead / mount.overhead, unit: "x", target: 2, how };
}

const whole = (ms: number): string => `${Math.round(ms)} ms`;
