import type { Surroundings } from "../surroundings.ts";
import type { Machine } from "./machine.ts";
import { runMinikube } from "./program.ts";

/** The machine's address, as `minikube ip` gives it; undefined where it gives none. */
export async function ipOf({ minikube, profile }: Machine, surroundings: Surroundings): Promise<string | undefined> {
  const { stdout, code } = await runMinikube(minikube.path, ["ip", "-p", profile], surroundings);
  const line = stdout.trim();
  return code === 0 && /^[0-9a-fA-F.:]+$/.test(line) ? line : undefined;
}

/** With driver docker on macOS `minikube service` holds tunnels and does not end. */
const SERVICES_WITHIN_MS = 5000;

/** The addresses of what Kubernetes publishes in a machine (`minikube service --all --url`). */
export async function servicesOf(
  { minikube, profile }: Machine,
  surroundings: Surroundings,
): Promise<readonly string[]> {
  const args = ["service", "-p", profile, "--all", "--url"];
  const { stdout } = await runMinikube(minikube.path, args, surroundings, { timeoutMs: SERVICES_WITHIN_MS });
  return urlsIn(stdout);
}

/** @param stdout of `minikube service --url`: an address a line, among words */
export const urlsIn = (stdout: string): readonly string[] =>
  stdout.split("\n").flatMap((line) => /^\s*((?:https?|tcp):\/\/\S+)\s*$/.exec(line)?.[1] ?? []);
