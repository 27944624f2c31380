/**
 * Ends this process by SIGKILL right before the n-th step (KILL_AT_STEP) in which it changes something on the disk.
 * To be imported first: what is imported later sees the changed functions.
 */
import fs from "node:fs";

const CHANGING =
  "mkdir rename copyFile chmod open write writev writeFile rm unlink link symlink mkdirSync openSync writeSync".split(
    " ",
  );
const killAt = Number(process.env.KILL_AT_STEP);
let steps = 0;

type Call = (...given: unknown[]) => unknown;

const counted =
  (call: Call): Call =>
  (...given) => {
    steps += 1;
    if (steps === killAt) process.kill(process.pid, "SIGKILL");
    return call(...given);
  };

for (const module of [fs, fs.promises] as unknown as Record<string, Call>[]) {
  for (const name of CHANGING) if (module[name] !== undefined) module[name] = counted(module[name]);
}
