import type { MinikubeState } from "../../model/minikube.ts";
import type { ProviderProgress } from "../provider.ts";
import type { Surroundings } from "../surroundings.ts";
import { type MinikubeError, progressOf, readEvent } from "./events.ts";
import { type Minikube, runMinikube } from "./program.ts";
import { minikubeTrouble } from "./trouble.ts";

/** One machine of minikube's. */
export interface Machine {
  readonly minikube: Minikube;
  /** Its name, minikube's `-p`. */
  readonly profile: string;
  /** Of driver ssh, where the profile names it: the private key for it. */
  readonly sshKey?: string | undefined;
}

/** What `minikube status -o json` says of a machine. */
export interface Look {
  readonly state: MinikubeState;
  readonly host?: string | undefined;
  /** Absent without Kubernetes. */
  readonly apiserver?: string | undefined;
}

/** A machine that hangs is asked over ssh, and waited for. */
const LOOKS_WITHIN_MS = 120_000;

/** Asks minikube how a machine is; changes nothing. */
export async function lookAt({ minikube, profile }: Machine, surroundings: Surroundings, signal?: AbortSignal) {
  const args = ["status", "-p", profile, "-o", "json"];
  const { stdout, code } = await runMinikube(minikube.path, args, surroundings, {
    timeoutMs: LOOKS_WITHIN_MS,
    ...(signal && { signal }),
  });
  return readStatus(stdout, code);
}

/** What minikube ends with where there is no machine of that name (`ExGuestNotFound`). */
const NOT_FOUND = 85;

/** Its exit code is made of bits that say no more than the words do. Of several nodes the first is the machine. */
export function readStatus(stdout: string, code: number | undefined): Look {
  const status = statusIn(stdout);
  if (status === undefined) return { state: code === NOT_FOUND ? "absent" : "broken" };
  const { Host: host = "", APIServer: apiserver } = status;
  const said = { host, ...(apiserver !== undefined && apiserver !== "Irrelevant" && { apiserver }) };
  if (host === "Nonexistent") return { state: "absent", ...said };
  if (host === "Stopped" || host === "Saved") return { state: "stopped", ...said };
  if (host !== "Running") return { state: "broken", ...said };
  return { state: apiserver === "Paused" ? "paused" : "running", ...said };
}

interface Status {
  readonly Host?: string;
  readonly APIServer?: string;
}

function statusIn(stdout: string): Status | undefined {
  for (const line of stdout.split("\n")) {
    if (!/^[{[]/.test(line) || !line.includes('"Host"')) continue;
    try {
      const found: unknown = JSON.parse(line);
      return (Array.isArray(found) ? found[0] : found) as Status;
    } catch {
      // a line that was cut off
    }
  }
  return undefined;
}

/** What minikube is told to do with a machine. */
export interface Order {
  readonly verb: "start" | "stop" | "pause" | "unpause" | "delete";
  readonly options: readonly string[];
  readonly driver?: string | undefined;
}

/**
 * Has minikube do something with a machine, telling its steps.
 * @throws Failure (environment) with why it did not
 */
export async function tell(
  { minikube, profile }: Machine,
  { verb, options, driver }: Order,
  surroundings: Surroundings,
  progress: ProviderProgress,
  signal?: AbortSignal,
): Promise<void> {
  const errors: MinikubeError[] = [];
  let warning = "";
  const args = [verb, "-p", profile, "-o", "json", ...options];
  const { code, output, missing } = await runMinikube(minikube.path, args, surroundings, {
    ...(signal && { signal }),
    onLine(line) {
      const event = readEvent(line);
      if (event?.type === "error") errors.push(event);
      const words = event && progressOf(event);
      if (words === undefined) return;
      if (event?.type === "warning") warning = event.message;
      progress(words);
    },
  });
  if (code === 0 && !missing) return;
  throw minikubeTrouble({ verb, profile, driver }, errors, `${withoutEvents(output)}\n${warning}`);
}

const withoutEvents = (output: string): string =>
  output
    .split("\n")
    .filter((line) => readEvent(line) === undefined)
    .join("\n");
