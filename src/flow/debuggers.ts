import { awaitDebugger } from "../delivery/debugger.ts";
import { type Debugger, isDebugged } from "../model/debugger.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile } from "../model/profile.ts";
import type { Cluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";
import { containersOf } from "./services.ts";

/** Where the services that were just brought up wait for an editor, as far as they are to have a debugger. */
export async function debuggersOf(
  { services }: Profile,
  cluster: Cluster,
  { clock, signal }: Machine,
): Promise<ReadonlyMap<ServiceName, Debugger>> {
  const debugged = services.filter(isDebugged);
  if (debugged.length === 0) return new Map();
  const { containers } = await cluster.daemon.observe(cluster.name);
  const found = debugged.flatMap((service) => {
    const [container] = containersOf(cluster, service, containers);
    return container?.state !== "running" ? [] : [{ ...cluster, service: service.name, container }];
  });
  return new Map(
    await Promise.all(found.map(async (one) => [one.service, await awaitDebugger(one, clock, signal)] as const)),
  );
}
