import type { ContainerCreateOptions, HealthConfig, HostRestartPolicy } from "dockerode";
import type { ContainerSpec } from "../model/container.ts";
import type { Healthcheck, PortBinding, RestartPolicy } from "../model/profile.ts";
import { mountBodies } from "./mount-body.ts";
import { endpointBody, networkMode } from "./network-body.ts";
import { configSettings, hostSettings } from "./settings.ts";

const NANOSECONDS = 1_000_000;

/** A container in the words of the profile, as the body of `POST /containers/create`. Pure. */
export function containerBody(spec: ContainerSpec): ContainerCreateOptions {
  const { network, settings } = spec;
  const first = network.kind === "networks" ? network.endpoints[0] : undefined;
  return {
    Image: spec.image,
    ...(spec.entrypoint && { Entrypoint: [...spec.entrypoint] }),
    ...(spec.command && { Cmd: [...spec.command] }),
    ...(spec.user !== undefined && { User: spec.user }),
    ...(spec.workingDir !== undefined && { WorkingDir: spec.workingDir }),
    ...(spec.hostname !== undefined && { Hostname: spec.hostname }),
    ...(spec.stopSignal !== undefined && { StopSignal: spec.stopSignal }),
    ...(spec.healthcheck && { Healthcheck: healthBody(spec.healthcheck) }),
    ...configSettings(settings),
    StopTimeout: graceSeconds(spec.stopGraceMs),
    Env: Object.entries(spec.environment).map(([name, value]) => `${name}=${value}`),
    Labels: { ...spec.labels },
    ExposedPorts: exposed(spec),
    HostConfig: {
      NetworkMode: networkMode(network),
      PortBindings: published(spec.ports),
      ...mountBodies(spec.mounts),
      Tmpfs: { ...spec.tmpfs },
      RestartPolicy: restartBody(spec.restart),
      Init: spec.init,
      ...hostSettings(settings),
    },
    ...(first && {
      NetworkingConfig: { EndpointsConfig: { [first.network]: endpointBody(first, settings.macAddress) } },
    }),
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
    const key = portKey(port);
    bindings[key] = [...(bindings[key] ?? []), { HostIp: port.hostAddress, HostPort: hostPort(port) }];
  }
  return bindings;
}

function hostPort({ hostPort: first, hostPortEnd: last }: PortBinding): string {
  if (first === 0) return "";
  return last === undefined || last === first ? String(first) : `${first}-${last}`;
}

/**
 * Zero means "as the image says" to Docker, which is what an absent value means to a profile. A daemon older than
 * Docker 25 (API 1.44) takes no notice of the interval while starting.
 */
function healthBody(check: Healthcheck): HealthConfig {
  return {
    Test: [...check.test],
    Interval: (check.intervalMs ?? 0) * NANOSECONDS,
    Timeout: (check.timeoutMs ?? 0) * NANOSECONDS,
    StartPeriod: (check.startPeriodMs ?? 0) * NANOSECONDS,
    ...(check.startIntervalMs !== undefined && { StartInterval: check.startIntervalMs * NANOSECONDS }),
    Retries: check.retries ?? 0,
  };
}

function restartBody(policy: RestartPolicy): HostRestartPolicy {
  if (policy.kind === "on-failure") return { Name: "on-failure", MaximumRetryCount: policy.maxRetries };
  return { Name: policy.kind };
}
