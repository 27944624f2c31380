import { DEBUGGER_PORT } from "../model/debugger.ts";
import type { Checked } from "./checked.ts";
import { containerPorts } from "./checks-extension.ts";
import { replicasOf } from "./checks-service.ts";
import type { ServiceData } from "./compose-schema.ts";
import { debuggerWish } from "./resolve-builder.ts";

/** Whether a service that is to be run under a debugger can be: devenv's supervisor runs dlv, and publishes its port. */
export function checkDebugger(name: string, service: ServiceData, { problems, mayHave }: Checked): void {
  const { build, restart } = service["x-devenv"] ?? {};
  const wish = build && debuggerWish(build);
  if (wish === undefined) return;
  const path = ["services", name, "x-devenv", "build", "debug"];
  const hasNoCommand = service.command == null && !mayHave(["services", name], "command");
  if (hasNoCommand || (restart ?? "process") !== "process") {
    const hint = "give it a command, and restart: process: the debugger is run by devenv's supervisor";
    problems.atKey(path, `${name} cannot be run under a debugger: devenv does not start its program`, hint);
  }
  if (service.network_mode !== undefined && service.network_mode !== "bridge") {
    const message = `${name} has no network of its own (${service.network_mode}) on which to publish its debugger`;
    problems.atKey(path, message, "take network_mode away, or debug");
  }
  if (containerPorts(service).includes(DEBUGGER_PORT)) {
    const hint = `devenv publishes it: take ${DEBUGGER_PORT} out of ports and expose, and write debug: { port: … }`;
    problems.atKey(path, `${name} uses port ${DEBUGGER_PORT} itself, where its debugger listens`, hint);
  }
  const { replicas } = replicasOf(service);
  if (replicas < 2 || wish.port === undefined) return;
  const message = `${name} runs ${replicas} times, and only one of them can have port ${wish.port} of this machine`;
  problems.atKey([...path, "port"], message, "write debug: true: each gets a free one");
}
