import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemProcesses } from "../../src/host/process.ts";
import { eventually } from "../harness/eventually.ts";
import { median, timed } from "./figure.ts";

/** A `go` that notes how long each `go build` takes: what of a save is the compiler's. */
export interface TimedGo {
  /** To be put before the PATH. */
  readonly folder: string;
  /** Milliseconds of the newest build that came to its end. */
  newest(): Promise<number>;
  /** Resolves when none runs: devenv asks Go anew what a service is made of after each of its saves. */
  idle(): Promise<void>;
  /** Milliseconds that the timing itself adds to each start: the median of many with a program that does nothing. */
  readonly ownMs: number;
}

/** @param folder where it is made; the real one is called by way of it. */
export async function timedGo(folder: string): Promise<TimedGo> {
  const { stdout } = await systemProcesses.run("go", ["env", "GOROOT"]);
  const [real, log, shim] = [join(stdout.trim(), "bin/go"), join(folder, "builds"), join(folder, "go")];
  const running = join(folder, "running");
  await mkdir(folder, { recursive: true });
  await mkdir(running);
  await writeProgram(shim, timing(real, log, running));
  return {
    folder,
    ownMs: await ownMs(folder, running),
    idle: () =>
      eventually(
        () => readdir(running),
        (marks) => marks.length === 0,
      ).then(() => undefined),
    async newest() {
      const newest = (await readFile(log, "utf8")).trimEnd().split("\n").at(-1) ?? "";
      const [begun = Number.NaN, ended = Number.NaN] = newest.split(" ").map(Number);
      return (ended - begun) * 1000;
    },
  };
}

/** bash has a clock built in, so that no process is started to read one. */
const timing = (program: string, log: string, running: string) => `#!/bin/bash
if [ "$1" != build ]; then
  trap 'rm -f ${running}/$$' EXIT
  : >${running}/$$
  ${program} "$@"
  exit
fi
begun=$EPOCHREALTIME
${program} "$@"
code=$?
echo "$begun $EPOCHREALTIME" >>${log}
exit "$code"
`;

const STARTS = 25;

/** How much longer a program takes that is timed, where it does nothing; the two take turns. */
async function ownMs(folder: string, running: string): Promise<number> {
  const [nothing, timedNothing, log] = ["nothing", "timed-nothing", "starts"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeProgram(nothing, "#!/bin/sh\n");
  await writeProgram(timedNothing, timing(nothing, log, running));
  const [plain, both]: [number[], number[]] = [[], []];
  for (let start = 0; start < STARTS; start++) {
    plain.push(await timed(() => systemProcesses.run(nothing, ["build"])));
    both.push(await timed(() => systemProcesses.run(timedNothing, ["build"])));
  }
  return median(both) - median(plain);
}

async function writeProgram(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  await chmod(path, 0o755);
}
