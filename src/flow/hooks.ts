import { stopwatch } from "../host/clock.ts";
import type { Finished } from "../host/process.ts";
import type { BuildName } from "../model/artifact.ts";
import { type Failure, failed } from "../model/failure.ts";
import type { Generation } from "../model/names.ts";
import { type Hook, type HookKind, hooksOf } from "../model/profile.ts";
import { containerNameOf } from "../plan/names.ts";
import { duration } from "../state/duration.ts";
import { publishedAddressOf } from "../state/service-status.ts";
import type { Cluster } from "./cluster.ts";
import { HookWords } from "./hook-words.ts";
import type { Swappable } from "./inputs.ts";
import type { Machine } from "./machine.ts";

/** The save that hooks are run for. */
export interface HookContext {
  readonly generation: Generation;
  /** What runs: before a build the one that is to be replaced, after a swap the new one; undefined where nothing does. */
  readonly build: BuildName | undefined;
  readonly cluster: Pick<Cluster, "name" | "daemon">;
  readonly machine: Pick<Machine, "bus" | "clock" | "processes" | "secrets">;
}

/**
 * Runs a service's hooks of one kind, one after the other, by `sh -c` in its repository on this machine. What they say
 * and how each ended goes to the bus. Does nothing where the service has none.
 * @param signal ends the hook that runs, with all that it started
 * @throws Failure (exit 1, with the hook's last lines) of the first required one that fails or outlasts its time; those
 * after it are not run. The signal's reason when it is aborted.
 */
export async function runHooks(
  kind: HookKind,
  service: Swappable,
  context: HookContext,
  signal: AbortSignal,
): Promise<void> {
  const hooks = hooksOf(service, kind);
  if (hooks.length === 0) return;
  const env = await environment(service, context);
  for (const hook of hooks) {
    signal.throwIfAborted();
    await runHook(hook, { service, context, env, signal });
  }
}

interface Run {
  readonly service: Swappable;
  readonly context: HookContext;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

async function runHook(hook: Hook, { service, context, env, signal }: Run): Promise<void> {
  const { generation, machine } = context;
  const { bus, clock, processes, secrets } = machine;
  const about = { service: service.name, generation, hook: hook.kind };
  const { command, isRequired } = hook;
  bus.dispatch({ type: "hookStarted", at: clock.now(), ...about, command });
  const words = new HookWords((line) => bus.dispatch({ type: "hookSaid", at: clock.now(), ...about, line }), secrets);
  const elapsed = stopwatch(clock);
  const finished = await processes.run("sh", ["-c", hook.command], {
    cwd: service.repo,
    env,
    signal,
    timeoutMs: hook.withinMs,
    keepsOutput: false,
    onLine: (line) => words.take(line),
  });
  signal.throwIfAborted();
  const code = finished.timedOut ? undefined : finished.code;
  const output = words.end();
  bus.dispatch({ type: "hookEnded", at: clock.now(), ...about, command, code, ms: elapsed(), isRequired });
  if (code !== 0 && isRequired) throw hookFailure(hook, service, finished, output);
}

function hookFailure(hook: Hook, service: Swappable, finished: Finished, output: string): Failure {
  const { kind, command, withinMs } = hook;
  return failed(`${service.name}: ${kind} ${howItEnded(finished, withinMs)}: ${command}`, {
    output: output === "" ? "(it said nothing)" : output,
    hint: finished.timedOut
      ? `Give it more time with x-devenv.${kind}: { command: …, within: … }, or see what it waits for.`
      : undefined,
  });
}

function howItEnded({ timedOut, code, signal, missing }: Finished, withinMs: number): string {
  if (timedOut) return `did not end within ${duration(withinMs)}`;
  if (missing) return "could not be started";
  return signal === undefined ? `ended with code ${code}` : `was ended by ${signal}`;
}

/** What a hook finds in its environment, besides what devenv itself was given. Code can be generated without a daemon. */
async function environment(service: Swappable, { build, cluster }: HookContext): Promise<Run["env"]> {
  const { containers } = await cluster.daemon.observe(cluster.name).catch(() => ({ containers: [] }));
  const name = containerNameOf(cluster.name, service);
  const container = containers.find((one) => one.name === name);
  return {
    DEVENV_SERVICE: service.name,
    DEVENV_CLUSTER: cluster.name,
    DEVENV_ENVIRONMENT: container?.environment,
    DEVENV_BUILD: build,
    DEVENV_CONTAINER: container?.name,
    DEVENV_ADDRESS: publishedAddressOf(service, container),
  };
}
