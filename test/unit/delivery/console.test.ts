import { expect, test } from "vitest";
import { openConsole } from "../../../src/delivery/console.ts";
import { textOf } from "../../../src/delivery/supervisor-words.ts";
import type { Daemon, LogLine } from "../../../src/docker/daemon.ts";
import type { ContainerDetail } from "../../../src/model/container.ts";
import { artifactDigest, containerId, serviceName } from "../../../src/model/names.ts";

const BOOKS = serviceName("books");
const CONTAINER = containerId("c0ffee");
const A = artifactDigest("a".repeat(64));
const B = artifactDigest("b".repeat(64));

/** A daemon whose attached stream is fed by hand. */
function streaming() {
  const waiting: LogLine[] = [];
  let [wake, over, failure] = [() => {}, false, undefined as Error | undefined];
  async function* stream(signal: AbortSignal) {
    signal.addEventListener("abort", () => end());
    for (;;) {
      while (waiting.length > 0) yield waiting.splice(0);
      if (failure) throw failure;
      if (over) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  const end = (thrown?: Error) => {
    over = true;
    failure = thrown;
    wake();
  };
  const orders: string[] = [];
  let detail: Partial<ContainerDetail> = { hasInput: true, state: "running" };
  const daemon = {
    attach: async (_container, _service, signal) => {
      const lines = stream(signal);
      return { [Symbol.asyncIterator]: () => lines, write: (text) => orders.push(text) };
    },
    inspect: async () => detail as ContainerDetail,
  } as Pick<Daemon, "attach" | "inspect"> as Daemon;
  const found = (facts: Partial<ContainerDetail>) => {
    detail = facts;
  };
  const say = (text: string, stream: LogLine["stream"] = "stderr") => {
    waiting.push({ service: BOOKS, container: CONTAINER, stream, text, time: undefined });
    wake();
  };
  return { daemon, say, end, found, orders };
}

async function opened(facts?: Partial<ContainerDetail>) {
  const stream = streaming();
  if (facts !== undefined) stream.found(facts);
  const console = await openConsole(
    stream.daemon,
    CONTAINER,
    { name: BOOKS, ready: undefined },
    new AbortController().signal,
  );
  return { ...stream, console };
}

const started = (digest: string, pid = 7) => `devenv: started books ${digest.slice(0, 12)} (pid ${pid})`;

test("the line of readiness counts since the restart was asked for, also where it overtakes the word of the start", async () => {
  const stream = streaming();
  const service = { name: BOOKS, ready: { kind: "log", pattern: "^up$", withinMs: 1000 } } as const;
  const console = await openConsole(stream.daemon, CONTAINER, service, new AbortController().signal);
  let isReady = false;
  /** Restarts it, hearing these lines in this order. */
  const restarted = async (...heard: readonly (readonly [string, LogLine["stream"]])[]) => {
    const next = console.nextStart();
    for (const [text, on] of heard) stream.say(text, on);
    await next;
    isReady = false;
    void console.untilReady().then(() => {
      isReady = true;
    });
    stream.say("heard");
    await expect.poll(() => console.linesSince(0).at(-1)?.text).toBe("heard");
    return isReady;
  };
  expect(await restarted([started(A), "stderr"], ["up", "stderr"])).toBe(true);
  expect(await restarted([started(B), "stderr"])).toBe(false);
  expect(await restarted(["up", "stdout"], [started(A), "stderr"])).toBe(true);
  // On one stream nothing overtakes: it was the old program's.
  expect(await restarted(["up", "stderr"], [started(B), "stderr"])).toBe(false);
  stream.end();
});

test("an order for a restart goes to a supervisor that runs and has an input, and to no other", async () => {
  const supervised = await opened();
  expect(supervised.console.orderRestart()).toBe(true);
  expect(supervised.orders).toEqual(["devenv: restart\n"]);
  const others = [
    { hasInput: false, state: "running" },
    { hasInput: true, state: "exited" },
  ] as const;
  for (const other of others) {
    const { console, orders } = await opened(other);
    expect([console.orderRestart(), orders]).toEqual([false, []]);
  }
});

test("a container that has started since its console was opened takes orders", async () => {
  const { console, orders, say } = await opened({ hasInput: true, state: "created" });
  const start = console.nextStart();
  say(started(A));
  await start;
  expect([console.orderRestart(), orders]).toEqual([true, ["devenv: restart\n"]]);
});

test("no order is given to a container that has ended", async () => {
  const { console, orders, end } = await opened();
  end();
  await console.closed;
  expect([console.orderRestart(), orders]).toEqual([false, []]);
});

test("the next start is one that comes after the question", async () => {
  const { console, say, end } = await opened();
  say(started(A, 7));
  await expect.poll(() => console.mark()).toBe(1);
  const next = console.nextStart();
  say(started(B, 9));
  expect(await next).toEqual({ digest: "bbbbbbbbbbbb", pid: 9 });
  end();
});

test("a start of another artifact is not the one that is waited for", async () => {
  const { console, say, end } = await opened();
  const next = console.nextStart(B);
  say(started(A, 7));
  say(started(B, 8));
  expect(await next).toMatchObject({ pid: 8 });
  end();
});

test("what looks like a start is none from the program's own output, another service, or without its form", async () => {
  const { console, say, end } = await opened();
  const next = console.nextStart();
  say(started(A), "stdout");
  say("devenv: started authors aaaaaaaaaaaa (pid 7)");
  say("devenv: started books soon");
  say("devenv: started books none (pid 3)");
  expect(await next).toEqual({ digest: "none", pid: 3 });
  end();
});

test("the stream's end ends every wait", async () => {
  const { console, end } = await opened();
  const next = console.nextStart();
  end();
  expect(await next).toBeUndefined();
  expect(await console.ended).toEqual({ code: undefined });
  await console.closed;
  expect(console.isOpen).toBe(false);
  expect(await console.nextStart()).toBeUndefined();
});

test("a broken stream ends quietly", async () => {
  const { console, end } = await opened();
  end(new Error("the daemon went away"));
  expect(await console.ended).toEqual({ code: undefined });
});

test("closing ends the stream", async () => {
  const { console } = await opened();
  console.close();
  await console.closed;
  expect(console.isOpen).toBe(false);
});

test("the supervisor's word of the end comes before the stream's, with the code", async () => {
  const { console, say, end } = await opened();
  say("devenv: books ended with code 3");
  expect(await console.ended).toEqual({ code: 3 });
  expect(console.isOpen).toBe(true);
  end();
});

test("lines since a mark are those after it, at most the newest 200 and never fewer than came", async () => {
  const { console, say, end } = await opened();
  say("before");
  await expect.poll(() => console.mark()).toBe(1);
  const mark = console.mark();
  for (let n = 1; n <= 150; n++) say(`line ${n}`);
  await expect.poll(() => console.mark()).toBe(151);
  expect(console.linesSince(mark)).toHaveLength(150);
  for (let n = 151; n <= 1000; n++) say(`line ${n}`);
  await expect.poll(() => console.mark()).toBe(1001);
  const texts = console.linesSince(mark).map(({ text }) => text);
  expect(texts).toHaveLength(200);
  expect([texts[0], texts.at(-1)]).toEqual(["line 801", "line 1000"]);
  expect(console.linesSince(console.mark())).toEqual([]);
  end();
});

test("the program's words are without the supervisor's, from its newest start on", async () => {
  const { console, say, end } = await opened();
  say("of the old one");
  say(started(B));
  say("panic: no", "stdout");
  say("goroutine 1");
  say("devenv: books ended with code 2");
  await console.ended;
  expect(textOf(console.linesSince(console.lastStart))).toBe("panic: no\ngoroutine 1");
  expect(textOf([])).toBeUndefined();
  end();
});
