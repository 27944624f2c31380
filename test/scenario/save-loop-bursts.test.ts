import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/host/clock.ts";
import { ofType, type RunningDevenv, startWatch } from "../harness/devenv.ts";
import { eventually } from "../harness/eventually.ts";
import { clusterOf, commitVersion, goProcessesOf, goProgram, type TestCluster } from "./save-loop-cluster.ts";

let cluster: TestCluster;
let devenv: RunningDevenv;

beforeAll(async () => {
  cluster = await clusterOf({ name: "books", devenv: "      ready: { http: /healthz, port: 8080, within: 20s }" });
  devenv = await startWatch(cluster);
  await commitVersion(cluster, devenv, "books", "warm");
});
afterAll(async () => {
  await devenv?.interrupt();
  await cluster?.remove();
});

/** The writers' pace, below the quiet window: what is tested is that they do not pause, and nothing is waited for. */
const SAVES_EVERY_MS = 20;

const answer = () => cluster.answer("books").catch(() => undefined);

/** Waits for the answer, by the events: each commit may be of an older save. */
async function untilAnswers(version: string, since: number): Promise<void> {
  for (let from = since; ; ) {
    const event = await devenv.until(ofType("committed", "unchanged"), from);
    // After that of an older save, the newer one's restart may be under way.
    if ((await answer()) === version) return;
    from = devenv.events.indexOf(event) + 1;
  }
}

test("fifty saves within a second end with the newest text answering, after few restarts", async () => {
  const since = devenv.events.length;
  let pauses = 0;
  for (let n = 1, last = systemClock.monotonic(); n <= 50; n++) {
    await cluster.save("books", goProgram(`burst ${n}`));
    await systemClock.sleep(SAVES_EVERY_MS);
    const now = systemClock.monotonic();
    // Where a busy machine has held up the writer itself, there was time for a build between two saves.
    if (now - last > 5 * SAVES_EVERY_MS) pauses += 1;
    last = now;
  }
  await untilAnswers("burst 50", since);
  const restarts = devenv.events.slice(since).filter(ofType("restarted")).length;
  expect(restarts).toBeLessThanOrEqual(3 + pauses);
});

test("a save while a build runs cancels that build, and no process of it stays", async () => {
  // Several hundred packages' worth of work: the compiler is busy for much longer than it is let.
  const slow = Array.from({ length: 20_000 }, (_, n) => `func f${n}(x int) string { return fmt.Sprint(x, ${n}) }`).join(
    "\n",
  );
  const since = devenv.events.length;
  await cluster.save("books", goProgram("slow", { more: slow }));
  const saved = await devenv.until(ofType("saved"), since);
  const busy = () => goProcessesOf(cluster);
  const compilers = await eventually(busy, (pids) => pids.length > 0, { withinMs: 20_000 });
  await cluster.save("books", goProgram("quick"));
  await untilAnswers("quick", since);
  expect(
    devenv.events.slice(since).some((event) => event.type === "built" && event.generation === saved.generation),
  ).toBe(false);
  await eventually(busy, (pids) => !pids.some((pid) => compilers.includes(pid)), { withinMs: 20_000 });
});

test("a newer save takes the place of one that is still being probed", async () => {
  const since = devenv.events.length;
  const first = "time.Sleep(time.Hour)";
  await cluster.save("books", goProgram("never listens", { imports: ["time"], first }));
  const restarted = await devenv.until(ofType("restarted"), since);
  await cluster.save("books", goProgram("the newer one"));
  const committed = await devenv.until(ofType("committed"), since);
  expect(await cluster.answer("books")).toBe("the newer one");
  // Long before the first one's deadline of 20 s.
  expect(committed.at - restarted.at).toBeLessThan(15_000);
  expect(devenv.events.slice(since).some(ofType("notReady", "rolledBack"))).toBe(false);
});

test("a writer that never stops does not keep its saves from being swapped", async () => {
  const since = devenv.events.length;
  let isOver = false;
  let written = 0;
  const writer = (async () => {
    while (!isOver) {
      written += 1;
      await cluster.save("books", goProgram(`steady ${written}`));
      await systemClock.sleep(SAVES_EVERY_MS);
    }
  })();
  await devenv.until(ofType("committed"), since);
  // The next restart may be under way already.
  const answered = await eventually(answer, (text) => text !== undefined);
  isOver = true;
  await writer;
  expect(answered).toMatch(/^steady /);
  await untilAnswers(`steady ${written}`, since);
});
