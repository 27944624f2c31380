import { statfs } from "node:fs/promises";
import { peekText } from "../../host/files.ts";
import { environmentFailure, type Failure } from "../../model/failure.ts";
import type { Layout } from "./layout.ts";
import { lastLines } from "./log.ts";

/** What of the machine decides whether a dockerd can live on it. */
export interface Facts {
  /** Bytes that the data root's disk has left. */
  readonly diskFree: number;
  readonly hasCgroups: boolean;
  /** Whether the kernel has the overlay file system (loaded: dockerd has tried to load it by now). */
  readonly hasOverlay: boolean;
}

/** Below this much space dockerd cannot even open its databases. */
const LEAST_DISK = 64 * 1024 * 1024;

/** Why dockerd ended, as a Failure: its last words, and the cause where the machine itself shows one. */
export async function startFailure(message: string, layout: Layout): Promise<Failure> {
  const hint = knownCause(await readFacts(layout));
  return environmentFailure(message, {
    output: await lastLines(layout),
    hint: hint ?? `Its whole log is ${layout.log}. \`provider: docker\` uses the system's Docker instead.`,
  });
}

/** The first thing that the machine lacks, as advice; judged by the machine's state and not by the log's prose. */
export function knownCause(facts: Facts): string | undefined {
  if (facts.diskFree < LEAST_DISK) return "The disk is full: free some space, then try again.";
  if (!facts.hasCgroups) {
    return "The kernel's control groups are not mounted, and no container can run without: mount them (`sudo mount -t cgroup2 none /sys/fs/cgroup`), or in a container start that one with --privileged.";
  }
  if (!facts.hasOverlay) return "The kernel has no overlay file system: load it with `sudo modprobe overlay`.";
  return undefined;
}

async function readFacts(layout: Layout): Promise<Facts> {
  const disk = await statfs(layout.folder);
  return {
    diskFree: disk.bavail * disk.bsize,
    hasCgroups: /^\S+ \S+ cgroup2? /m.test(peekText("/proc/mounts") ?? ""),
    hasOverlay: /\toverlay$/m.test(peekText("/proc/filesystems") ?? ""),
  };
}
