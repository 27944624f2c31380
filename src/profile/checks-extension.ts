import type { Checked } from "./checked.ts";
import type { ServiceData } from "./compose-schema.ts";
import { makesSeveral } from "./resolve-builder.ts";

type Extension = NonNullable<ServiceData["x-devenv"]>;
type Written = NonNullable<Extension["build"]>;
type Report = Pick<Checked, "problems" | "mayHave">;

/** Whether `x-devenv` of a service fits with the rest of it. */
export function checkExtension(name: string, service: ServiceData, { problems, mayHave }: Report): void {
  const extension = service["x-devenv"];
  if (extension === undefined) return;
  const path = ["services", name, "x-devenv"];
  if (extension.build !== undefined) checkBuild(name, extension, extension.build, { problems, mayHave });
  checkHooks(name, extension, { problems, mayHave });
  if (extension.restart === "process" && service.command == null && !mayHave(["services", name], "command")) {
    const hint = "write the program under command: devenv's supervisor starts it";
    problems.at([...path, "restart"], `${name} restarts its process but has no command`, hint);
  }
  if (extension.build !== undefined && /^(SIG)?HUP$/i.test(service.stop_signal ?? "")) {
    const hint =
      "HUP tells devenv's supervisor to restart the program; give another signal, or x-devenv.restart: container";
    const isSupervised = (extension.restart ?? "process") === "process" && service.command != null;
    if (isSupervised) problems.at(["services", name, "stop_signal"], `${name} would restart instead of stop`, hint);
  }
  if (extension.ready !== undefined) checkReadyPort(name, service, extension.ready, { problems, mayHave });
}

/** Hooks run at a save: without a work tree there is none, and without a build nothing is before it. */
function checkHooks(
  name: string,
  extension: NonNullable<ServiceData["x-devenv"]>,
  { problems, mayHave }: Report,
): void {
  const path = ["services", name, "x-devenv"];
  const needs = [
    ["before_build", "repo", "repo: the folder to run it in"],
    ["before_build", "build", "build: { go: ./cmd/… }"],
    ["after_swap", "repo", "repo: the folder to run it in"],
  ] as const;
  for (const [hook, key, hint] of needs) {
    if (extension[hook] === undefined || extension[key] !== undefined || mayHave(path, key)) continue;
    problems.atKey([...path, hook], `${name} has x-devenv.${hook} but no x-devenv.${key}`, hint);
  }
}

function checkBuild(name: string, extension: Extension, build: Written, { problems, mayHave }: Report): void {
  const path = ["services", name, "x-devenv"];
  if (extension.repo === undefined && !mayHave(path, "repo")) {
    const message = `${name} has x-devenv.build but no x-devenv.repo`;
    problems.atKey([...path, "build"], message, "repo: the folder to build in");
  }
  if (extension.artifact === "file" && makesSeveral(build)) {
    const hint = "write artifact: tree, or leave it out";
    problems.at([...path, "artifact"], `${name} builds several programs, and they make no file`, hint);
  }
}

/** The TCP ports that a service says it listens on. */
export function containerPorts({ ports = [], expose = [] }: ServiceData): number[] {
  const published = ports.flat().map(({ containerPort, protocol }) => ({ port: containerPort, protocol }));
  const all = [...published, ...expose.flat()].filter(({ protocol }) => protocol === "tcp");
  return [...new Set(all.map(({ port }) => port))];
}

type WrittenReady = NonNullable<NonNullable<ServiceData["x-devenv"]>["ready"]>;

function checkReadyPort(name: string, service: ServiceData, { exec, log, port }: WrittenReady, report: Report): void {
  if (exec !== undefined || log !== undefined) return;
  const { problems, mayHave } = report;
  const ports = containerPorts(service);
  const path = ["services", name, "x-devenv", "ready"];
  if (mayHave(["services", name], "ports") || mayHave(["services", name], "expose")) return;
  if (port === undefined && ports.length !== 1 && !mayHave(path, "port")) {
    problems.atKey(path, `the ready probe of ${name} names no port`, `port: ${ports.join(" or ") || 8080}`);
  } else if (port !== undefined && ports.length > 0 && !ports.includes(port)) {
    const hint = `the container's ports are ${ports.join(", ")}; add expose: ["${port}"] when it listens there, too`;
    problems.at([...path, "port"], `${name} is probed on port ${port}, which it neither publishes nor exposes`, hint);
  }
}
