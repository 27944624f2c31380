import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemProcesses } from "../../src/host/process.ts";

/** A `go` that notes how long each `go build` takes: what of a save is the compiler's. */
export interface TimedGo {
  /** To be put before the PATH. */
  readonly folder: string;
  /** Milliseconds of the newest build that came to its end. */
  newest(): Promise<number>;
}

/** @param folder where it is made; anything but `build` goes straight on to the real one. */
export async function timedGo(folder: string): Promise<TimedGo> {
  const { stdout } = await systemProcesses.run("go", ["env", "GOROOT"]);
  const [real, log, shim] = [join(stdout.trim(), "bin/go"), join(folder, "builds"), join(folder, "go")];
  await mkdir(folder, { recursive: true });
  // Its own cost counts as devenv's: 2 ms. bash has a clock built in, so that no process is started to read one.
  const text = `#!/bin/bash
if [ "$1" != build ]; then exec ${real} "$@"; fi
begun=$EPOCHREALTIME
${real} "$@"
code=$?
echo "$begun $EPOCHREALTIME" >>${log}
exit "$code"
`;
  await writeFile(shim, text);
  await chmod(shim, 0o755);
  return {
    folder,
    async newest() {
      const newest = (await readFile(log, "utf8")).trimEnd().split("\n").at(-1) ?? "";
      const [begun = Number.NaN, ended = Number.NaN] = newest.split(" ").map(Number);
      return (ended - begun) * 1000;
    },
  };
}
