import type { Finished, RunOptions } from "../../host/process.ts";
import { environmentFailure, interrupted } from "../../model/failure.ts";
import { findProgram, tryProgram } from "../programs.ts";
import type { Surroundings } from "../surroundings.ts";

/** The oldest that this was tried with. */
export const LEAST_VERSION = "1.38.1";

/** Built by `go install`, minikube does not know which version it is. */
const UNSET = "0.0.0-unset";

/** The person's minikube. */
export interface Minikube {
  readonly path: string;
  /** `1.38.1`; `0.0.0-unset` where it was built without one. */
  readonly version: string;
}

/** How it is installed, by its documentation; the tag is its Makefile's, and spares libvirt's headers. */
const INSTALL =
  "Install a package of https://minikube.sigs.k8s.io/docs/start/, or by `brew install minikube` or " +
  `\`go install -tags libvirt_dlopen k8s.io/minikube/cmd/minikube@v${LEAST_VERSION}\`.`;

/**
 * Finds the minikube of PATH, new enough.
 * @throws Failure (environment) with how to install one
 */
export async function findMinikube(surroundings: Surroundings): Promise<Minikube> {
  const path = findProgram("minikube", surroundings);
  if (path === undefined) throw environmentFailure("minikube is not installed", { hint: INSTALL });
  const { stdout, output, code } = await runMinikube(path, ["version", "-o", "json"], surroundings);
  const version = versionIn(stdout);
  if (code !== 0 || version === undefined) {
    throw environmentFailure(`${path} does not say which version it is`, { hint: INSTALL, output: output.trim() });
  }
  if (version !== UNSET && isOlder(version, LEAST_VERSION)) {
    throw environmentFailure(`minikube ${version} is too old: devenv was tried with ${LEAST_VERSION}`, {
      hint: INSTALL,
    });
  }
  return { path, version };
}

/** @param stdout of `minikube version -o json`: `{"commit":"…","minikubeVersion":"v1.38.1"}` */
export function versionIn(stdout: string): string | undefined {
  return /"minikubeVersion":\s*"v?([^"]+)"/.exec(stdout)?.[1];
}

/** By the three numbers; what comes after them does not count. */
export function isOlder(version: string, than: string): boolean {
  const numbers = (text: string) => (/^(\d+)\.(\d+)\.(\d+)/.exec(text) ?? []).slice(1).map(Number);
  const [mine, theirs] = [numbers(version), numbers(than)];
  const at = mine.findIndex((number, index) => number !== theirs[index]);
  return at >= 0 && (mine[at] ?? 0) < (theirs[at] ?? 0);
}

/** What it would ask the internet for, and how it would write to a person at a terminal. */
const ENVIRONMENT = {
  MINIKUBE_WANTUPDATENOTIFICATION: "false",
  MINIKUBE_WANTNONEDRIVERWARNING: "false",
  MINIKUBE_IN_STYLE: "false",
  LC_ALL: "C",
} as const;

/** Runs it to its end; that it fails is an answer. @throws Failure when the signal was aborted */
export async function runMinikube(
  path: string,
  args: readonly string[],
  surroundings: Surroundings,
  options: RunOptions = {},
): Promise<Finished> {
  const finished = await tryProgram(surroundings, path, args, { ...options, env: { ...ENVIRONMENT, ...options.env } });
  if (finished.cancelled) throw interrupted();
  return finished;
}
