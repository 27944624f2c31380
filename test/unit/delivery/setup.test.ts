import { describe, expect, test } from "vitest";
import type { ReadyTarget } from "../../../src/delivery/ready-target.ts";
import { awaitSetup, setupEnded, setupIsRunning } from "../../../src/delivery/setup.ts";
import type { LogLine } from "../../../src/docker/daemon.ts";
import type { Clock } from "../../../src/host/clock.ts";
import { containerId, serviceName } from "../../../src/model/names.ts";

const books = serviceName("books");
const container = containerId("c0ffee");
const going = () => new AbortController().signal;

/** A container in which a look for the mark of a fresh one comes to this end. */
const targetOf = (exec: () => Promise<number>) => ({ daemon: { exec }, container }) as unknown as ReadyTarget;
/** No time passes, or all of it at once. */
const clockThat = (passes: boolean) =>
  ({ sleep: () => (passes ? Promise.resolve() : new Promise(() => undefined)) }) as unknown as Clock;

describe("waiting for a pre_setup.sh", () => {
  test("ends when it has ended well", async () => {
    expect(
      await awaitSetup(
        targetOf(async () => 0),
        clockThat(false),
        going(),
      ),
    ).toBeUndefined();
  });

  test("is given up after a minute where nothing else sets a time", async () => {
    const verdict = await awaitSetup(
      targetOf(() => new Promise(() => undefined)),
      clockThat(true),
      going(),
    );
    expect(verdict).toEqual({
      ready: false,
      reason: "was not set up: container/bin/pre_setup.sh did not end within 60 s",
    });
  });

  test("leaves it to others to tell that the container has ended", async () => {
    const ended = awaitSetup(
      targetOf(() => Promise.reject(new Error("is not running"))),
      clockThat(false),
      going(),
    );
    // By then all has happened that does not wait for the clock.
    const rest = new Promise((resolve) => setImmediate(resolve, "waits"));
    expect(await Promise.race([ended, rest])).toBe("waits");
  });
});

test("that it goes on is the reason only where the container still has the mark", async () => {
  const reason = (code: number) =>
    setupIsRunning(
      targetOf(async () => code),
      1520,
      going(),
    );
  expect(await reason(0)).toBe("was not set up: container/bin/pre_setup.sh did not end within 1.5 s");
  expect(await reason(1)).toBeUndefined();
});

describe("how it ended is read from the output", () => {
  const line = (text: string, stream: LogLine["stream"] = "stderr"): LogLine => ({
    service: books,
    container,
    stream,
    text,
    time: undefined,
  });

  test.each([
    ["with a code", [line("devenv: pre_setup.sh of books ended with code 3")], /ended with code 3$/],
    ["well", [line("devenv: pre_setup.sh of books ended with code 0"), line("panic: no table")], undefined],
    [
      "by the words of the program itself",
      [line("devenv: pre_setup.sh of books ended with code 3", "stdout")],
      undefined,
    ],
    ["of another service", [line("devenv: pre_setup.sh of bookshop ended with code 3")], undefined],
    [
      "of the last of several starts",
      [
        line("devenv: pre_setup.sh of books ended with code 3"),
        line("devenv: pre_setup.sh of books ended with code 0"),
      ],
      undefined,
    ],
  ])("%s", (_, lines, reason) => {
    if (reason === undefined) expect(setupEnded(lines, books)).toBeUndefined();
    else expect(setupEnded(lines, books)).toMatch(reason);
  });
});
