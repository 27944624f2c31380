import { isSameRelease, type Release } from "../model/artifact.ts";
import type { SwapEvent } from "../model/event.ts";
import type { FailureReport } from "../model/failure.ts";
import { type Generation, generation, type ServiceName } from "../model/names.ts";
import { type Command, type Next, type Phase, type Swap, TRIAL_STAGES, type Trial } from "./swap.ts";

/** A service at rest, running `good`. */
export const atRest = (service: ServiceName, good: Release | undefined): Swap => ({
  service,
  newest: generation(0),
  good,
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

/**
 * (swap, event) -> next swap + commands. Pure: no clock, no daemon. An event of a generation that is no longer the one
 * awaited changes nothing; that is checked here and nowhere else.
 */
export function next(swap: Swap, event: SwapEvent): Next {
  if (isVoid(swap, event)) return stay(swap);
  switch (event.type) {
    case "saved":
      return saved(swap, event.generation);
    case "built":
      return built(swap, event.generation, event.release);
    case "buildFailed":
      return stay({ ...swap, build: { is: "none" } });
    case "delivered":
      return advance(swap, "restarting", { kind: "restart", generation: event.generation });
    case "restarted":
      return advance(swap, "probing", { kind: "probe", generation: event.generation });
    case "ready":
      return ready(swap);
    case "committed":
      return committed(swap);
    case "notReady":
      return notReady(swap, event.failure);
    case "died":
      return died(swap, event.failure);
    case "rolledBack":
      return afterRollback(swap, (phase) => ({ ...phase, is: "rolledBack" }));
    case "rollbackFailed":
      return afterRollback(swap, (phase) => ({ ...phase, is: "failed", failure: event.failure }));
    case "unchanged":
      return stay(swap); // announces what was decided here
    default:
      return event satisfies never;
  }
}

/** Whether an event comes too late: its generation is not the one that its part of the swap is busy with. */
function isVoid(swap: Swap, event: SwapEvent): boolean {
  switch (event.type) {
    case "saved":
      return event.generation <= swap.newest;
    case "built":
    case "buildFailed":
      return swap.build.is !== "building" || swap.build.generation !== event.generation;
    case "delivered":
      return !isBusyWith(swap.phase, "delivering", event.generation);
    case "restarted":
      return !isBusyWith(swap.phase, "restarting", event.generation);
    case "ready":
      return !isBusyWith(swap.phase, "probing", event.generation);
    case "committed":
      return !isBusyWith(swap.phase, "committing", event.generation);
    case "notReady":
      return !isTrial(swap.phase) || swap.phase.generation !== event.generation;
    case "died":
      return !isBusyWith(swap.phase, "committed", event.generation);
    case "rolledBack":
    case "rollbackFailed":
      return !isBusyWith(swap.phase, "rollingBack", event.generation);
    case "unchanged":
      return false;
    default:
      return event satisfies never;
  }
}

const isTrial = (phase: Phase): phase is Trial => TRIAL_STAGES.some((stage) => stage === phase.is);

const isBusyWith = (phase: Phase, is: Phase["is"], generation: Generation): boolean =>
  phase.is === is && phase.is !== "idle" && phase.generation === generation;

const stay = (swap: Swap, ...commands: Command[]): Next => ({ swap, commands });

/** A newer save makes a running build void at once; the container finishes what it is doing. */
function saved(swap: Swap, newest: Generation): Next {
  const running: Command[] =
    swap.build.is === "building" ? [{ kind: "cancelBuild", generation: swap.build.generation }] : [];
  return stay({ ...swap, newest, build: { is: "building", generation: newest } }, ...running, {
    kind: "build",
    generation: newest,
  });
}

function built(swap: Swap, generation: Generation, release: Release): Next {
  const idle: Swap = { ...swap, build: { is: "none" } };
  if (isSameRelease(release, inPlace(swap))) return stay(idle, { kind: "tellUnchanged", generation, release });
  switch (swap.phase.is) {
    case "delivering":
    case "restarting":
    case "committing":
    case "rollingBack":
      return stay({ ...swap, build: { is: "waiting", generation, release } });
    case "probing":
      return deliver(idle, generation, release, [{ kind: "cancelProbe", generation: swap.phase.generation }]);
    default:
      return deliver(idle, generation, release);
  }
}

/**
 * What the container runs, or is about to. After a roll-back, be it under way, done or failed, nothing is relied upon: a
 * save that gives the last good release is delivered like any other, so that it brings the service back and is committed.
 */
function inPlace({ phase, good }: Swap): Release | undefined {
  if (isTrial(phase)) return phase.release;
  return phase.is === "idle" || phase.is === "committed" ? good : undefined;
}

/** The newest release that runs, is on its way to the container, or waits for it: what a change of the config comes on top of. */
export const newestRelease = ({ build, phase, good }: Swap): Release | undefined =>
  build.is === "waiting" ? build.release : isTrial(phase) ? phase.release : good;

function deliver(swap: Swap, generation: Generation, release: Release, before: readonly Command[] = []): Next {
  const phase: Phase = { is: "delivering", generation, release };
  return {
    swap: { ...swap, build: { is: "none" }, phase },
    commands: [...before, { kind: "deliver", generation, release, good: swap.good }],
  };
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
    return stay({ ...swap, phase: { ...trial, is: "committing" } }, { kind: "commit", generation, release });
  });
}

/** Only what is written down as good is relied upon as good. */
function committed(swap: Swap): Next {
  return onTrial(swap, ({ generation, release }) => {
    const phase: Phase = { is: "committed", generation, release, before: swap.good };
    const settled: Swap = { ...swap, good: release, phase };
    return waitingFirst(settled, () => stay(settled));
  });
}

function notReady(swap: Swap, failure: FailureReport): Next {
  return onTrial(swap, (trial) => waitingFirst(swap, () => goBack(swap, trial, failure)));
}

/** A release that answered and then ended by itself is no longer good; what was good before it is, again. */
function died(swap: Swap, failure: FailureReport): Next {
  const { phase } = swap;
  return phase.is === "committed" ? goBack({ ...swap, good: phase.before }, phase, failure) : stay(swap);
}

function goBack(swap: Swap, { generation, release }: Omit<Trial, "is">, failure: FailureReport): Next {
  const to = swap.good;
  if (to === undefined) return stay({ ...swap, phase: { is: "failed", generation, failure } });
  const command: Command = { kind: "rollBack", generation, from: release, to, failure };
  return stay({ ...swap, phase: { is: "rollingBack", generation, failure } }, command);
}

type RollingBack = Extract<Phase, { is: "rollingBack" }>;

function afterRollback(swap: Swap, settle: (phase: RollingBack) => Phase): Next {
  if (swap.phase.is !== "rollingBack") return stay(swap);
  const settled: Swap = { ...swap, phase: settle(swap.phase) };
  return waitingFirst(settled, () => stay(settled));
}

const AT_REST: ReadonlySet<Phase["is"]> = new Set(["idle", "committed", "rolledBack", "failed"]);

/** Whether nothing is done to the container. */
export const isAtRest = (phase: Phase): boolean => AT_REST.has(phase.is);

/** Whether nothing is under way any more: what a one-shot swap and a clean shutdown wait for. */
export const isSettled = (swap: Swap): boolean =>
  swap.build.is === "none" && !isTrial(swap.phase) && swap.phase.is !== "rollingBack";
