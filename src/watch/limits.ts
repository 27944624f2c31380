import { readFile } from "node:fs/promises";
import { environmentFailure, type Failure } from "../model/failure.ts";
import { type WatchesOfProgram, watchesInUse } from "./in-use.ts";

/** What the larger editors advise; a watch costs the kernel about 1 kB, and only while it is used. */
const ADVISED = 524_288;
const SETTINGS = ["fs.inotify.max_user_watches", "user.max_inotify_watches"] as const;

/**
 * Why a folder could not be watched. The kernel says "no space left on device" when the user's inotify watches are
 * used up, which sends people to look at their disks (tilt#2079).
 */
export async function cannotWatch(path: string, error: NodeJS.ErrnoException, needed: () => number): Promise<Failure> {
  if (error.code === "ENOSPC") return noWatchesLeft(needed(), error);
  if (error.code === "EMFILE") {
    return environmentFailure("no more files can be watched: too many open files, or too many inotify instances", {
      hint: "raise the limits: `ulimit -n 65536; sudo sysctl fs.inotify.max_user_instances=1024`",
      cause: error,
    });
  }
  return environmentFailure(`${path} cannot be watched: ${error.message}`, {
    hint: "correct its permissions, or leave its service out of the watch",
    cause: error,
  });
}

/** A setting of the kernel; `value` is infinite where it has no such limit. */
export interface WatchLimit {
  readonly name: string;
  readonly value: number;
}

/** The lowest limit of inotify watches of this user, all programs together. */
export async function tightestLimit(): Promise<WatchLimit> {
  const limits = await Promise.all(SETTINGS.map(async (name) => ({ name, value: await kernelSetting(name) })));
  return limits.reduce((a, b) => (b.value < a.value ? b : a));
}

export const howToRaise = ({ name }: WatchLimit, advised: number = ADVISED): string =>
  `raise it now: \`sudo sysctl ${name}=${advised}\`; and for good: \`echo ${name}=${advised} | sudo tee /etc/sysctl.d/60-devenv.conf\``;

async function noWatchesLeft(needed: number, cause: Error): Promise<Failure> {
  const tightest = await tightestLimit();
  const value = Number.isFinite(tightest.value) ? String(tightest.value) : "unknown";
  const used = await watchesInUse();
  const others = used.length === 0 ? "" : `; in use are ${inWords(used)}`;
  // Room for what others need besides.
  const advised = Math.max(ADVISED, 2 ** Math.ceil(Math.log2(2 * needed)));
  return environmentFailure(
    `the system's limit of file watches is reached: ${tightest.name} is ${value}, all programs of this user together; devenv needs ${needed} of them${others}`,
    { hint: howToRaise(tightest, advised), cause },
  );
}

function inWords(used: readonly WatchesOfProgram[]): string {
  const most = used.slice(0, 3).map(({ program, watches }) => `${program} ${watches}`);
  const total = used.reduce((sum, { watches }) => sum + watches, 0);
  return `${total} (${most.join(", ")}${used.length > 3 ? ", …" : ""})`;
}

async function kernelSetting(name: string): Promise<number> {
  const text = await readFile(`/proc/sys/${name.replaceAll(".", "/")}`, "utf8").catch(() => "");
  return text.trim() === "" ? Number.POSITIVE_INFINITY : Number(text);
}
