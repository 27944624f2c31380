import { expect, test } from "vitest";
import { painter } from "../../../src/cli/paint.ts";
import { watchLine } from "../../../src/cli/watch-lines.ts";
import type { Event } from "../../../src/model/event.ts";
import { artifactDigest, generation, serviceName } from "../../../src/model/names.ts";

const COLUMNS = 80;
const style = { paint: painter(false), columns: COLUMNS, workspace: "/home/me/team" };
const of = { service: serviceName("recommendations"), generation: generation(128), at: 0 };
const build = "local:3f9a12bc44de";
const failure = { class: "user", message: "recommendations ended with code 2" } as const;
const services = Array.from({ length: 40 }, (_, n) => serviceName(`service-${n}`));
const deep = `/home/me/team/repos/recommendations/${"internal/".repeat(12)}handlers/list.go`;

const committed = {
  type: "committed",
  build,
  digest: artifactDigest("3f9a12bc44de".padEnd(64, "0")),
  settlesInMs: 10_000,
  times: { detect: 4, wait: 0, build: 26, deliver: 10, restart: 20, ready: 7, check: 0, total: 63 },
} as const;

const EVENTS: readonly Event[] = [
  { type: "watching", at: 0, services, folders: 212 },
  { type: "watching", at: 0, services: services.slice(0, 2), folders: 4 },
  { ...of, type: "saved", paths: [deep], detectMs: 1 },
  { ...of, type: "saved", paths: [deep, deep, deep], detectMs: 1 },
  { ...of, ...committed, times: { ...committed.times, build: 1171, restart: 90, ready: 12_000 } },
  { ...of, ...committed, isReconfigured: true },
  { ...of, type: "unchanged", build },
  { ...of, type: "buildFailed", failure, ms: 10 },
  { ...of, type: "notReady", stage: "deliver", failure },
  { ...of, type: "notReady", stage: "ready", failure },
  { ...of, type: "notReady", stage: "check", failure },
  { ...of, type: "settled", build },
  { ...of, type: "hookStarted", hook: "before_build", command: "./generate.sh ".repeat(9) },
  { ...of, type: "hookSaid", hook: "after_swap", line: "migrating the table of books" },
  { ...of, type: "hookEnded", hook: "after_swap", command: "./smoke.sh", code: 0, ms: 1200, isRequired: true },
  { ...of, type: "hookEnded", hook: "after_swap", command: "./s.sh ".repeat(20), code: 1, ms: 12, isRequired: false },
  { ...of, type: "rolledBack", to: build, ms: 327 },
  { ...of, type: "rollbackFailed", to: build, stage: "ready", failure },
  { type: "heldByMode", at: 0, service: of.service, mode: `remote:https://${"example.".repeat(9)}org`, path: deep },
  { type: "profileChanged", at: 0, path: "/home/me/.config/devenv/key", provides: [serviceName("books")] },
  { type: "paused", at: 0, reason: "waiting for devenv up books (pid 123456, since 14:03:07)" },
  { type: "buildOffered", at: 0, service: of.service, build: "ci:125", from: "ci:124" },
  { type: "buildWanted", at: 0, service: of.service, build: "ci:125" },
  { type: "buildTaken", at: 0, service: of.service, build: "ci:125", ms: 1234 },
  { type: "buildNotTaken", at: 0, service: of.service, build: "ci:125", failure },
  { type: "offerDeclined", at: 0, service: of.service, build: "ci:125" },
  { type: "offerDeclined", at: 0, service: of.service, build: "ci:125", pinned: "ci:124" },
];

test.each(EVENTS)("$type fits a terminal of 80 columns", (event) => {
  const lines = watchLine(event, style)?.split("\n") ?? [];
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.filter((line) => line.length > COLUMNS)).toEqual([]);
});

test("a path that is too long loses its beginning, a list of services its end", () => {
  const [, , saved, several] = EVENTS.map((event) => watchLine(event, style));
  expect(saved).toMatch(/ saved recommendations #128 ….*handlers\/list\.go$/);
  expect(several).toMatch(/list\.go and 2 more$/);
  const [watching] = EVENTS;
  expect(watching && watchLine(watching, style)).toMatch(/^Watching service-0, .* and \d+ more \(212 folders\)\.\n/);
});

test("a newer build is told with what takes it, unless the person is asked about it", () => {
  const event: Event = { type: "buildOffered", at: 0, service: serviceName("web"), build: "ci:125", from: "ci:124" };
  expect(watchLine(event, style)).toMatch(/ ★ web ci:125 is green; ci:124 runs\n {2}devenv fetch web$/);
  expect(watchLine(event, { ...style, asks: true })).toBeUndefined();
});

test("a path in the workspace is shown from the workspace on, whole where it fits", () => {
  const event: Event = { ...of, type: "saved", paths: ["/home/me/team/repos/books/list.go"], detectMs: 1 };
  expect(watchLine(event, style)).toMatch(/ saved recommendations #128 repos\/books\/list\.go$/);
});

test("of a commit it is told when the config is what is new", () => {
  const lines = [true, false].map(
    (isReconfigured) => watchLine({ ...of, ...committed, build: "ci:124", isReconfigured }, style)?.split("\n")[0],
  );
  expect(lines.map((line) => line?.slice(line.indexOf("runs")))).toEqual([
    "runs ci:124 with a new config",
    "runs ci:124, settles in 10 s",
  ]);
});

test("a save that a mode holds back is told with the command that has it", () => {
  const event: Event = { type: "heldByMode", at: 0, service: serviceName("books"), mode: "host:9090", path: deep };
  expect(watchLine(event, style)).toMatch(/ - books is in mode host: this save waits\n {2}devenv use books=local$/);
});

test("what settles since an earlier devenv has no number: no save of this one is meant", () => {
  const line = watchLine({ ...of, generation: generation(0), type: "settled", build }, style);
  expect(line).toMatch(/ ✔ recommendations has settled: a roll-back goes back to it$/);
});
