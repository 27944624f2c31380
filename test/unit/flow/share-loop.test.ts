import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type JoinedLoop, joinLoop, type LoopListener } from "../../../src/flow/join-loop.ts";
import { loopSocket, withSharing } from "../../../src/flow/share-loop.ts";
import { systemClock } from "../../../src/host/clock.ts";
import { serveLines } from "../../../src/host/line-socket.ts";
import type { Event } from "../../../src/model/event.ts";
import { failed } from "../../../src/model/failure.ts";
import { serviceName } from "../../../src/model/names.ts";
import { Redactor } from "../../../src/model/secret.ts";
import { type Bus, createBus } from "../../../src/state/bus.ts";
import { emptyView, nextView, type View } from "../../../src/state/view.ts";
import { WIRE_VERSION } from "../../../src/state/wire.ts";

const books = serviceName("books");
let cluster: { folder: string };
let bus: Bus;
const secrets = new Redactor(["hunter2"]);
const here = { clock: systemClock, signal: new AbortController().signal };

beforeEach(async () => {
  cluster = { folder: await mkdtemp(join(tmpdir(), "devenv-share-")) };
  bus = createBus();
});
afterEach(() => rm(cluster.folder, { recursive: true, force: true }));

/** A save loop that can do what a test says, for as long as the body runs. */
const sharing = (body: () => Promise<void>, orders: Partial<Parameters<typeof withSharing>[1]["orders"]> = {}) =>
  withSharing(
    cluster,
    { orders: { swap: () => {}, answer: async () => {}, ...orders }, view: emptyView },
    { bus, clock: systemClock, secrets },
    body,
  );

/** Keeps what is told, and can wait for the next of it. */
function listening() {
  let view: View | undefined;
  const events: Event[] = [];
  let heard = () => {};
  const listener: LoopListener = {
    onSnapshot: (snapshot) => {
      view = snapshot;
    },
    onEvent: (event) => {
      events.push(event);
      heard();
    },
  };
  const next = () =>
    new Promise<void>((resolve) => {
      heard = resolve;
    });
  return { listener, events, next, view: () => view };
}

const paused = (reason: string): Event => ({ type: "paused", at: 1, reason });

test("one that joins hears how it stands, and every event from then on, without secrets", () =>
  sharing(async () => {
    bus.dispatch(paused("before, with hunter2"));
    const { listener, events, next, view } = listening();
    const joined = await joinLoop(cluster, listener, here);
    expect(view()?.watch?.paused).toBe("before, with [secret]");
    const coming = next();
    bus.dispatch(paused("after, with hunter2"));
    await coming;
    expect(events).toEqual([paused("after, with [secret]")]);
    joined?.leave();
    await joined?.ended;
  }));

test("an order is carried out, and its failure is told to the one who gave it", () => {
  const swapped: string[] = [];
  const swap = (service: string) => {
    if (service !== "books") throw failed(`${service} is not built here`, { hint: "Build it." });
    swapped.push(service);
  };
  return sharing(
    async () => {
      const joined = await joinLoop(cluster, listening().listener, here);
      await joined?.order({ to: "swap", service: books });
      expect(swapped).toEqual(["books"]);
      await expect(joined?.order({ to: "swap", service: serviceName("db") })).rejects.toMatchObject({
        message: "db is not built here",
        hint: "Build it.",
        exitCode: 1,
      });
      joined?.leave();
    },
    { swap },
  );
});

test("what another process does to the cluster, all are told; the story of a swap it cannot tell", () =>
  sharing(async () => {
    const one = listening();
    const other = listening();
    const joined = await joinLoop(cluster, one.listener, here);
    const third = await joinLoop(cluster, other.listener, here);
    const coming = Promise.all([one.next(), other.next()]);
    const done: Event = { type: "pullFailed", at: 2, failure: { class: "user", message: "no git" } };
    joined?.tell({ type: "resumed", at: 1 });
    joined?.tell(done);
    await coming;
    expect([one.events, other.events]).toEqual([[done], [done]]);
    joined?.leave();
    third?.leave();
  }));

test("when the save loop ends, those that joined know, and an order that waits for it fails", async () => {
  let ask = () => {};
  const asked = new Promise<void>((resolve) => {
    ask = resolve;
  });
  const answer = () => {
    ask();
    return new Promise<void>(() => {});
  };
  let joined: JoinedLoop | undefined;
  let failing: Promise<unknown> = Promise.resolve();
  await sharing(
    async () => {
      joined = await joinLoop(cluster, listening().listener, here);
      const answered = joined?.order({ to: "answer", service: books, answer: "take" });
      failing = expect(answered).rejects.toMatchObject({ message: "the devenv that was asked has ended" });
      await asked;
    },
    { answer },
  );
  await joined?.ended;
  await failing;
  await expect(joined?.order({ to: "swap", service: books })).rejects.toMatchObject({ exitCode: 1 });
  expect(await joinLoop(cluster, listening().listener, here)).toBeUndefined();
});

test("another version of devenv is not heard, and the failure says so", async () => {
  const old = await serveLines(loopSocket(cluster), (end) => {
    end.say(JSON.stringify({ is: "snapshot", version: WIRE_VERSION + 1, view: {} }));
    end.say(JSON.stringify({ is: "event", event: paused("what may that mean") }));
    return () => {};
  });
  const { listener, events, view } = listening();
  await expect(joinLoop(cluster, listener, here)).rejects.toMatchObject({ message: "it is another version of devenv" });
  expect({ view: view(), events }).toEqual({ view: undefined, events: [] });
  await old.close();
});

test("one that says nothing, as a stopped process, is not waited for", async () => {
  const stopped = await serveLines(loopSocket(cluster), () => () => {});
  const clock = { ...systemClock, sleep: async () => {} };
  await expect(joinLoop(cluster, listening().listener, { ...here, clock })).rejects.toMatchObject({
    message: "it does not answer",
  });
  await stopped.close();
});

test("a socket that cannot be made is told, and the save loop runs all the same", async () => {
  await rm(cluster.folder, { recursive: true });
  let view = emptyView;
  bus.subscribe((event) => {
    view = nextView(view, event);
  });
  let ran = false;
  await sharing(async () => {
    ran = true;
  });
  expect(ran).toBe(true);
  expect(view.watch?.failure?.message).toMatch(/^other terminals cannot see this save loop: /);
});
