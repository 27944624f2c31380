import { expect, it } from "vitest";
import { explainEnd, lastLines } from "../../../src/delivery/crash.ts";
import type { ReadyTarget } from "../../../src/delivery/ready-target.ts";
import type { Daemon, LogLine } from "../../../src/docker/daemon.ts";
import type { Clock } from "../../../src/host/clock.ts";
import { containerId, serviceName } from "../../../src/model/names.ts";

const books = serviceName("books");

/** A daemon that knows nothing but a container's log. */
const daemonWith = (lines: readonly Pick<LogLine, "stream" | "text">[]): Daemon =>
  ({
    async *logs() {
      yield* lines;
    },
  }) as unknown as Daemon;

const targetOn = (daemon: Daemon): ReadyTarget => ({
  daemon,
  container: containerId("c1"),
  address: undefined,
  endpoint: {} as never,
});
const ask = (daemon: Daemon) => lastLines(books, targetOn(daemon), undefined);

it("a program's last words are those since its own start, though its container is older", async () => {
  const started = (pid: number) => `devenv: started books 3f9a12bc44de (pid ${pid})`;
  const daemon = daemonWith([
    { stream: "stderr", text: started(7) },
    { stream: "stdout", text: "the one before" },
    { stream: "stderr", text: started(9) },
    { stream: "stderr", text: "panic: oops" },
  ]);
  expect((await ask(daemon)).map(({ text }) => text)).toEqual(["panic: oops"]);
});

it("a want of memory is learnt of, however long the machine stands still between two questions", async () => {
  let looks = 0;
  const inspect = async () => ({ hasMemoryLimit: true, oomKilled: ++looks === 20, exitCode: 137 });
  const daemon = { ...daemonWith([]), inspect } as unknown as Daemon;
  const clock: Clock = { now: () => 0, monotonic: () => looks * 1000, sleep: async () => {} };
  const end = { code: 137 };
  expect(await explainEnd(end, books, targetOn(daemon), clock, new AbortController().signal)).toMatchObject({
    reason: "ran out of memory",
  });
});

it("of a program that no supervisor runs all lines count", async () => {
  const daemon = daemonWith([{ stream: "stdout", text: "devenv: started books in words of its own" }]);
  expect(await ask(daemon)).toHaveLength(1);
});
