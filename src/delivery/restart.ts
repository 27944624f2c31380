import type { Daemon } from "../docker/daemon.ts";
import type { Clock } from "../host/clock.ts";
import type { ContainerDetail } from "../model/container.ts";
import { failed } from "../model/failure.ts";
import type { ArtifactDigest, ContainerId } from "../model/names.ts";
import { type InnerCommand, isSupervised, type Service } from "../model/profile.ts";
import { type Console, openConsole } from "./console.ts";
import { codeText, runInside, wordsOf } from "./inside.ts";
import { textOf } from "./supervisor-words.ts";

export interface RestartTarget {
  readonly daemon: Daemon;
  readonly container: ContainerId;
  /** An open one saves the time of attaching; one that has ended is replaced. */
  readonly console?: Console | undefined;
  /** What the pointer names now: the start that is waited for is one of this artifact. */
  readonly digest?: ArtifactDigest | undefined;
  /** Its config changed: a program that reads its files at each request (`restart: none`) reads that one at its start. */
  readonly isReconfigured?: boolean | undefined;
}

export interface Restarted {
  /** As it is after the restart: its address may have changed. */
  readonly detail: ContainerDetail;
  /** Follows the container as it runs now; undefined for one that devenv's supervisor does not run. */
  readonly console: Console | undefined;
}

/** Time for all that is not the old program's end, which has the service's own grace. */
const PATIENCE_MS = 10_000;

/**
 * Has a service take up what its pointers name, in the way that its profile says. Resolves when the new program has
 * been started, before it answers; a container that does not run is started.
 * @throws Failure when the daemon refuses, or the start does not come within the grace and ten seconds.
 */
export async function restartService(
  service: Service,
  target: RestartTarget,
  clock: Clock,
  signal: AbortSignal,
): Promise<Restarted> {
  const { daemon, container, isReconfigured } = target;
  const { swapRestart } = service;
  if (isSupervised(service)) return restartProcess(service, target, clock, signal);
  const console = isFollowed(service) ? await consoleOf(service, target, signal) : undefined;
  console?.startsAnew();
  try {
    if (swapRestart.kind === "signal") await signalOrStart(daemon, container, swapRestart.signal);
    else if (swapRestart.kind === "exec") await execOrStart(service, swapRestart.command, target, clock, signal);
    else if (swapRestart.kind !== "none" || isReconfigured) await daemon.restart(container, service.stopGraceMs);
    return { detail: await daemon.inspect(container), console };
  } catch (thrown) {
    closeOwn(console, target);
    throw thrown;
  }
}

/** Nobody else has a console that was opened for a restart, until that has succeeded. */
function closeOwn(console: Console | undefined, target: RestartTarget): void {
  if (console !== target.console) console?.close();
}

/**
 * Whether a restart needs a service's console: its supervisor tells of each start there; and of a container that goes
 * on running, only a stream that was open before tells what came after.
 */
export function isFollowed(service: Service): boolean {
  const { kind } = service.swapRestart;
  return isSupervised(service) || (service.ready?.kind === "log" && (kind === "signal" || kind === "exec"));
}

async function consoleOf(service: Service, target: RestartTarget, signal: AbortSignal): Promise<Console> {
  return target.console?.isOpen ? target.console : openConsole(target.daemon, target.container, service, signal);
}

/** A program that ends by itself just then takes its container along: it is started, on a console of its own. */
const ATTEMPTS = 3;

async function restartProcess(
  service: Service,
  target: RestartTarget,
  clock: Clock,
  signal: AbortSignal,
): Promise<Restarted> {
  const { daemon, container, digest } = target;
  const over = new AbortController();
  const late = tooLate(service, clock, AbortSignal.any([over.signal, signal]));
  let { console } = target;
  try {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      if (!console?.isOpen) console = await openConsole(daemon, container, service, signal);
      const start = console.nextStart(digest);
      const told = tell(service, { daemon, console, start, clock, signal: over.signal });
      const [started, detail] = await Promise.race([Promise.all([start, told]), late]);
      signal.throwIfAborted();
      if (started !== undefined) return { detail, console };
    }
    throw failed(`${service.name}: its container ends before its program starts`, {
      output: textOf(console?.linesSince(0) ?? []),
      hint: `Look at \`devenv logs ${service.name}\`; \`devenv down\` and \`devenv up\` make its container anew.`,
    });
  } catch (thrown) {
    closeOwn(console, target);
    throw thrown;
  } finally {
    over.abort();
  }
}

interface Telling {
  readonly daemon: Daemon;
  readonly console: Console;
  /** Resolves when the supervisor says that it has done it. */
  readonly start: Promise<unknown>;
  readonly clock: Clock;
  /** Ends the wait for that. */
  readonly signal: AbortSignal;
}

/** An order that has had no effect for so long is given as a signal; a supervisor that has it already does it once. */
const ORDER_WITHIN_MS = 2000;

/**
 * Tells the supervisor of a container, which is started where it does not run, to start its program anew. Gives the
 * container as it is while that goes on: a restart of the process changes nothing of it.
 */
async function tell({ name }: Service, telling: Telling): Promise<ContainerDetail> {
  const { daemon, console, start, clock, signal } = telling;
  const { container } = console;
  if (console.orderRestart()) {
    const detail = await daemon.inspect(container);
    if (detail.state === "paused") throw failed(`${name} is paused`, { hint: `\`docker unpause ${container}\`` });
    const late = clock.sleep(ORDER_WITHIN_MS, signal).then(
      () => true,
      () => false,
    );
    if (!(await Promise.race([late, start.then(() => false)]))) return detail;
  }
  await signalOrStart(daemon, container, "HUP");
  return daemon.inspect(container);
}

/** Runs the program that restarts it; a container that does not run is started instead. */
async function execOrStart(
  service: Service,
  command: InnerCommand,
  target: RestartTarget,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const { daemon, container } = target;
  const over = new AbortController();
  const until = AbortSignal.any([over.signal, signal]);
  const running = runInside(target, wordsOf(command), until);
  try {
    const { code, output } = await Promise.race([running, tooLate(service, clock, until)]);
    if (code === 0) return;
    const hint = `It is what x-devenv.restart of ${service.name} runs in its container.`;
    throw failed(`${service.name} was not restarted: ${codeText(code, command)}`, {
      output: output || undefined,
      hint,
    });
  } catch (thrown) {
    const { state } = await daemon.inspect(container);
    if (state === "running" || state === "paused") throw thrown;
    await daemon.start(container);
  } finally {
    over.abort();
    running.catch(() => undefined);
  }
}

/** Rejects when the time for a restart is over; never when the signal comes first. */
function tooLate(service: Service, clock: Clock, signal: AbortSignal): Promise<never> {
  const ms = service.stopGraceMs + PATIENCE_MS;
  const late = clock.sleep(ms, signal).then(
    () => {
      throw failed(`${service.name} was told to restart and did not, within ${ms / 1000} s`, {
        hint: `Look at \`devenv logs ${service.name}\`; \`devenv down\` and \`devenv up\` make its container anew.`,
      });
    },
    () => new Promise<never>(() => undefined),
  );
  late.catch(() => undefined); // it may come when nobody waits any more
  return late;
}

/** Sends a signal to a container that runs; one that does not is started instead. */
async function signalOrStart(daemon: Daemon, container: ContainerId, signal: string): Promise<void> {
  try {
    await daemon.signal(container, signal);
  } catch (thrown) {
    const { state } = await daemon.inspect(container);
    if (state === "running" || state === "paused") throw thrown;
    await daemon.start(container);
  }
}
