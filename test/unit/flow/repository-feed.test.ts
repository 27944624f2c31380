import { rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Channel } from "../../../src/flow/channel.ts";
import type { Machine } from "../../../src/flow/machine.ts";
import { RepositoryFeed } from "../../../src/flow/repository-feed.ts";
import { systemProcesses } from "../../../src/host/process.ts";
import type { Event } from "../../../src/model/event.ts";
import { generation, serviceName } from "../../../src/model/names.ts";
import type { Profile } from "../../../src/model/profile.ts";
import type { RepositoryNow } from "../../../src/model/repository.ts";
import { emptyView, nextView, type View } from "../../../src/state/view.ts";
import { makeTeam, type Team } from "../../harness/repositories.ts";
import { manualClock } from "../watch/manual-clock.ts";

let team: Team;

beforeAll(async () => {
  team = await makeTeam();
  await team.repository("repos/api");
  await team.repository("repos/web");
});
afterAll(() => team?.remove());

/** The feed of the team's workspace, with a clock that a test moves, and the folders that git was asked about. */
function feedOf() {
  const manual = manualClock();
  let sleeps = 0;
  const sleep: typeof manual.sleep = (ms, signal) => {
    sleeps++;
    return manual.sleep(ms, signal);
  };
  const clock = { ...manual, sleep };
  const closing = new AbortController();
  const asked: string[] = [];
  const processes = {
    ...systemProcesses,
    run: (command: string, args: readonly string[], options?: { cwd?: string }) => {
      asked.push((options?.cwd ?? "").slice(team.workspace.length + 1));
      return systemProcesses.run(command, args, options);
    },
  };
  const environment = { ...process.env, ...team.env };
  const surroundings = { clock, processes, environment, machine: { home: team.folder }, signal: closing.signal };
  const events = new Channel<Event>({ tellsLast: false });
  const view = new Channel<View>({ tellsLast: true });
  const profile = () => ({ workspace: team.workspace, repos: [] }) as unknown as Profile;
  const sources = { profile, events: events.listen, view: view.listen };
  const feed = new RepositoryFeed(sources, surroundings as unknown as Machine);
  const news: (readonly RepositoryNow[])[] = [];
  /** The last news of a repository, once it fits. */
  const row = (name: string, fits: (row: RepositoryNow) => boolean) =>
    expect
      .poll(() => news.at(-1)?.find(({ tree }) => tree.name === name))
      .toSatisfy((found: RepositoryNow | undefined) => found !== undefined && fits(found));
  /** Lets the feed look once more, and resolves when it has. */
  const look = async () => {
    await expect.poll(() => sleeps).toBeGreaterThan(0);
    const before = sleeps;
    await clock.pass(3000);
    await expect.poll(() => sleeps).toBeGreaterThan(before);
  };
  const close = async () => {
    closing.abort();
    await feed.close();
  };
  return { feed, asked, events, view, news, row, look, close };
}

test("git is asked about a repository when its files changed, or a save was heard of in it, and about no other", async () => {
  const { feed, asked, events, news, row, look, close } = feedOf();
  feed.listen((all) => news.push(all));
  await row(
    "repos/api",
    ({ branch, ahead, behind, dirty }) => branch === "main" && ahead === 0 && behind === 0 && dirty === 0,
  );
  expect(asked.toSorted()).toEqual(["repos/api", "repos/web"]);
  await look();
  expect(asked).toHaveLength(2);
  await team.commit("repos/api", { "new.txt": "1\n" });
  await look();
  await row("repos/api", ({ ahead }) => ahead === 1);
  await team.git("repos/api", "push", "-q");
  await look();
  await row("repos/api", ({ ahead }) => ahead === 0);
  const before = asked.length;
  await team.write("repos/web", { "edited.txt": "1\n" });
  const path = join(team.at("repos/web"), "edited.txt");
  const service = serviceName("web");
  events.tell({ type: "saved", at: 1, service, generation: generation(1), paths: [path], detectMs: 1 });
  await look();
  await row("repos/web", ({ dirty }) => dirty === 1);
  expect(asked.slice(before)).toEqual(["repos/web"]);
  await close();
});

test("an edit that no service is made of is seen within ten seconds or so, of which nothing tells", async () => {
  const { feed, news, row, look, close } = feedOf();
  feed.listen((all) => news.push(all));
  await row("repos/api", ({ dirty }) => dirty === 0);
  await team.write("repos/api", { "notes.txt": "1\n" });
  for (let at = 0; at < 4; at++) await look();
  await row("repos/api", ({ dirty }) => dirty === 1);
  await rm(join(team.at("repos/api"), "notes.txt"));
  await close();
});

test("nothing is looked at when nobody listens, and nothing is told that is as it was", async () => {
  const { feed, asked, news, row, look, close } = feedOf();
  const end = feed.listen((all) => news.push(all));
  await row("repos/api", ({ branch }) => branch === "main");
  await look();
  const told = news.length;
  await look();
  expect(news).toHaveLength(told);
  end();
  const count = asked.length;
  await utimes(join(team.at("repos/api"), ".git/index"), new Date(), new Date());
  await close();
  expect(asked).toHaveLength(count);
});

test("what a pull did with a repository is told, by whomever it was pulled", async () => {
  const { feed, view, news, row, look, close } = feedOf();
  feed.listen((all) => news.push(all));
  const left = [{ name: "repos/web", words: "2 commits of yours", command: "git push" }];
  view.tell(nextView(emptyView, { type: "pulled", at: 7, moved: [], left, failed: [], well: [], ms: 1 }));
  await row("repos/api", ({ branch }) => branch === "main");
  await look();
  await row(
    "repos/web",
    ({ lastPull }) => lastPull?.is === "left" && lastPull.at === 7 && lastPull.command === "git push",
  );
  await close();
});
