import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import type { Event } from "../../src/model/event.ts";
import type { FailureReport } from "../../src/model/failure.ts";
import { ofType, type RunningDevenv, startDevenv, startWatch } from "../harness/devenv.ts";
import { CLI } from "../harness/workspace.ts";
import { clusterOf, commitVersion, dockerHost, goProgram, type TestCluster } from "./save-loop-cluster.ts";

let cluster: TestCluster;
let devenv: RunningDevenv;

beforeAll(async () => {
  cluster = await clusterOf({ name: "books" });
  devenv = await startWatch(cluster);
});
afterAll(async () => {
  await devenv?.kill();
  await cluster?.remove();
});

const docker = (...args: string[]) =>
  systemProcesses.run("docker", args, { env: { DOCKER_HOST: dockerHost() } }).then(({ code, output }) => {
    expect(code, output).toBe(0);
  });
const container = () => `${cluster.cluster}-books-1`;

async function devenvDoes(...args: string[]): Promise<void> {
  const { code, output } = await cluster.run(...args);
  expect(code, output).toBe(0);
}

const OTHERS: readonly (readonly [string, () => Promise<void>])[] = [
  ["`devenv restart`", () => devenvDoes("restart", "books")],
  ["`docker restart`", () => docker("restart", "-t", "1", container())],
  ["`docker stop`", () => docker("stop", "-t", "1", container())],
  [
    "`devenv up` with another definition",
    async () => {
      const profile = await readFile(cluster.profile, "utf8");
      await writeFile(cluster.profile, profile.replace("    image:", "    environment: { ADDED: yes }\n    image:"));
      await devenvDoes("up");
    },
  ],
  [
    "`devenv down` and `devenv up`",
    async () => {
      await devenvDoes("down");
      await devenvDoes("up");
    },
  ],
];

test.each(OTHERS)("the save after %s in another terminal is swapped as any other", async (what, happens) => {
  await commitVersion(cluster, devenv, "books", `before ${what}`);
  await happens();
  await commitVersion(cluster, devenv, "books", `after ${what}`);
  expect(await cluster.answer("books")).toBe(`after ${what}`);
});

/** Until that save is what a roll-back goes back to. */
async function untilSettled(generation: number): Promise<void> {
  const isOurs = (event: Event): event is SettledEvent => ofType("settled")(event) && event.generation === generation;
  await devenv.until(isOurs, 0);
}

type SettledEvent = Extract<Event, { type: "settled" }>;

test("a save while there is no container says so, and the one after `up` is swapped", async () => {
  const { generation } = await commitVersion(cluster, devenv, "books", "before");
  await untilSettled(generation);
  await devenvDoes("down");
  const since = devenv.events.length;
  await cluster.save("books", goProgram("without a container"));
  const { failure } = await devenv.until(ofType("notReady"), since);
  expect(failure.message).toBe("books has no container");
  expect(failure.hint).toContain("devenv up");
  await devenv.until(ofType("rollbackFailed"), since);

  await devenvDoes("up");
  expect(await cluster.answer("books")).toBe("before");
  await commitVersion(cluster, devenv, "books", "with a container again");
  expect(await cluster.answer("books")).toBe("with a container again");
});

test("code that another devenv put in place is what a roll-back goes back to", async () => {
  await commitVersion(cluster, devenv, "books", "of this watch");
  const { build } = await cluster.status("books");
  await cluster.ciBuilds({ books: "ci again" });
  // A reset forgets the local build: the next up takes CI's.
  await devenvDoes("reset");
  await devenvDoes("up");
  expect(await cluster.answer("books")).toBe("ci again");

  let since = devenv.events.length;
  await cluster.save("books", goProgram("bad", { first: 'panic("no table")' }));
  const rolledBack = await devenv.until(ofType("rolledBack"), since);
  expect(rolledBack.to).toMatch(/^ci:/);
  expect(await cluster.answer("books")).toBe("ci again");

  // And the code that this watch ran before counts as new.
  since = devenv.events.length;
  await cluster.save("books", goProgram("of this watch"));
  expect((await devenv.until(ofType("committed"), since)).build).toBe(build);
  expect(await cluster.answer("books")).toBe("of this watch");
});

test("a save during `devenv up` waits for it", async () => {
  await commitVersion(cluster, devenv, "books", "before up");
  const profile = await readFile(cluster.profile, "utf8");
  await writeFile(cluster.profile, profile.replace("    image:", "    labels: { added: yes }\n    image:"));
  const since = devenv.events.length;
  const up = cluster.run("up");
  for (let n = 1; n <= 5; n++) {
    const from = devenv.events.length;
    await cluster.save("books", goProgram(`during up ${n}`));
    await devenv.until(ofType("committed", "rolledBack", "rollbackFailed"), from);
  }
  const { code, output } = await up;
  expect(code, output).toBe(0);
  expect(devenv.events.slice(since).some(ofType("rolledBack", "rollbackFailed"))).toBe(false);
  await commitVersion(cluster, devenv, "books", "after up");
  expect(await cluster.answer("books")).toBe("after up");
});

test("without Go: what is missing and how to get it, on the screen and by the exit code", async () => {
  await devenv.interrupt();
  const bin = join(cluster.folder, "bin-without-go");
  await mkdir(bin, { recursive: true });
  for (const name of ["sh", "git", "docker"]) {
    const { stdout } = await systemProcesses.run("which", [name]);
    await symlink(stdout.trim(), join(bin, name)).catch(() => {});
  }
  const { code, stdout } = await systemProcesses.run(process.execPath, [CLI, "watch", "--json"], {
    cwd: cluster.folder,
    env: { ...cluster.env, PATH: bin },
  });
  expect(code).toBe(3);
  // Before it, what becomes of a save that the watch before left settling.
  const last = stdout.trimEnd().split("\n").at(-1) ?? "";
  const { failure } = JSON.parse(last) as { failure: FailureReport };
  expect(failure).toMatchObject({ class: "environment", message: "Go is not installed" });
  expect(failure.hint).toContain("install Go");
  devenv = await startWatch(cluster);
});

test("a go.mod that is broken when the watch begins is told, and its next save is seen", async () => {
  await commitVersion(cluster, devenv, "books", "before go.mod broke");
  await devenv.interrupt();
  await cluster.write("books", "go.mod", "module books\n\nnonsense\n");
  devenv = await startWatch(cluster);
  const { failure } = await devenv.until(ofType("watchFailed"), 0);
  expect(failure.where).toMatchObject({ line: 3 });
  await cluster.write("books", "go.mod", "module books\n\ngo 1.19\n");
  await devenv.until(ofType("unchanged"), 0);
  await commitVersion(cluster, devenv, "books", "after go.mod was mended");
  expect(await cluster.answer("books")).toBe("after go.mod was mended");
});

test("every line of `watch --json` is an event, the last one too; Ctrl-C is exit code 130", async () => {
  await devenv.interrupt();
  const lines: string[] = [];
  const watch = startDevenv(cluster, ["watch", "--json"], (line) => lines.push(line));
  await watch.until(ofType("watching"), 0);
  await commitVersion(cluster, watch, "books", "as JSON");
  expect(await watch.interrupt()).toBe(130);
  const events = lines.map((line) => JSON.parse(line) as { type?: string; at?: number });
  for (const event of events) expect(event).toMatchObject({ type: expect.any(String), at: expect.any(Number) });
  expect(events.at(-1)?.type).toBe("committed");
  devenv = await startWatch(cluster);
});

/** In a user namespace of its own, which has limits of its own. */
const withOneWatch = (command: string): string[] => [
  ...["--user", "--map-root-user", "sh", "-c"],
  `echo 1 > /proc/sys/user/max_inotify_watches && exec ${command}`,
];
const canLimit = (await systemProcesses.run("unshare", withOneWatch("true"))).code === 0;

test.skipIf(!canLimit)("the limit of watched files is told as what it is, with the line that raises it", async () => {
  await devenv.interrupt();
  const command = withOneWatch(`"${process.execPath}" "${CLI}" watch`);
  const { code, stderr } = await systemProcesses.run("unshare", command, { cwd: cluster.folder, env: cluster.env });
  expect(code, stderr).toBe(3);
  expect(stderr).toContain("limit of file watches is reached: user.max_inotify_watches is 1");
  expect(stderr).toContain("sudo sysctl");
  devenv = await startWatch(cluster);
});

test("what `watch` prints fits a terminal of 80 columns", async () => {
  await devenv.interrupt();
  const lines: string[] = [];
  const watch = startDevenv({ ...cluster, env: { ...cluster.env, COLUMNS: "80" } }, ["watch"], (line) =>
    lines.push(line),
  );
  await watch.untilLine((line) => line.startsWith("Watching"));
  await cluster.save("books", goProgram("on a screen"));
  await watch.untilLine((line) => line.includes("runs local:"));
  await watch.untilLine((line) => line.includes(" ms"));
  await cluster.save("books", goProgram("bad", { first: 'panic("no table")' }));
  await watch.untilLine((line) => line.includes("rolled back to"));
  expect(await watch.interrupt()).toBe(130);
  // The program's own words are shown as they came.
  expect(lines.filter((line) => line.length > 80 && !line.startsWith("  │"))).toEqual([]);
  devenv = await startWatch(cluster);
});
