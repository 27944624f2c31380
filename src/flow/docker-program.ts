import { type HandedOver, handOver } from "../host/hand-over.ts";
import { environmentFailure } from "../model/failure.ts";
import type { Profile } from "../model/profile.ts";
import { dockerVariables } from "../provider/docker-env.ts";
import { installCommand } from "../provider/programs.ts";
import { findCluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";

/**
 * `devenv docker …`: the person's own docker CLI, with the arguments as they are, against the cluster's daemon. Only the
 * program's environment says which that is: neither this process's nor Docker's current context is changed.
 * @returns the program's exit code
 * @throws Failure (environment) when no daemon answers, or no docker CLI is installed
 */
export async function runDocker(profile: Profile, args: readonly string[], machine: Machine): Promise<number> {
  const { endpoint, daemon } = await findCluster(profile, machine);
  daemon.close();
  const variables = Object.entries(dockerVariables(endpoint)).map(([name, value]) => [name, value ?? undefined]);
  // DOCKER_HOST wins over a context; DOCKER_TLS would ask a daemon without TLS for it.
  const env = { ...Object.fromEntries(variables), DOCKER_CONTEXT: undefined, DOCKER_TLS: undefined };
  const ended = await handOver("docker", args, env);
  if (ended.started) return ended.code;
  throw notStarted(ended);
}

function notStarted({ missing, reason }: Extract<HandedOver, { started: false }>) {
  if (!missing) return environmentFailure(`the docker CLI cannot be started: ${reason}`);
  return environmentFailure("the docker CLI is not installed (there is no program `docker` on the PATH)", {
    hint: `${installCommand(["engine"])} has it, or see https://docs.docker.com/engine/install/. All other commands of devenv do without.`,
  });
}
