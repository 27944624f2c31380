import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What the stand-in prints for a verb, and what it ends with. */
export interface StandInAnswer {
  readonly stdout: string;
  readonly code?: number;
}

/**
 * Makes a `minikube` that answers each verb as the real one was recorded to (1.38.1), for what no machine here can be
 * made to show: drivers that fail, an old version. It writes the arguments of each call, a line each, to `calls`.
 * @returns the folder to be put into PATH, and the file of its calls
 */
export async function makeMinikubeStandIn(
  folder: string,
  answers: Readonly<Record<string, StandInAnswer>>,
): Promise<{ readonly bin: string; readonly calls: string }> {
  const bin = join(folder, "bin");
  const calls = join(folder, "calls");
  await mkdir(join(folder, "answers"), { recursive: true });
  await mkdir(bin, { recursive: true });
  const cases: string[] = [];
  for (const [verb, { stdout, code = 0 }] of Object.entries(answers)) {
    const file = join(folder, "answers", verb);
    await writeFile(file, stdout);
    cases.push(`  ${verb}) cat '${file}'; exit ${code} ;;`);
  }
  const script = ["#!/bin/sh", `echo "$*" >> '${calls}'`, 'case "$1" in', ...cases, "esac", "exit 14", ""];
  await writeFile(join(bin, "minikube"), script.join("\n"));
  await chmod(join(bin, "minikube"), 0o755);
  return { bin, calls };
}
