import { existsSync } from "node:fs";
import { clusterFolder } from "../host/folders.ts";
import { describeHolder, type Holder, withLock } from "../host/lock.ts";
import type { Profile } from "../model/profile.ts";
import type { PullEvent } from "../model/repository.ts";
import type { Machine } from "./machine.ts";
import { pullLock } from "./pull-lock.ts";
import { PullMarks } from "./pull-marks.ts";

/**
 * Runs a pull so that a `devenv watch` of the same cluster knows its doing: what it changes is no save of what runs CI's
 * code. Where that one pulls, too (`repos_every`), one waits for the other.
 * @param note called with words about who is waited for
 */
export async function besideWatch<T>(
  profile: Profile,
  note: (words: string) => void,
  machine: Machine,
  pull: (hear: (event: PullEvent) => void) => Promise<T>,
): Promise<T> {
  const folder = clusterFolder(machine.folders, profile.name);
  const marks = new PullMarks(folder, machine.clock);
  const marked = () => pull((event) => marks.hear(event)).finally(() => marks.over());
  if (profile.reposEveryMs === undefined || !existsSync(folder)) return marked();
  const onWaiting = (holder: Holder) => note(`waiting for ${describeHolder(holder)}`);
  return withLock(
    pullLock({ folder }),
    { wait: true, command: "devenv pull-all", signal: machine.signal, onWaiting },
    marked,
  );
}
