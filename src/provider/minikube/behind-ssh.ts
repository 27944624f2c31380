import { rm } from "node:fs/promises";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { environmentFailure } from "../../model/failure.ts";
import type { MinikubeSettings } from "../../model/minikube.ts";
import { sshWritten } from "../../model/ssh.ts";
import { silenceInWords } from "../inquiry.ts";
import type { Surroundings } from "../surroundings.ts";
import { type Machine, tell } from "./machine.ts";
import type { Made, Place } from "./made.ts";
import { runMinikube } from "./program.ts";

/**
 * Machines of driver `ssh`: somebody else's, of which minikube has the address written down. What it does with them it
 * does with its own (1.38.1), and so waits: `start` for more than six minutes where nothing answers, `stop` for three, as
 * a machine counts as running while its sshd listens; `delete` fails without Kubernetes, as there is no kubeadm to reset it.
 */

/** Where the profile has it, with what minikube takes for what is left out; undefined for other drivers. */
export function placeOf({ ssh }: MinikubeSettings): Place | undefined {
  if (ssh === undefined) return undefined;
  const at = ssh.destination.lastIndexOf("@");
  return {
    host: ssh.destination.slice(at + 1),
    port: ssh.port ?? 22,
    user: at < 0 ? "root" : ssh.destination.slice(0, at),
  };
}

/** As a profile would write it. */
export const placeWritten = ({ host, port, user }: Place): string =>
  sshWritten({ destination: `${user}@${host}`, ...(port !== 22 && { port }) });

export const isSamePlace = (one: Place, other: Place): boolean =>
  one.host === other.host && one.port === other.port && one.user === other.user;

/** What answers does so within milliseconds; a name has to be looked up. */
const ANSWERS_WITHIN_MS = 5000;

/** Why nothing can be connected to there; undefined where something answers. */
export async function whySilent({ host, port }: Place, signal?: AbortSignal): Promise<string | undefined> {
  const ended = AbortSignal.any([AbortSignal.timeout(ANSWERS_WITHIN_MS), ...(signal ? [signal] : [])]);
  const socket = connect({ host, port, signal: ended });
  try {
    return await new Promise<string | undefined>((resolve) => {
      socket.once("connect", () => resolve(undefined));
      socket.once("error", (error) =>
        resolve(ended.aborted ? `no answer within ${ANSWERS_WITHIN_MS / 1000} s` : silenceInWords(error)),
      );
    });
  } finally {
    socket.destroy();
  }
}

export const SILENT_HINT =
  "minikube cannot switch it on. Switch it on, and have its sshd listen there; " +
  "where it has another address now, write that into the profile: `x-devenv.minikube.ssh`.";

/** @throws Failure (environment) where nothing answers there, for which minikube would wait for minutes */
export async function expectAnswer(place: Place, profile: string, signal?: AbortSignal): Promise<void> {
  const why = await whySilent(place, signal);
  signal?.throwIfAborted();
  if (why === undefined) return;
  throw environmentFailure(`minikube's machine ${profile} does not answer at ${placeWritten(place)}: ${why}`, {
    hint: SILENT_HINT,
  });
}

/**
 * Has minikube forget a machine; that itself stays as it is. Where its own `delete` fails, which it always does without
 * Kubernetes, or where the machine is away, the file goes that makes the machine one for it, and it tidies up the rest.
 * @throws Failure (environment) with minikube's words
 */
export async function forgetMachine(
  machine: Machine,
  made: Made | undefined,
  surroundings: Surroundings,
  signal?: AbortSignal,
): Promise<void> {
  const order = { verb: "delete", options: [] } as const;
  try {
    return await tell(machine, order, surroundings, () => {}, signal);
  } catch (thrown) {
    if (signal?.aborted || made?.kubernetes !== undefined) throw thrown;
    const { minikube, profile } = machine;
    const named = (await runMinikube(minikube.path, ["ssh-key", "-p", profile], surroundings)).stdout.trim();
    if (named === "") throw thrown;
    await rm(join(dirname(named), "config.json"), { force: true });
    await tell(machine, order, surroundings, () => {}, signal);
  }
}
