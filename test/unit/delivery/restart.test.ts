import { expect, test } from "vitest";
import { openConsole } from "../../../src/delivery/console.ts";
import { restartService } from "../../../src/delivery/restart.ts";
import type { Daemon, LogLine } from "../../../src/docker/daemon.ts";
import type { ContainerDetail, ContainerState } from "../../../src/model/container.ts";
import { containerId } from "../../../src/model/names.ts";
import { goService } from "../plan/samples.ts";
import { manualClock } from "../watch/manual-clock.ts";

const books = goService("books");
const container = containerId("c0ffee");
const never = new AbortController().signal;

/** A supervised container whose supervisor heeds the HUP alone: its reader of orders was killed, say. */
async function deaf(state: ContainerState = "running", isOpened = true) {
  const calls: string[] = [];
  let wake = (_lines: LogLine[]) => {};
  async function* lines() {
    for (;;) yield await new Promise<LogLine[]>((resolve) => (wake = resolve));
  }
  const started = { service: books.name, container, stream: "stderr" as const, time: undefined };
  const daemon = {
    attach: async (_container: string, _service: string, closing: AbortSignal) => {
      closing.addEventListener("abort", () => calls.push("closed"));
      const said = lines();
      return { [Symbol.asyncIterator]: () => said, write: (text: string) => calls.push(text) };
    },
    inspect: async () => ({ hasInput: true, state: calls.length === 0 ? "running" : state }) as ContainerDetail,
    async signal(_container: string, signal: string) {
      calls.push(signal);
      wake([{ ...started, text: `devenv: started ${books.name} none (pid 7)` }]);
    },
  } as unknown as Daemon;
  const clock = manualClock();
  const console = isOpened ? await openConsole(daemon, container, books, never) : undefined;
  const restarted = restartService(books, { daemon, container, console }, clock, never);
  return { calls, clock, restarted };
}

test("an order that has no effect within two seconds is given as a signal, once", async () => {
  const { calls, clock, restarted } = await deaf();
  await clock.pass(1999);
  expect(calls).toEqual(["devenv: restart\n"]);
  await clock.pass(1);
  await restarted;
  expect(calls).toEqual(["devenv: restart\n", "HUP"]);
});

test("a container that is paused takes no order now, and is said to be paused", async () => {
  const { calls, restarted } = await deaf("paused");
  await expect(restarted).rejects.toThrow("books is paused");
  expect(calls).toEqual(["devenv: restart\n"]);
});

test("a console that was opened for a restart is closed where that fails; one that was there before stays", async () => {
  const kept = await deaf("paused");
  await expect(kept.restarted).rejects.toThrow("books is paused");
  expect(kept.calls).not.toContain("closed");
  const opened = await deaf("paused", false);
  await expect(opened.restarted).rejects.toThrow("books is paused");
  expect(opened.calls).toContain("closed");
});
