import { type Clock, stopwatch } from "../host/clock.ts";
import { asFailure, Failure, failed, interrupted, report } from "../model/failure.ts";
import type { Action, Operation, Plan, Step, StepId } from "../model/operation.ts";
import type { Bus } from "../state/bus.ts";

export type StepProgress = (progress: { note: string; done?: number; total?: number }) => void;

/**
 * Does one operation: one call on the daemon, the mount or the source. It carries no decisions. `undoing` is the failure
 * that an inverse takes back.
 */
export type Perform = (
  operation: Operation,
  progress: StepProgress,
  signal: AbortSignal,
  undoing?: Failure,
) => Promise<void>;

export interface ApplyContext {
  readonly bus: Bus;
  readonly clock: Clock;
  /** Aborted by Ctrl-C: steps under way finish their operation and go back, no other step begins. */
  readonly signal: AbortSignal;
}

/**
 * Runs a plan: every step as soon as the steps before it have ended well, all others at the same time. A failed step
 * undoes what it did, the steps that wait for it are left out, the rest goes on.
 * @throws Failure that names the failed steps, or the interruption.
 */
export async function apply(plan: Plan, perform: Perform, context: ApplyContext): Promise<void> {
  const failures: { step: Step; failure: Failure }[] = [];
  const running = new Map<StepId, Promise<boolean>>();

  // Whether the step ended well. Steps are started lazily, through those that wait for them.
  const run = (step: Step): Promise<boolean> => {
    const started = running.get(step.id);
    if (started) return started;
    const outcome = runAfter(step);
    running.set(step.id, outcome);
    return outcome;
  };
  const byId = new Map(plan.steps.map((step) => [step.id, step]));
  const runAfter = async (step: Step): Promise<boolean> => {
    const steps = (ids: readonly StepId[]) => ids.flatMap((id) => byId.get(id) ?? []);
    const [ended] = await Promise.all([
      Promise.all(steps(step.after).map(run)),
      Promise.all(steps(step.afterAttempt ?? []).map(run)),
    ]);
    if (context.signal.aborted || ended.includes(false)) return false;
    const failure = await runStep(step, perform, context);
    if (failure) failures.push({ step, failure });
    return failure === undefined;
  };

  await Promise.all(plan.steps.map(run));
  if (context.signal.aborted) throw interrupted();
  if (failures.length > 0) throw summary(failures);
}

async function runStep(step: Step, perform: Perform, context: ApplyContext): Promise<Failure | undefined> {
  const { bus, clock, signal } = context;
  const ms = stopwatch(clock);
  const progress: StepProgress = (what) =>
    bus.dispatch({ type: "stepProgress", at: clock.now(), step: step.id, ...what });
  bus.dispatch({ type: "stepStarted", at: clock.now(), step: step.id, title: step.title, cause: step.cause });
  const done: Action[] = [];
  let begun: Action | undefined;
  try {
    for (const action of step.actions) {
      signal.throwIfAborted();
      begun = action;
      await perform(action.do, progress, signal);
      begun = undefined;
      done.push(action);
    }
    bus.dispatch({ type: "stepDone", at: clock.now(), step: step.id, ms: ms() });
    return undefined;
  } catch (thrown) {
    const failure = signal.aborted ? interrupted() : asFailure(thrown);
    const complete = await goBack({ done, begun }, failure, perform, progress, signal);
    bus.dispatch({ type: "stepFailed", at: clock.now(), step: step.id, ms: ms(), failure: report(complete) });
    return complete;
  }
}

/** What a step did before it failed: what was done, in order, and what may have done its work or not. */
interface HalfDone {
  readonly done: readonly Action[];
  readonly begun: Action | undefined;
}

/** The inverses of an operation that did nothing fail where they are these: of a name that was never given, say. */
const MAY_BE_NEEDLESS: ReadonlySet<Operation["kind"]> = new Set(["rename", "remove", "stop"]);

/**
 * Takes back what a step did, the newest first, each inverse even if another fails, and says in the failure how it went.
 * Ctrl-C leaves none of it half done; only whether what ran before answers is waited for no longer.
 */
async function goBack(
  { done, begun }: HalfDone,
  failure: Failure,
  perform: Perform,
  progress: StepProgress,
  signal: AbortSignal,
): Promise<Failure> {
  const half = begun?.undo ?? [];
  const whole = done.toReversed().flatMap(({ undo = [] }) => undo);
  const isBack = whole.length > 0 || half.some(({ kind }) => kind === "start" || kind === "restartProcess");
  if (isBack) progress({ note: "going back to what worked" });
  const problems = new Set<string>();
  const tryOne = async (operation: Operation, isNeeded: boolean): Promise<boolean> => {
    const until = operation.kind === "await" ? signal : new AbortController().signal;
    try {
      until.throwIfAborted();
      await perform(operation, progress, until, failure);
    } catch (thrown) {
      if (isNeeded && !until.aborted) problems.add(problemOf(operation, asFailure(thrown)));
      return false;
    }
    return true;
  };
  let isStarted = true;
  for (const [index, operation] of [...half, ...whole].entries()) {
    if (operation.kind === "await" && !isStarted) continue;
    isStarted = await tryOne(operation, index >= half.length || !MAY_BE_NEEDLESS.has(operation.kind));
  }
  if (problems.size > 0) return withProblems(failure, [...problems]);
  return isBack ? withRelief(failure) : failure;
}

const problemOf = ({ kind }: Operation, { message }: Failure): string =>
  kind === "await" ? `what ran before was started, and ${message}` : message;

/** Who is stuck wants to know first whether the service still runs. */
function withRelief(failure: Failure): Failure {
  const details = { ...failure, cause: failure.cause, hint: after(failure.hint, "What ran before is back in place.") };
  return new Failure(failure.class, failure.message, details);
}

function withProblems(failure: Failure, problems: readonly string[]): Failure {
  const words = `Going back did not succeed whole: ${problems.join("; ")}. Run \`devenv up\` again.`;
  return failed(failure.message, {
    hint: after(failure.hint, words),
    output: failure.output,
    end: failure.end,
    cause: failure,
    exitCode: failure.exitCode,
  });
}

const after = (hint: string | undefined, words: string): string => (hint === undefined ? words : `${hint}\n${words}`);

function summary(failures: readonly { step: Step; failure: Failure }[]): Failure {
  const [first] = failures;
  if (first !== undefined && failures.length === 1) return first.failure;
  return failed(`${failures.length} steps failed`, {
    problems: failures.map(({ step, failure }) => ({
      step: step.title,
      message: failure.message,
      ...(failure.hint !== undefined && { hint: failure.hint }),
    })),
    output: lastLines(failures),
    exitCode: Math.max(...failures.map(({ failure }) => failure.exitCode)),
  });
}

/** Of each program's last words, as many lines as leave room for the others'. */
const LINES = 10;

/** What failed programs said last, each line with its service; undefined when none said anything. */
function lastLines(failures: readonly { step: Step; failure: Failure }[]): string | undefined {
  const said = failures.flatMap(({ step, failure }) => {
    const lines = failure.output?.trimEnd().split("\n").slice(-LINES) ?? [];
    return lines.map((line) => `${step.service ?? step.title} | ${line}`);
  });
  return said.length === 0 ? undefined : said.join("\n");
}
