import { createHash } from "node:crypto";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { systemClock } from "../../src/host/clock.ts";
import { ofType, type RunningDevenv, startWatch } from "../harness/devenv.ts";
import { eventually } from "../harness/eventually.ts";
import { clusterOf, commitVersion, goProcessesOf, goProgram, type TestCluster } from "./save-loop-cluster.ts";

let cluster: TestCluster;
let devenv: RunningDevenv | undefined;

afterEach(async () => {
  await devenv?.kill();
  devenv = undefined;
  await cluster.remove();
});

/** Whatever answers is good at once. */
const settling = (within = "5s") =>
  clusterOf({
    name: "books",
    devenv: `      ready: { http: /healthz, port: 8080, within: ${within} }\n      settle: 0s`,
  });

const lastOfSwap = ({ events }: RunningDevenv) => events.findLast((event) => "generation" in event)?.type;

const hasSettled = () =>
  eventually(
    () => cluster.status("books"),
    (row) => row.settlesAt === undefined,
  );

const mount = (...path: string[]) =>
  join(cluster.env.XDG_STATE_HOME ?? "", "devenv/clusters", cluster.cluster, "mount", ...path);

/** Every name that a container could run leads to the content that it is named after. */
async function expectWholeMount(): Promise<void> {
  const names = (await readdir(mount("store"))).filter((name) => !name.startsWith("."));
  expect(names).toContain(basename(await readlink(mount("bin/books"))));
  for (const name of names) {
    const entry = mount("store", name);
    if (!(await lstat(entry)).isFile()) continue;
    expect(
      createHash("sha256")
        .update(await readFile(entry))
        .digest("hex"),
    ).toBe(name);
  }
}

/**
 * The moment of each kill, after which event and how many milliseconds later; a swap takes some 30 ms. The instant is
 * what is varied here; nothing is waited for. Every other one has a program that never answers: of those after "delivered"
 * and "restarted", which are sure to be on trial, that are three.
 */
const MOMENTS = [
  ["saved", 10] as const,
  ...[0, 2, 4, 7, 11, 16, 25, 40].map((ms) => ["built", ms] as const),
  ...[0, 3, 8].map((ms) => ["delivered", ms] as const),
  ...[0, 5].map((ms) => ["restarted", ms] as const),
  ...[100, 200].map((ms) => ["saved", ms] as const),
];

test("a watch that is killed at any moment leaves whole artifacts, and the next watch or up brings the last good one back", async () => {
  cluster = await settling();
  devenv = await startWatch(cluster);
  await commitVersion(cluster, devenv, "books", "good");
  await hasSettled();
  let good = "good";
  let rolledBack = 0;
  for (const [round, [event, ms]] of MOMENTS.entries()) {
    const version = `round ${round}`;
    const bad = { imports: ["time"], first: "time.Sleep(time.Hour)" };
    const since = devenv.events.length;
    await cluster.save("books", goProgram(version, round % 2 === 0 ? {} : bad));
    await devenv.until(ofType(event), since);
    await systemClock.sleep(ms);
    await devenv.kill();
    await expectWholeMount();

    const wasOnTrial = (await cluster.status("books")).state === "swapping";
    if (round % 3 === 2) {
      const up = await cluster.run("up");
      expect(up.output).not.toContain("failed");
      expect(up.code).toBe(0);
    }
    devenv = await startWatch(cluster);
    if (wasOnTrial && round % 3 !== 2) await devenv.until(ofType("rolledBack"), 0);
    if (wasOnTrial) rolledBack += 1;
    const answer = await cluster.answer("books");
    expect(wasOnTrial || round % 2 === 1 ? [good] : [good, version], `round ${round}`).toContain(answer);
    expect(await cluster.status("books")).toMatchObject({ ready: true });
    await expectWholeMount();
    await hasSettled();
    good = answer;
  }
  expect(rolledBack).toBeGreaterThanOrEqual(3);
}, 400_000);

test("Ctrl-C during a build ends at once, and no compiler stays", async () => {
  cluster = await clusterOf({ name: "books" });
  devenv = await startWatch(cluster);
  await commitVersion(cluster, devenv, "books", "good");
  const slow = Array.from({ length: 20_000 }, (_, n) => `func f${n}(x int) string { return fmt.Sprint(x, ${n}) }`);
  await cluster.save("books", goProgram("slow", { more: slow.join("\n") }));
  const busy = () => goProcessesOf(cluster);
  await eventually(busy, (pids) => pids.length > 0, { withinMs: 20_000 });
  const since = devenv.events.length;
  expect(await devenv.interrupt()).toBe(130);
  await eventually(busy, (pids) => pids.length === 0, { withinMs: 20_000 });
  expect(devenv.events.slice(since).filter(ofType("buildFailed", "built", "delivered"))).toEqual([]);
  expect(await cluster.answer("books")).toBe("good");
});

test("Ctrl-C during a swap: it comes to its end first", async () => {
  cluster = await settling("4s");
  devenv = await startWatch(cluster);
  await commitVersion(cluster, devenv, "books", "good");
  await hasSettled();
  let since = devenv.events.length;
  await cluster.save("books", goProgram("bad", { imports: ["time"], first: "time.Sleep(time.Hour)" }));
  await devenv.until(ofType("restarted"), since);
  expect(await devenv.interrupt()).toBe(130);
  expect(lastOfSwap(devenv)).toBe("rolledBack");
  expect(await cluster.answer("books")).toBe("good");

  devenv = await startWatch(cluster);
  since = devenv.events.length;
  const slowly = { imports: ["time"], first: "time.Sleep(time.Second)" };
  await cluster.save("books", goProgram("slow to start", slowly));
  await devenv.until(ofType("restarted"), since);
  expect(await devenv.interrupt()).toBe(130);
  expect(lastOfSwap(devenv)).toBe("committed");
  expect(await cluster.answer("books")).toBe("slow to start");
  expect(await cluster.status("books")).toMatchObject({ state: "ready", mode: "local" });
});

test("a second watch of a cluster says who watches already, and takes over from a dead one", async () => {
  cluster = await clusterOf({ name: "books" });
  devenv = await startWatch(cluster);
  const second = await cluster.run("watch");
  expect(second.code).toBe(1);
  expect(second.stderr).toMatch(new RegExp(`devenv watch ${cluster.cluster} \\(pid \\d+, since `));
  await devenv.kill();
  devenv = await startWatch(cluster);
  await commitVersion(cluster, devenv, "books", "watched again");
  expect(await cluster.answer("books")).toBe("watched again");
});
