import { describe, expect, test } from "vitest";
import { apply, type Perform } from "../../../src/flow/apply.ts";
import type { Clock } from "../../../src/host/clock.ts";
import type { Event } from "../../../src/model/event.ts";
import { EXIT, environmentFailure, Failure } from "../../../src/model/failure.ts";
import { serviceName } from "../../../src/model/names.ts";
import type { Operation, Plan, Step } from "../../../src/model/operation.ts";
import { createBus } from "../../../src/state/bus.ts";

const stillClock: Clock = { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve() };

const start = (container: string): Operation => ({ kind: "start", container });
const stop = (container: string): Operation => ({ kind: "stop", container, graceMs: 0 });

function step(id: string, after: string[], ...actions: Step["actions"]): Step {
  return { id, title: id, cause: "test", after, actions };
}

const name = (operation: Operation) => `${operation.kind} ${"container" in operation ? operation.container : ""}`;

/** Records what was performed; operations named in `failing` fail, those in `blocked` wait for their release. */
function recorder(failing: Record<string, Error> = {}) {
  const done: string[] = [];
  const perform: Perform = async (operation) => {
    done.push(name(operation));
    const failure = failing[name(operation)];
    if (failure !== undefined) throw failure;
  };
  return { done, perform };
}

function context(signal = new AbortController().signal) {
  const bus = createBus();
  const events: Event[] = [];
  bus.subscribe((event) => events.push(event));
  return { bus, clock: stillClock, signal, events };
}

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  return work.then(
    () => expect.unreachable("it should have failed"),
    (thrown: unknown) => {
      expect(thrown).toBeInstanceOf(Failure);
      return thrown as Failure;
    },
  );
}

test("a step starts only when the steps before it have ended", async () => {
  const { done, perform } = recorder();
  const plan: Plan = {
    steps: [
      step("c", ["b"], { do: start("c") }),
      step("b", ["a"], { do: start("b") }),
      step("a", [], { do: start("a") }),
    ],
  };
  await apply(plan, perform, context());
  expect(done).toEqual(["start a", "start b", "start c"]);
});

test("steps that do not wait for each other run at the same time", async () => {
  let together = 0;
  let most = 0;
  const perform: Perform = async () => {
    together += 1;
    most = Math.max(most, together);
    await new Promise((resolve) => setImmediate(resolve));
    together -= 1;
  };
  await apply({ steps: ["a", "b", "c"].map((id) => step(id, [], { do: start(id) })) }, perform, context());
  expect(most).toBe(3);
});

test("a failed step leaves out what waits for it, and the rest goes on", async () => {
  const { done, perform } = recorder({ "start a": environmentFailure("no daemon") });
  const plan: Plan = {
    steps: [
      step("a", [], { do: start("a") }),
      step("after a", ["a"], { do: start("after a") }),
      step("b", [], { do: start("b") }),
    ],
  };
  const around = context();
  const failure = await failureOf(apply(plan, perform, around));
  expect(failure.message).toBe("no daemon");
  expect(failure.exitCode).toBe(EXIT.environment);
  expect(done.sort()).toEqual(["start a", "start b"]);
  expect(around.events.filter(({ type }) => type === "stepFailed")).toHaveLength(1);
});

test("several failures are told together, each with its step", async () => {
  const { perform } = recorder({ "start a": new Failure("user", "first"), "start b": new Failure("user", "second") });
  const plan: Plan = { steps: [step("a", [], { do: start("a") }), step("b", [], { do: start("b") })] };
  const failure = await failureOf(apply(plan, perform, context()));
  expect(failure.problems).toEqual([
    { step: "a", message: "first" },
    { step: "b", message: "second" },
  ]);
});

test("several failures end with the highest exit code of theirs: a daemon that went away is the environment's", async () => {
  const { perform } = recorder({
    "start a": new Failure("user", "crashed"),
    "start b": environmentFailure("no daemon"),
  });
  const plan: Plan = { steps: [step("a", [], { do: start("a") }), step("b", [], { do: start("b") })] };
  expect((await failureOf(apply(plan, perform, context()))).exitCode).toBe(EXIT.environment);
});

test("a failed step goes back in reverse order over what it had done", async () => {
  const { done, perform } = recorder({ "start new": new Failure("user", "crashed") });
  const plan: Plan = {
    steps: [
      step(
        "replace",
        [],
        { do: stop("old"), undo: [start("old")] },
        { do: { kind: "remove", container: "aside" }, undo: [start("aside")] },
        { do: start("new") },
      ),
    ],
  };
  const failure = await failureOf(apply(plan, perform, context()));
  expect(failure.message).toBe("crashed");
  expect(done).toEqual(["stop old", "remove aside", "start new", "start aside", "start old"]);
});

test("the operation that failed is undone, too, in case it was half done", async () => {
  const { done, perform } = recorder({ "start new": new Failure("user", "timed out") });
  await failureOf(apply({ steps: [step("s", [], { do: start("new"), undo: [stop("new")] })] }, perform, context()));
  expect(done).toEqual(["start new", "stop new"]);
});

test("a way back that fails is told with what to do", async () => {
  const failing = { "start new": new Failure("user", "crashed"), "start old": new Failure("user", "no space left") };
  const { perform } = recorder(failing);
  const plan: Plan = { steps: [step("s", [], { do: stop("old"), undo: [start("old")] }, { do: start("new") })] };
  const failure = await failureOf(apply(plan, perform, context()));
  expect(failure.message).toBe("crashed");
  expect(failure.hint).toContain("no space left");
  expect(failure.hint).not.toContain("back in place");
});

const restart = { kind: "restartProcess", service: serviceName("web") } as const;
const answer = { kind: "await", service: serviceName("web"), condition: "service_healthy" } as const;

describe("what ran before, of a service whose new code does not answer", () => {
  const ran = (back: Operation): string => `${back.kind}, back`;
  /** New code never answers; going back, what is named in `failing` fails. */
  async function goneBack(failing: readonly Operation["kind"][], around = context()) {
    const back: string[] = [];
    const perform: Perform = async (operation, _progress, signal, undoing) => {
      if (undoing !== undefined) back.push(ran(operation));
      signal.throwIfAborted();
      if (undoing === undefined ? operation.kind === "await" : failing.includes(operation.kind))
        throw new Failure("user", undoing === undefined ? "web is mute" : `web has no ${operation.kind}`);
    };
    const plan = { steps: [step("ready", [], { do: answer, undo: [restart, answer] })] };
    return { failure: await failureOf(apply(plan, perform, around)), back };
  }

  test("is waited for, and told to be back", async () => {
    const { failure, back } = await goneBack([]);
    expect(back).toEqual(["restartProcess, back", "await, back"]);
    expect(failure).toMatchObject({ message: "web is mute", hint: "What ran before is back in place." });
  });

  test("is not told to be back where it does not answer either", async () => {
    const { failure } = await goneBack(["await"]);
    expect(failure.message).toBe("web is mute");
    expect(failure.hint).toBe(
      "Going back did not succeed whole: what ran before was started, and web has no await. Run `devenv up` again.",
    );
  });

  test("is not waited for where it was not started", async () => {
    const { failure, back } = await goneBack(["restartProcess"]);
    expect(back).toEqual(["restartProcess, back"]);
    expect(failure.hint).toContain("Going back did not succeed whole: web has no restartProcess.");
  });

  test("is started after Ctrl-C, too, and not waited for", async () => {
    const controller = new AbortController();
    const around = context(controller.signal);
    const back: string[] = [];
    const perform: Perform = async (operation, _progress, signal, undoing) => {
      if (undoing !== undefined) back.push(ran(operation));
      if (operation.kind === "await") controller.abort();
      signal.throwIfAborted();
    };
    const plan = { steps: [step("ready", [], { do: answer, undo: [restart, answer] })] };
    expect((await failureOf(apply(plan, perform, around))).exitCode).toBe(EXIT.interrupted);
    expect(back).toEqual(["restartProcess, back"]);
  });
});

test("what was never done and cannot be undone is no problem", async () => {
  const rename = (from: string, to: string): Operation => ({ kind: "rename", container: from, name: to });
  const { perform } = recorder({
    "rename old": new Failure("user", "no answer"),
    "rename aside": new Failure("user", "no such container"),
  });
  const actions = [
    { do: stop("old"), undo: [start("old")] },
    { do: rename("old", "aside"), undo: [rename("aside", "old")] },
  ];
  const failure = await failureOf(apply({ steps: [step("replace", [], ...actions)] }, perform, context()));
  expect(failure).toMatchObject({ message: "no answer", hint: "What ran before is back in place." });
});

test("an interruption undoes what is under way, begins nothing new, and is what is told", async () => {
  const controller = new AbortController();
  const done: string[] = [];
  const perform: Perform = async (operation) => {
    done.push(name(operation));
    if (name(operation) === "stop old") controller.abort();
  };
  const plan: Plan = {
    steps: [
      step("replace", [], { do: stop("old"), undo: [start("old")] }, { do: start("new"), undo: [stop("new")] }),
      step("later", ["replace"], { do: start("later") }),
    ],
  };
  const failure = await failureOf(apply(plan, perform, context(controller.signal)));
  expect(failure.exitCode).toBe(EXIT.interrupted);
  expect(done).toEqual(["stop old", "start old"]);
});
