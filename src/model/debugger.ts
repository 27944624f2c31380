import { isSupervised, type PortBinding, type Service } from "./profile.ts";

/** The port of a container at which dlv listens for editors, by both of its protocols (DAP and JSON-RPC). */
export const DEBUGGER_PORT = 2345;

/**
 * `listening`: an editor can attach. `missing`: there is no dlv in the image. `silent`: it does not answer, or not yet.
 */
export type DebuggerState = "listening" | "missing" | "silent";

/** The debugger of a service that runs, as `devenv status --json` has it. */
export interface Debugger {
  /** `127.0.0.1:2345`; null where Docker has not published it: the container is one from before. */
  readonly address: string | null;
  readonly state: DebuggerState;
}

/** Whether a service is to be run under a debugger: devenv's supervisor has to run it, which has dlv trace it. */
export const isDebugged = (service: Service): boolean =>
  service.build?.kind === "go" && service.build.debug !== undefined && isSupervised(service);

/** How the debugger is published, but for the port of this machine: for this machine alone. */
export const DEBUGGER_BINDING = { hostAddress: "127.0.0.1", containerPort: DEBUGGER_PORT, protocol: "tcp" } as const;

/** Every port that a service's containers publish: those of the profile, and the debugger's. */
export function portBindings(service: Service): readonly PortBinding[] {
  if (!isDebugged(service) || service.build?.kind !== "go") return service.ports;
  return [...service.ports, { ...DEBUGGER_BINDING, hostPort: service.build.debug?.port ?? 0 }];
}

/** The same service, built for others than who debugs it here. */
export function withoutDebugger(service: Service): Service {
  if (service.build?.kind !== "go") return service;
  return { ...service, build: { ...service.build, debug: undefined } };
}
