import { homedir, hostname, release } from "node:os";
import { type Clock, systemClock } from "../host/clock.ts";
import { type Folders, xdgFolders } from "../host/folders.ts";
import { type Processes, systemProcesses } from "../host/process.ts";

/** What there is to know of this machine, as values. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly hostname: string;
  /** The kernel's release, as `uname -r` prints it. */
  readonly kernel: string;
  readonly uid: number;
  readonly home: string;
}

/** All that providers take from outside. */
export interface Surroundings {
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  readonly folders: Folders;
  readonly machine: Machine;
  readonly processes: Processes;
  readonly clock: Clock;
}

/** This machine, with the values of an environment (`process.env`, read only). */
export function systemSurroundings(environment: Readonly<NodeJS.ProcessEnv>): Surroundings {
  return {
    environment,
    folders: xdgFolders(environment),
    machine: {
      platform: process.platform,
      hostname: hostname(),
      kernel: release(),
      uid: process.getuid?.() ?? -1,
      home: environment.HOME || homedir(),
    },
    processes: systemProcesses,
    clock: systemClock,
  };
}

/** One daemon that was looked for, and why it is not the one. `hint` is there when a person can do something about it. */
export interface Attempt {
  readonly what: string;
  readonly outcome: string;
  readonly hint?: string | undefined;
}
