import type { ContainerCreateOptions, HealthConfig, HostRestartPolicy, MountSettings } from "dockerode";
import type { ContainerSpec } from "../model/container.ts";
import type { Healthcheck, PortBinding, RestartPolicy } from "../model/profile.ts";
import type { VolumeMount } from "../model/volume.ts";

const NANOSECONDS = 1_000_000;

/** A container in the words of the profile, as the body of `POST /containers/create`. Pure. */
export function containerBody(spec: ContainerSpec): ContainerCreateOptions {
  return {
    Image: spec.image,
    ...(spec.entrypoint && { Entrypoint: [...spec.entrypoint] }),
    ...(spec.command && { Cmd: [...spec.command] }),
    ...(spec.user !== undefined && { User: spec.user }),
    ...(spec.workingDir !== undefined && { WorkingDir: spec.workingDir }),
    ...(spec.hostname !== undefined && { Hostname: spec.hostname }),
    ...(spec.stopSignal !== undefined && { StopSignal: spec.stopSignal }),
    ...(spec.healthcheck && { Healthcheck: healthBody(spec.healthcheck) }),
    StopTimeout: graceSeconds(spec.stopGraceMs),
    Env: Object.entries(spec.environment).map(([name, value]) => `${name}=${value}`),
    Labels: { ...spec.labels },
    ExposedPorts: exposed(spec),
    HostConfig: {
      NetworkMode: spec.network,
      PortBindings: published(spec.ports),
      Mounts: spec.mounts.map(mountBody),
      Tmpfs: { ...spec.tmpfs },
      RestartPolicy: restartBody(spec.restart),
      Init: spec.init,
    },
    NetworkingConfig: { EndpointsConfig: { [spec.network]: { Aliases: [...spec.aliases] } } },
  };
}

/** Docker counts whole seconds between the stop signal and KILL; a started second is given whole. */
export const graceSeconds = (ms: number): number => Math.ceil(ms / 1000);

const portKey = (port: PortBinding): string => `${port.containerPort}/${port.protocol}`;

function exposed(spec: ContainerSpec): Record<string, object> {
  const keys = [...spec.expose.map(({ port, protocol }) => `${port}/${protocol}`), ...spec.ports.map(portKey)];
  return Object.fromEntries(keys.map((key) => [key, {}]));
}

interface HostPort {
  readonly HostIp: string;
  readonly HostPort: string;
}

/** One container port may be published several times, so the bindings are grouped by it. */
function published(ports: readonly PortBinding[]): Record<string, HostPort[]> {
  const bindings: Record<string, HostPort[]> = {};
  for (const port of ports) {
    const host = { HostIp: port.hostAddress, HostPort: port.hostPort === 0 ? "" : String(port.hostPort) };
    const key = portKey(port);
    bindings[key] = [...(bindings[key] ?? []), host];
  }
  return bindings;
}

/** Mounts rather than binds: a bind whose source is missing makes an empty folder, owned by root, in its place. */
function mountBody(mount: VolumeMount): MountSettings {
  if (mount.kind === "tmpfs") return { Type: "tmpfs", Source: "", Target: mount.target };
  return { Type: mount.kind, Source: mount.source ?? "", Target: mount.target, ReadOnly: mount.readOnly };
}

/** Zero means "as the image says" to Docker, which is what an absent value means to a profile. */
function healthBody(check: Healthcheck): HealthConfig {
  return {
    Test: [...check.test],
    Interval: (check.intervalMs ?? 0) * NANOSECONDS,
    Timeout: (check.timeoutMs ?? 0) * NANOSECONDS,
    StartPeriod: (check.startPeriodMs ?? 0) * NANOSECONDS,
    Retries: check.retries ?? 0,
  };
}

function restartBody(policy: RestartPolicy): HostRestartPolicy {
  if (policy.kind === "on-failure") return { Name: "on-failure", MaximumRetryCount: policy.maxRetries };
  return { Name: policy.kind };
}
