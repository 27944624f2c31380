import { beforeEach, describe, expect, it, vi } from "vitest";
import type { LiveRows } from "../../../src/cli/live-rows.ts";
import type { Session } from "../../../src/cli/session.ts";
import { liveStages, plainStages } from "../../../src/cli/stages.ts";
import type { Event } from "../../../src/model/event.ts";

let now: number;
let written: string;
let drawn: Event[];

const clock = { now: () => now, monotonic: () => now, sleep: async () => {} };
const hidden = (text: string) => text.replaceAll("geheim", "***");
const session = () =>
  ({
    stdout: { columns: 60 },
    stderr: {
      write(text: string) {
        written += text;
      },
    },
    secrets: { text: hidden },
    color: false,
    machine: { clock },
  }) as unknown as Session;
const rows = () => ({ take: (event: Event) => void drawn.push(event), finish: async () => {} }) as unknown as LiveRows;

beforeEach(() => {
  vi.useFakeTimers();
  [now, written, drawn] = [0, "", []];
  return () => vi.useRealTimers();
});

/** Time goes by, and what is due happens. */
function pass(ms: number): void {
  now += ms;
  vi.advanceTimersByTime(ms);
}

const words = () => written.trimEnd().split("\n");

describe("on no terminal", () => {
  it("each stage is a line, and one that is told again says how far it is every ten seconds", () => {
    const { tell } = plainStages(session());
    tell("starting the machine");
    for (let second = 0; second < 25; second++) {
      tell("building its disk", { part: second / 100, detail: "downloading" });
      pass(1000);
    }
    tell("connecting");
    expect(words()).toEqual([
      "starting the machine",
      "building its disk: 0 %, downloading",
      "building its disk: 10 %, downloading",
      "building its disk: 20 %, downloading",
      "connecting",
    ]);
  });

  it("what there is to know is a line, too, without what is secret", () => {
    plainStages(session()).tell("the key is geheim", { isNote: true });
    expect(words()).toEqual(["the key is ***"]);
  });
});

describe("on a terminal", () => {
  it("a stage has a row until the next is told, with its time; a short one has none", () => {
    const stages = liveStages(session(), rows());
    stages.tell("looking for it");
    pass(100);
    stages.tell("starting it");
    pass(3000);
    stages.end();
    expect(drawn).toMatchObject([
      { type: "planned", steps: [{ id: "stage 1", title: "starting it" }] },
      { type: "stepDone", step: "stage 1", ms: 3000 },
    ]);
  });

  it("leaves a row's time its place, however long its words are", () => {
    const stages = liveStages(session(), rows());
    stages.tell("x".repeat(100));
    pass(200);
    expect(drawn).toMatchObject([{ steps: [{ title: `${"x".repeat(39)}…` }] }]);
  });

  it("a stage whose part is known has a bar, also where that was told before its row was there", () => {
    const stages = liveStages(session(), rows());
    stages.tell("building", { part: 0.1, detail: "lists" });
    pass(200);
    stages.tell("building", { part: 0.5, detail: "packages" });
    expect(drawn.filter(({ type }) => type === "stepProgress")).toMatchObject([
      { note: "lists", done: 0.1, total: 1 },
      { note: "packages", done: 0.5, total: 1 },
    ]);
  });

  it("one that goes on when all is over has failed, and what there is to know is said below", async () => {
    const stages = liveStages(session(), rows());
    stages.tell("emulated, which is slow", { isNote: true });
    stages.tell("connecting with geheim");
    pass(2000);
    expect(written).toBe("");
    await stages.finish();
    expect(drawn).toMatchObject([
      { type: "planned", steps: [{ title: "connecting with ***" }] },
      { type: "stepFailed", ms: 2000, failure: { message: "failed after 2.0 s" } },
    ]);
    expect(words()).toEqual(["emulated, which is slow"]);
  });
});
