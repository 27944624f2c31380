import { environmentFailure, type Failure } from "../../model/failure.ts";
import type { VmStatus } from "../../model/vm.ts";
import type { Surroundings } from "../surroundings.ts";
import { vmStatus } from "./status.ts";

/** Why a cluster's machine cannot be reached at this moment; undefined where it runs. */
export async function vmLoss(cluster: string, surroundings: Surroundings): Promise<Failure | undefined> {
  return lossIn(await vmStatus(cluster, surroundings));
}

/** The same, of a status that was asked for already. */
export function lossIn({ cluster, state, trouble }: VmStatus): Failure | undefined {
  const its = `the virtual machine of ${cluster}`;
  switch (state) {
    case "running":
      return undefined;
    case "absent":
      return environmentFailure(`${cluster} has no virtual machine, so it is not running`, {
        hint: "`devenv up` makes one.",
      });
    case "stopped":
      return environmentFailure(`${its} is stopped`, { hint: "`devenv up` starts it, and the cluster in it." });
    case "suspended":
      return environmentFailure(`${its} is suspended`, { hint: "`devenv vm resume` or `devenv up` wakes it." });
    case "starting":
      return environmentFailure(`${its} is being started`, { hint: "`devenv vm status` tells when it runs." });
    case "stopping":
      return environmentFailure(`${its} is being stopped or suspended`, {
        hint: "`devenv vm status` tells when that is done; `devenv up` brings it back.",
      });
    case "ended":
      return environmentFailure(`${its} has ended${trouble === undefined ? "" : `: ${trouble}`}`, {
        hint: "`devenv up` starts it anew, and what ran in it; its disk is there.",
      });
    default:
      return state satisfies never;
  }
}
