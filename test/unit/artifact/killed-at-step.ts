/**
 * Ends this process by SIGKILL right before the n-th step (KILL_AT_STEP) in which it changes something on the disk.
 * To be imported first: what is imported later sees the changed functions.
 */
import fs from "node:fs";

const CHANGING = ["mkdir", "rename", "copyFile", "chmod", "open", "writeFile", "rm", "unlink"] as const;
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

for (const name of CHANGING) {
  Object.assign(fs, { [name]: counted(fs[name] as Call) });
  Object.assign(fs.promises, { [name]: counted(fs.promises[name] as Call) });
}
