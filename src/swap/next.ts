import { isSameRelease, type Release } from "../model/artifact.ts";
import type { SwapEvent } from "../model/event.ts";
import type { FailureReport } from "../model/failure.ts";
import { type Generation, generation, type ServiceName } from "../model/names.ts";
import { isTrial, isVoid } from "./stale.ts";
import { type Build, type Command, type Next, type Phase, type Swap, type Trial, undelivered } from "./swap.ts";

/**
 * A service at rest, running `good`.
 * @param isChecked whether what is ready is checked by hooks before it is committed
 */
export const atRest = (service: ServiceName, good: Release | undefined, isChecked = false): Swap => ({
  service,
  newest: generation(0),
  good,
  isChecked,
  build: { is: "none" },
  phase: { is: "idle" },
});

/** A devenv was ended in the middle of putting `trial` in place: the last good release is brought back first. */
export function interruptedSwap(swap: Swap, trial: Release): Next {
  const failure: FailureReport = { class: "environment", message: "the swap was interrupted" };
  if (swap.good === undefined) return stay(swap);
  const command: Command = { kind: "rollBack", generation: swap.newest, from: trial, to: swap.good, failure };
  return stay({ ...swap, phase: { is: "rollingBack", generation: swap.newest, failure } }, command);
}

/** A devenv was ended while `release` settled: that goes on where it was. */
export function resumedSwap(swap: Swap, release: Release): Next {
  const generation = swap.newest;
  const command: Command = { kind: "settle", generation, release, isResumed: true };
  return stay({ ...swap, phase: { is: "settling", generation, release } }, command);
}

/**
 * (swap, event) -> next swap + commands. Pure: no clock, no daemon. An event of a generation that is no longer the one
 * awaited changes nothing; stale.ts checks that, and nobody else.
 */
export function next(swap: Swap, event: SwapEvent): Next {
  if (isVoid(swap, event)) return stay(swap);
  switch (event.type) {
    case "saved":
      return saved(swap, event.generation);
    case "built":
      return built(swap, event.generation, event.release);
    case "buildFailed":
      return buildFailed(swap);
    case "delivered":
      return advance(swap, "restarting", { kind: "restart", generation: event.generation });
    case "restarted":
      return advance(swap, "probing", { kind: "probe", generation: event.generation });
    case "ready":
      return ready(swap);
    case "checked":
      return onTrial(swap, (trial) => toCommit(swap, trial));
    case "committed":
      return committed(swap);
    case "settled":
      return settled(swap);
    case "replaced":
      return stay({ ...swap, phase: { is: "idle" } });
    case "notReady":
      return notReady(swap, event.failure);
    case "died":
      return died(swap, event.failure);
    case "rolledBack":
      return afterRollback(swap, (phase) => ({ ...phase, is: "rolledBack" }));
    case "rollbackFailed":
      return afterRollback(swap, (phase) => ({ ...phase, is: "failed", failure: event.failure }));
    case "unchanged":
    case "superseded":
      return stay(swap); // announces what was decided here
    default:
      return event satisfies never;
  }
}

const stay = (swap: Swap, ...commands: Command[]): Next => ({ swap, commands });

/** A newer save makes void at once what is being built; what is built already, only once it is built itself. */
function saved(swap: Swap, newest: Generation): Next {
  const over = undelivered(swap.build);
  const build: Build = { is: "building", generation: newest, ...(over && { over }) };
  return stay({ ...swap, newest, build }, ...overtaken(swap.build, newest), { kind: "build", generation: newest });
}

function overtaken(build: Build, by: Generation): Command[] {
  if (build.is !== "building") return [];
  const { generation } = build;
  return [
    { kind: "cancelBuild", generation },
    { kind: "tellSuperseded", generation, by },
  ];
}

function built(swap: Swap, generation: Generation, release: Release): Next {
  const over = undelivered(swap.build);
  const before: Command[] = over ? [{ kind: "tellSuperseded", generation: over.generation, by: generation }] : [];
  const then = arrived(swap, generation, release);
  return { ...then, commands: [...before, ...then.commands] };
}

/** A save that does not build takes nothing from the newest one that did, and that has not been delivered yet. */
function buildFailed(swap: Swap): Next {
  const over = undelivered(swap.build);
  return over ? arrived(swap, over.generation, over.release) : stay({ ...swap, build: { is: "none" } });
}

/** To the container, now or when it is free, unless it has it already. */
function arrived(swap: Swap, generation: Generation, release: Release): Next {
  const idle: Swap = { ...swap, build: { is: "none" } };
  if (isSameRelease(release, inPlace(swap))) return stay(idle, { kind: "tellUnchanged", generation, release });
  switch (swap.phase.is) {
    case "delivering":
    case "restarting":
    case "committing":
    case "rollingBack":
      return stay({ ...swap, build: { is: "waiting", generation, release } });
    default:
      return deliver(idle, generation, release);
  }
}

/**
 * What the container runs, or is about to. After a roll-back, be it under way, done or failed, nothing is relied upon: a
 * save that gives the last good release is delivered like any other, so that it brings the service back and is committed.
 */
function inPlace({ phase, good }: Swap): Release | undefined {
  if (isTrial(phase) || phase.is === "settling") return phase.release;
  return phase.is === "idle" ? good : undefined;
}

/**
 * The newest release that runs, is on its way to the container, waits for it, or waited until a newer save came: what a
 * change of the config comes on top of.
 */
export const newestRelease = ({ build, phase, good }: Swap): Release | undefined =>
  undelivered(build)?.release ?? (isTrial(phase) || phase.is === "settling" ? phase.release : good);

function deliver(swap: Swap, generation: Generation, release: Release): Next {
  const { good } = swap;
  const phase: Phase = { is: "delivering", generation, release };
  const before = displaced(swap.phase, generation);
  return stay({ ...swap, build: { is: "none" }, phase }, ...before, { kind: "deliver", generation, release, good });
}

/** What becomes of the generation whose place in the container a newer one takes. */
function displaced(phase: Phase, by: Generation): Command[] {
  switch (phase.is) {
    case "probing":
    case "checking": {
      const { generation } = phase;
      const cancel: Command = { kind: phase.is === "probing" ? "cancelProbe" : "cancelCheck", generation };
      return [cancel, { kind: "tellSuperseded", generation, by }];
    }
    case "delivering":
    case "restarting":
    case "committing":
      return [{ kind: "tellSuperseded", generation: phase.generation, by }];
    case "settling":
      return [{ kind: "tellReplaced", generation: phase.generation, by }];
    case "idle":
    case "rollingBack":
    case "rolledBack":
    case "failed":
      return []; // it has ended
    default:
      return phase satisfies never;
  }
}

/** To the trial's next stage, unless a newer build waits: then that one is delivered instead. */
function advance(swap: Swap, is: Trial["is"], command: Command): Next {
  return onTrial(swap, (trial) => waitingFirst(swap, () => stay({ ...swap, phase: { ...trial, is } }, command)));
}

const onTrial = (swap: Swap, then: (trial: Trial) => Next): Next =>
  isTrial(swap.phase) ? then(swap.phase) : stay(swap);

function waitingFirst(swap: Swap, otherwise: () => Next): Next {
  const { build } = swap;
  return build.is === "waiting" ? deliver(swap, build.generation, build.release) : otherwise();
}

function ready(swap: Swap): Next {
  return onTrial(swap, (trial) => {
    const { generation, release } = trial;
    if (!swap.isChecked) return toCommit(swap, trial);
    return stay({ ...swap, phase: { ...trial, is: "checking" } }, { kind: "check", generation, release });
  });
}

function toCommit(swap: Swap, trial: Trial): Next {
  const { generation, release } = trial;
  return stay({ ...swap, phase: { ...trial, is: "committing" } }, { kind: "commit", generation, release });
}

/** It answers; what is good stays what it was until this one has settled. */
function committed(swap: Swap): Next {
  return onTrial(swap, ({ generation, release }) => {
    const settling: Swap = { ...swap, phase: { is: "settling", generation, release } };
    return waitingFirst(settling, () => stay(settling, { kind: "settle", generation, release }));
  });
}

/** The one place where what is good changes. */
const settled = (swap: Swap): Next =>
  stay(swap.phase.is === "settling" ? { ...swap, good: swap.phase.release, phase: { is: "idle" } } : swap);

/** A newer build that waits takes its place; there is no need to go back first. */
function notReady(swap: Swap, failure: FailureReport): Next {
  return onTrial(swap, (trial) => {
    const { generation } = trial;
    return waitingFirst({ ...swap, phase: { is: "failed", generation, failure } }, () => goBack(swap, trial, failure));
  });
}

/** A release that answered and then ended by itself was never good. */
const died = (swap: Swap, failure: FailureReport): Next =>
  swap.phase.is === "settling" ? goBack(swap, swap.phase, failure) : stay(swap);

function goBack(swap: Swap, { generation, release }: Omit<Trial, "is">, failure: FailureReport): Next {
  const to = swap.good;
  if (to === undefined) return stay({ ...swap, phase: { is: "failed", generation, failure } });
  const command: Command = { kind: "rollBack", generation, from: release, to, failure };
  return stay({ ...swap, phase: { is: "rollingBack", generation, failure } }, command);
}

type RollingBack = Extract<Phase, { is: "rollingBack" }>;

function afterRollback(swap: Swap, end: (phase: RollingBack) => Phase): Next {
  if (swap.phase.is !== "rollingBack") return stay(swap);
  const ended: Swap = { ...swap, phase: end(swap.phase) };
  return waitingFirst(ended, () => stay(ended));
}

const AT_REST: ReadonlySet<Phase["is"]> = new Set(["idle", "settling", "rolledBack", "failed"]);

/** Whether nothing is done to the container. */
export const isAtRest = (phase: Phase): boolean => AT_REST.has(phase.is);

/**
 * Whether something is under way that a one-shot swap and a clean shutdown wait for. A settling is not: a later devenv
 * goes on with it.
 */
export const isUnderWay = ({ build, phase }: Swap): boolean => build.is !== "none" || !isAtRest(phase);
