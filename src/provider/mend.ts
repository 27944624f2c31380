import type { Endpoint } from "../model/endpoint.ts";
import { mendLink } from "./endpoint-link.ts";
import { follower } from "./minikube/follow.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * For those who wait for a daemon that was lost: gives what is called again and again, and has the way there again where
 * that broke. A link that was killed is made anew each time; a virtual machine whose QEMU has died is started, once; a
 * machine of minikube's is asked for its new address. What a person stopped or suspended stays so.
 */
export function wayMender(endpoint: Endpoint, surroundings: Surroundings, signal?: AbortSignal): () => Promise<void> {
  const { machine } = endpoint;
  const follow = endpoint.provider === "minikube" ? follower(endpoint, surroundings) : undefined;
  let isTried = false;
  return async () => {
    if (machine !== undefined) {
      const { vmStatus } = await import("./vm/status.ts");
      const { state } = await vmStatus(machine.cluster, surroundings);
      if (state === "ended" && !isTried) {
        isTried = true;
        const { reviveVm } = await import("./vm/machine.ts");
        await reviveVm(machine.cluster, surroundings, signal).catch(() => undefined); // `status` tells what is wrong with it
      }
      if (state !== "running") return;
    }
    await follow?.();
    await mendLink(endpoint, surroundings);
  };
}
