import type { Clock } from "../host/clock.ts";
import type { ProgramEnd } from "../model/failure.ts";
import type { Service } from "../model/profile.ts";
import { awaitEnd, explainEnd, lastLines } from "./crash.ts";
import { awaitHealthy } from "./health.ts";
import { awaitPort, probePort } from "./probe.ts";
import { awaitExec, execOnce } from "./probe-exec.ts";
import { awaitLine, lineSaid } from "./probe-log.ts";
import { never, type ReadyTarget, type Verdict } from "./ready-target.ts";
import { awaitSetup, setupIsRunning } from "./setup.ts";
import { textOf } from "./supervisor-words.ts";

export type ReadyResult =
  | { readonly ready: true; readonly ms: number }
  | {
      readonly ready: false;
      /** Where its program ended. */
      readonly end?: ProgramEnd | undefined;
      /** To follow the service's name: "did not listen on port 8080 within 10 s". */
      readonly reason: string;
      /** The program's last lines, or its health check's. */
      readonly output: string | undefined;
    };

/**
 * How long a program without probe and health check must stay up to count as started. Measured, for one that crashes at
 * its start: the daemon tells its end 150 ms (median) to 290 ms after the start, on two cores busy with much else.
 */
const STAYS_UP_MS = 1000;

/**
 * Waits until a service that has been started is ready: its probe is answered, else Docker's health check passes, else
 * it runs and goes on running. Ends early when its program ends or the signal comes; a service that does not become
 * ready is a result, not an error.
 * @throws Failure when the daemon does not answer.
 */
export async function awaitReady(
  service: Service,
  target: ReadyTarget,
  clock: Clock,
  signal: AbortSignal,
): Promise<ReadyResult> {
  const begun = clock.monotonic();
  const decided = new AbortController();
  const until = AbortSignal.any([signal, decided.signal]);
  try {
    const first = await Promise.race([
      awaitEnd(target, until),
      wellness(service, target, clock, until),
      aborted(until),
    ]);
    const verdict =
      "ready" in first
        ? await explainSilence(first, clock.monotonic() - begun, service, target, signal)
        : await explainEnd(first, service.name, target, clock, until);
    return verdict.ready
      ? { ready: true, ms: clock.monotonic() - begun }
      : { output: undefined, ...verdict, ready: false };
  } finally {
    decided.abort();
  }
}

/** Why a service that goes on running does not answer, with its last lines. */
async function explainSilence(
  verdict: Verdict,
  ms: number,
  service: Service,
  target: ReadyTarget,
  signal: AbortSignal,
): Promise<Verdict> {
  if (verdict.ready || signal.aborted) return verdict;
  const setup = target.hasSetup ? await setupIsRunning(target, ms, signal) : undefined;
  const detail = await target.daemon.inspect(target.container).catch(() => undefined);
  const output = verdict.output ?? textOf(await lastLines(service.name, target, detail));
  return { ready: false, reason: setup ?? verdict.reason, output };
}

/** Whether a service answers its probe at this moment: one attempt, no longer than a few seconds; true without one. */
export async function probeOnce(
  { name, ready }: Pick<Service, "name" | "ready">,
  target: ReadyTarget,
): Promise<boolean> {
  switch (ready?.kind) {
    case undefined:
      return true;
    case "exec":
      return execOnce(ready, target);
    case "log":
      return lineSaid(ready, name, target);
    case "http":
    case "tcp":
      return (await probePort(ready, target, 999, new AbortController().signal)).ready;
    default:
      return ready satisfies never;
  }
}

function wellness(service: Service, target: ReadyTarget, clock: Clock, signal: AbortSignal): Promise<Verdict> {
  const { ready } = service;
  switch (ready?.kind) {
    case undefined:
      return withoutProbe(service, target, clock, signal);
    case "exec":
      return awaitExec(ready, target, clock, signal);
    case "log":
      return awaitLine(ready, service.name, target, clock, signal);
    case "http":
    case "tcp":
      return awaitPort(ready, target, clock, signal);
    default:
      return ready satisfies never;
  }
}

function withoutProbe(service: Service, target: ReadyTarget, clock: Clock, signal: AbortSignal): Promise<Verdict> {
  const test = service.healthcheck?.test[0];
  const hasCheck = test !== undefined && test !== "NONE";
  return hasCheck ? awaitHealthy(target, clock, signal) : staysUp(target, clock, signal);
}

async function staysUp(target: ReadyTarget, clock: Clock, signal: AbortSignal): Promise<Verdict> {
  const { daemon, container, hasSetup } = target;
  try {
    const late = hasSetup ? await awaitSetup(target, clock, signal) : undefined;
    if (late !== undefined) return late;
    await clock.sleep(STAYS_UP_MS, signal);
    const { state } = await daemon.inspect(container);
    return state === "running" ? { ready: true, reason: "runs" } : never(); // its end is being told
  } catch (thrown) {
    if (signal.aborted) return never();
    throw thrown;
  }
}

function aborted(signal: AbortSignal): Promise<Verdict> {
  const verdict: Verdict = { ready: false, reason: "was not waited for to the end" };
  if (signal.aborted) return Promise.resolve(verdict);
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(verdict), { once: true }));
}
