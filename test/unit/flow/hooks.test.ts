import { mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type HookContext, runHooks } from "../../../src/flow/hooks.ts";
import { systemClock } from "../../../src/host/clock.ts";
import { isAlive } from "../../../src/host/liveness.ts";
import { systemProcesses } from "../../../src/host/process.ts";
import type { Event } from "../../../src/model/event.ts";
import { asFailure, type Failure } from "../../../src/model/failure.ts";
import { clusterName, generation } from "../../../src/model/names.ts";
import type { Hook, HookKind } from "../../../src/model/profile.ts";
import { Redactor } from "../../../src/model/secret.ts";
import { createBus } from "../../../src/state/bus.ts";
import { redactedBus } from "../../../src/state/redacted.ts";
import { eventually } from "../../harness/eventually.ts";
import { commandService } from "../artifact/service.ts";

const hook = (command: string, more: Partial<Hook> = {}): Hook => ({
  kind: "after_swap",
  command,
  withinMs: 20_000,
  isRequired: false,
  ...more,
});

/** A service with these hooks, in a repository of its own, whose container says that it is there. */
async function scene(...hooks: Hook[]) {
  const repo = await realpath(await mkdtemp(join(tmpdir(), "devenv-hooks-")));
  onTestFinished(() => rm(repo, { recursive: true, force: true }));
  const service = { ...commandService(repo, "true", { hooks }), repo };
  const secrets = new Redactor(["hunter22"]);
  const bus = redactedBus(createBus(), secrets);
  const events: Event[] = [];
  bus.subscribe((event) => events.push(event));
  const ports = [{ hostAddress: "127.0.0.1", hostPort: 8081, containerPort: 8080, protocol: "tcp" }];
  const containers = [{ name: "shop-books-1", environment: "staging", ports }];
  const cluster = { name: clusterName("shop"), daemon: { observe: async () => ({ containers }) } };
  const machine = { bus, clock: systemClock, processes: systemProcesses, secrets };
  const context = { generation: generation(7), build: "ci:124", cluster, machine } as unknown as HookContext;
  const run = (kind: HookKind = "after_swap", signal = new AbortController().signal) =>
    runHooks(kind, service, context, signal);
  return {
    repo,
    events,
    cluster,
    run,
    failure: (kind?: HookKind): Promise<Failure> =>
      run(kind).then(() => {
        throw new Error("the hooks did not fail");
      }, asFailure),
    said: () => events.flatMap((event) => (event.type === "hookSaid" ? [event.line] : [])),
    ended: () => events.flatMap((event) => (event.type === "hookEnded" ? [event] : [])),
    wrote: async (name: string) => (await readFile(join(repo, name), "utf8")).trim(),
  };
}

describe("a hook", () => {
  test("runs in the repository, and knows the service, its build, its container and its address", async () => {
    const { run, said, repo } = await scene(hook("pwd; env | grep ^DEVENV_ | sort"));
    await run();
    expect(said()).toEqual([
      repo,
      "DEVENV_ADDRESS=127.0.0.1:8081",
      "DEVENV_BUILD=ci:124",
      "DEVENV_CLUSTER=shop",
      "DEVENV_CONTAINER=shop-books-1",
      "DEVENV_ENVIRONMENT=staging",
      "DEVENV_SERVICE=books",
    ]);
  });

  test("runs where no daemon answers, too", async () => {
    const { run, said, cluster } = await scene(hook("echo $DEVENV_SERVICE; echo container $DEVENV_CONTAINER"));
    cluster.daemon.observe = () => Promise.reject(new Error("no daemon"));
    await run();
    expect(said()).toEqual(["books", "container"]);
  });

  test("of the other kind does not run", async () => {
    const { run, events } = await scene(hook("echo never", { kind: "before_build" }));
    await run("after_swap");
    expect(events).toEqual([]);
  });

  test("tells what it says on both streams, without secrets, and how it ended", async () => {
    const { run, events } = await scene(hook("echo one; echo the key is hunter22 >&2"));
    await run();
    const of = { service: "books", generation: 7, hook: "after_swap" };
    expect(events).toMatchObject([
      { ...of, type: "hookStarted", command: "echo one; echo the key is [secret] >&2" },
      { ...of, type: "hookSaid", line: "one" },
      { ...of, type: "hookSaid", line: "the key is [secret]" },
      { ...of, type: "hookEnded", code: 0, isRequired: false },
    ]);
  });

  test("that fails and is not required stops neither the swap nor the hooks after it", async () => {
    const { run, ended } = await scene(hook("exit 3"), hook("echo after"));
    await run();
    expect(ended().map(({ code }) => code)).toEqual([3, 0]);
  });

  test("that fails and is required is a failure with its last lines, and no other runs after it", async () => {
    const { failure, ended } = await scene(hook("seq 30; exit 3", { isRequired: true }), hook("echo never"));
    expect(await failure()).toMatchObject({
      message: "books: after_swap ended with code 3: seq 30; exit 3",
      output: Array.from({ length: 20 }, (_, at) => at + 11).join("\n"),
      exitCode: 1,
    });
    expect(ended().map(({ code, isRequired }) => [code, isRequired])).toEqual([[3, true]]);
  });

  test("that is killed says by what", async () => {
    const { failure } = await scene(hook("kill -USR1 $$", { isRequired: true }));
    expect((await failure()).message).toBe("books: after_swap was ended by SIGUSR1: kill -USR1 $$");
  });

  test("that hangs is ended at its time, with all that it started", async () => {
    const hangs = "trap '' TERM; sh -c 'trap \"\" TERM; echo $$ >pid; while :; do sleep 0.1; done' & wait; wait";
    const { failure, wrote } = await scene(hook(hangs, { isRequired: true, withinMs: 300 }));
    const { message, hint } = await failure();
    expect(message).toMatch(/^books: after_swap did not end within 300 ms: trap/);
    expect(hint).toContain("within");
    const pid = Number(await wrote("pid"));
    expect(
      await eventually(
        () => isAlive(pid),
        (lives) => !lives,
      ),
    ).toBe(false);
  });

  test("that is cancelled is ended with all that it started, and tells nothing more", async () => {
    const { run, wrote, ended } = await scene(hook("sh -c 'echo $$ >pid; exec sleep 60' & wait"));
    const controller = new AbortController();
    const running = run("after_swap", controller.signal);
    await eventually(
      () => wrote("pid").catch(() => ""),
      (pid) => pid !== "",
    );
    controller.abort(new Error("a newer save"));
    await expect(running).rejects.toThrow("a newer save");
    const pid = Number(await wrote("pid"));
    expect(
      await eventually(
        () => isAlive(pid),
        (lives) => !lives,
      ),
    ).toBe(false);
    expect(ended()).toEqual([]);
  });

  test("that prints without end is told with its beginning and its end", async () => {
    const { run, said } = await scene(hook("seq 100000; printf %5000s x | tr ' ' x"));
    await run();
    const lines = said();
    expect(lines).toHaveLength(500 + 1 + 20);
    expect(lines.slice(499, 502)).toEqual(["500", "… 99481 lines are not shown", "99982"]);
    expect(lines.at(-1)).toBe(`${"x".repeat(2000)}…`);
  });

  test("that prints a secret where its line is cut shows no part of it", async () => {
    const { run, said } = await scene(hook("printf %1995s x | tr ' ' x; echo hunter22 and more"));
    await run();
    expect(said()).toEqual([`${"x".repeat(1995)}[secr…`]);
  });

  test("whose repository is gone is told as one that could not be started", async () => {
    const { failure, repo } = await scene(hook("true", { isRequired: true }));
    await rm(repo, { recursive: true });
    expect((await failure()).message).toBe("books: after_swap could not be started: true");
  });
});
