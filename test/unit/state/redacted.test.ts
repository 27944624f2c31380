import { expect, test } from "vitest";
import type { Event } from "../../../src/model/event.ts";
import { failed } from "../../../src/model/failure.ts";
import { clusterName, generation, serviceName } from "../../../src/model/names.ts";
import { Redactor } from "../../../src/model/secret.ts";
import { createBus } from "../../../src/state/bus.ts";
import type { Live, LiveLine } from "../../../src/state/live.ts";
import { redactedBus, redactedLive } from "../../../src/state/redacted.ts";
import { emptyView } from "../../../src/state/view.ts";
import { anOutline, aSwap } from "../tui/fake-live.ts";

const books = serviceName("books");

test("no event on a redacted bus carries a secret, however deep", () => {
  const secrets = new Redactor(["hunter2"]);
  const bus = redactedBus(createBus(), secrets);
  const heard: Event[] = [];
  bus.subscribe((event) => heard.push(event));
  const failure = {
    class: "user",
    message: "hunter2 is wrong",
    output: "1\nhunter2\n",
    problems: [{ message: "hunter2" }],
  } as const;
  bus.dispatch({ type: "buildFailed", at: 1, service: books, generation: generation(1), failure, ms: 2 });
  expect(JSON.stringify(heard)).not.toContain("hunter2");
  expect(heard).toMatchObject([{ type: "buildFailed", at: 1, failure: { output: "1\n[secret]\n" } }]);
});

test("a screen gets its lines, its status and what becomes of its wishes without secrets", async () => {
  const listenTo =
    <News>(news: News) =>
    (listener: (news: News) => void) => {
      listener(news);
      return () => {};
    };
  const live: Live = {
    cluster: clusterName("shop"),
    services: [books],
    status: listenTo({ is: "unknown", at: 1, failure: { class: "user", message: "no hunter2" } } as const),
    events: listenTo({ type: "resumed", at: 1 } as Event),
    view: listenTo(emptyView),
    loop: listenTo({ is: "here" } as const),
    repositories: listenTo([]),
    logs: listenTo([{ service: books, text: "password=hunter2", time: undefined }]),
    outlines: listenTo([anOutline("books", { environment: [["DSN", "db?with=hunter2"]] })]),
    usage: listenTo(new Map()),
    measure: () => {},
    swapsOf: async () => [],
    lastSwaps: async () => [aSwap(1, { failure: { stage: "build", message: "no hunter2" } })],
    intents: {
      perform: () => Promise.reject(failed("books: hunter2", { output: "hunter2" })),
    },
  };
  const shown = redactedLive(live, new Redactor(["hunter2"]));
  const lines: LiveLine[] = [];
  shown.logs((more) => lines.push(...more));
  expect(lines).toEqual([{ service: books, text: "password=[secret]", time: undefined }]);
  shown.status((news) => expect(news).toMatchObject({ failure: { message: "no [secret]" } }));
  expect(await shown.lastSwaps()).toMatchObject([{ failure: { message: "no [secret]" } }]);
  shown.outlines(([first]) => expect(first?.environment).toEqual([["DSN", "db?with=[secret]"]]));
  await expect(shown.intents.perform({ to: "restart", service: books })).rejects.toMatchObject({
    message: "books: [secret]",
    output: "[secret]",
    exitCode: 1,
  });
});
