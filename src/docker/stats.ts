import type { ContainerStats } from "dockerode";
import type { UsageReading } from "../model/usage.ts";
import type { Client } from "./client.ts";
import type { Daemon } from "./daemon.ts";
import { statusOf } from "./errors.ts";

/**
 * One reading at a time (`one-shot`, API 1.41): a stream would have the daemon read every container each second, which
 * is what `docker stats` costs (moby#39664), and an answer without it comes only after a second.
 */
export function statsCalls(client: Client): Pick<Daemon, "stats"> {
  return {
    stats: (container, signal) =>
      client.call(
        `read what container ${container.slice(0, 12)} uses`,
        async (docker) => {
          try {
            const asked = { stream: false as const, "one-shot": true as const };
            return readingOf(await docker.getContainer(container).stats(asked));
          } catch (thrown) {
            if (statusOf(thrown) === 404 || statusOf(thrown) === 409) return undefined;
            throw thrown;
          }
        },
        signal,
      ),
  };
}

/** What dockerode's types promise is absent of a container that does not run, and in part on other systems. */
export function readingOf(stats: Partial<ContainerStats>): UsageReading | undefined {
  const { cpu_stats: cpu, memory_stats: memory } = stats;
  if (cpu?.cpu_usage === undefined || memory?.usage === undefined) return undefined;
  const { total_inactive_file, inactive_file } = (memory.stats ?? {}) as {
    /** Of cgroup v1. */
    readonly total_inactive_file?: number;
    /** Of cgroup v2; of v1 without its children's. */
    readonly inactive_file?: number;
  };
  const cached = total_inactive_file ?? inactive_file ?? 0;
  return {
    cpuNs: cpu.cpu_usage.total_usage,
    ...(cpu.system_cpu_usage !== undefined && { systemNs: cpu.system_cpu_usage }),
    processors: cpu.online_cpus ?? cpu.cpu_usage.percpu_usage?.length ?? 1,
    memoryBytes: Math.max(0, memory.usage - (cached < memory.usage ? cached : 0)),
  };
}
