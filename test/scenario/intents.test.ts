import { setMaxListeners } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lazyStore } from "../../src/artifact/lazy-store.ts";
import { connect } from "../../src/docker/connect.ts";
import { type OpenLive, openLive } from "../../src/flow/live.ts";
import type { Machine } from "../../src/flow/machine.ts";
import { systemProcesses } from "../../src/host/process.ts";
import { type ServiceName, serviceName } from "../../src/model/names.ts";
import type { RepositoryNow } from "../../src/model/repository.ts";
import { Redactor } from "../../src/model/secret.ts";
import type { ServiceStatus } from "../../src/model/status.ts";
import { openProfile } from "../../src/profile/open-profile.ts";
import { systemSurroundings } from "../../src/provider/surroundings.ts";
import { createBus } from "../../src/state/bus.ts";
import type { Done, Intent } from "../../src/state/intents.ts";
import type { Listen } from "../../src/state/live.ts";
import { redactedBus } from "../../src/state/redacted.ts";
import { clusterOf, type TestCluster } from "./save-loop-cluster.ts";

const books = serviceName("books");
const authors = serviceName("authors");
let cluster: TestCluster;
let live: OpenLive;
const keyboard = new PassThrough();
const screen: string[] = [];

beforeAll(async () => {
  setMaxListeners(0); // as main.ts does, and why
  cluster = await clusterOf({ name: "books" }, { name: "authors" });
  const surroundings = systemSurroundings({
    ...process.env,
    ...cluster.env,
    DISPLAY: undefined,
    WAYLAND_DISPLAY: undefined,
    BROWSER: undefined,
  });
  const { environment, folders } = surroundings;
  const secrets = new Redactor();
  const machine: Machine = {
    ...surroundings,
    bus: redactedBus(createBus(), secrets),
    store: lazyStore(folders.cache),
    connect: async (address) => connect(address),
    secrets,
    isAtTerminal: false,
    signal: new AbortController().signal,
  };
  const reload = () =>
    openProfile(
      { name: undefined, files: undefined },
      { from: cluster.folder, environment, home: cluster.folder, cacheFolder: folders.cache, onSecrets: () => {} },
    );
  const stdin = Object.assign(keyboard, { setRawMode: () => stdin, isTTY: true }) as never as NodeJS.ReadStream;
  const written = new PassThrough().on("data", (bytes: Buffer) => screen.push(String(bytes)));
  const stdout = Object.assign(written, { columns: 80, rows: 24 }) as never as NodeJS.WriteStream;
  live = openLive(await reload(), { reload, terminal: { stdin, stdout } }, machine);
  await told(live.loop, ({ is }) => is === "here");
  await told(live.view, ({ watch }) => watch !== undefined);
});
afterAll(async () => {
  await live?.close();
  await cluster?.remove();
});

/** The first news that fits. */
function told<News>(listen: Listen<News>, fits: (news: News) => boolean): Promise<News> {
  let end = () => {};
  return new Promise<News>((resolve) => {
    end = listen((news) => {
      if (fits(news)) resolve(news);
    });
  }).finally(() => end());
}

const AUTHOR = ["-c", "user.name=A", "-c", "user.email=a@example.org"];

const git = (folder: string, ...args: string[]) => systemProcesses.run("git", [...AUTHOR, ...args], { cwd: folder });

const perform = (intent: Intent): Promise<Done> => live.intents.perform(intent);

/** Its row of the status, once it fits. */
async function row(name: ServiceName, fits: (row: ServiceStatus) => boolean): Promise<ServiceStatus> {
  const find = (services: readonly ServiceStatus[]) => services.find((each) => each.name === name && fits(each));
  const news = await told(live.status, (each) => each.is === "known" && find(each.status.services) !== undefined);
  const found = news.is === "known" ? find(news.status.services) : undefined;
  return found ?? expect.unreachable("it fitted");
}

test("swap builds a service as a save would, and restart restarts it", async () => {
  const swapped = await perform({ to: "swap", service: books });
  const { build } = await row(books, ({ mode }) => mode === "local");
  expect(swapped.words).toBe(`books runs ${build}`);
  expect(await perform({ to: "swap", service: books })).toMatchObject({
    words: `books runs ${build} already: nothing to swap`,
  });
  expect((await perform({ to: "restart", service: books })).words).toMatch(/^books answers again after \d+/);
});

test("a swap that does not build fails with the compiler's words", async () => {
  const good = await readFile(cluster.source("books"), "utf8");
  await cluster.save("books", good.replace("func main() {", "func main() {\n\tfoo()"));
  await expect(perform({ to: "swap", service: books })).rejects.toMatchObject({
    output: expect.stringContaining("undefined: foo"),
  });
  await cluster.save("books", good);
  await told(live.view, ({ services }) => services.get(books)?.failure === undefined);
});

test("stop, start and mode do what use does; a service starts in the mode that it had", async () => {
  await perform({ to: "mode", service: authors, mode: "local" });
  expect(await perform({ to: "stop", service: authors })).toMatchObject({ words: "authors is off" });
  await row(authors, ({ state }) => state === "off");
  expect(await perform({ to: "start", service: authors })).toMatchObject({ words: "authors is in mode local" });
  await row(authors, ({ state, mode }) => state === "ready" && mode === "local");
  expect(await perform({ to: "mode", service: authors, mode: "ci" })).toMatchObject({ words: "authors is in mode ci" });
  await expect(perform({ to: "mode", service: authors, mode: "loca" })).rejects.toMatchObject({
    message: "authors: loca is no mode",
  });
});

test("fetch, rollback, pin and unpin change what runs, and fail as their commands do", async () => {
  await cluster.ciBuilds({ authors: "ci two" });
  expect(await perform({ to: "fetch", services: [authors] })).toMatchObject({ words: "CI's builds: 1 swapped in" });
  expect(await perform({ to: "rollback", service: authors })).toMatchObject({
    words: "authors runs ci:124 again, no longer ci:125",
  });
  expect(await perform({ to: "unpin", service: authors })).toMatchObject({
    words: "authors no longer stays on ci:124",
  });
  await expect(perform({ to: "unpin", service: authors })).rejects.toMatchObject({ message: "authors is not pinned" });
  expect(await perform({ to: "pin", service: authors, build: "125" })).toMatchObject({
    words: "authors stays on ci:125",
  });
  await row(authors, ({ build, pinned }) => build === "ci:125" && pinned === "125");
  await expect(perform({ to: "pin", service: authors, build: "999" })).rejects.toMatchObject({ exitCode: 2 });
});

test("pull-all tells of every repository, and they are followed while somebody listens", async () => {
  const folder = join(cluster.folder, "repos/books");
  for (const args of [
    ["init", "-q", "-b", "main"],
    ["add", "."],
    ["commit", "-qm", "first"],
  ])
    await git(folder, ...args);
  const of = (all: readonly RepositoryNow[]) => all.find(({ tree }) => tree.name === "repos/books");
  const first = of(await told(live.repositories, (all) => of(all)?.commit !== undefined));
  expect(first).toMatchObject({ branch: "main", dirty: 0, ahead: undefined, lastPull: undefined });
  const saved = told(live.repositories, (all) => of(all)?.dirty === 1);
  await cluster.saveVersion("books", "dirty");
  await saved;
  const left = told(live.repositories, (all) => of(all)?.lastPull?.is === "left");
  expect(await perform({ to: "pullAll" })).toMatchObject({ words: "1 repository: 1 left alone" });
  expect(of(await left)?.lastPull).toMatchObject({ words: expect.stringContaining("main") });
});

test("a shell has the terminal, a docker command leads into the container, an address without a browser is told", async () => {
  const shell = perform({ to: "shell", service: books });
  keyboard.write("echo $((40 + 2)); exit 3\n");
  expect(await shell).toMatchObject({ words: "the shell in books ended with code 3" });
  expect(screen.join("")).toContain("42");
  const { text } = await perform({ to: "dockerCommand", service: books });
  expect(text).toBe(
    `DOCKER_HOST=${cluster.env.DOCKER_HOST} docker exec -it ${cluster.cluster}-books-1 /devenv/init/busybox sh`,
  );
  await expect(perform({ to: "open", service: books })).rejects.toMatchObject({
    message: "books:8080 is reached from the cluster only",
  });
});

test("reset wants the cluster's name; down leaves the data", async () => {
  await expect(perform({ to: "reset", name: "books" })).rejects.toMatchObject({ exitCode: 2 });
  expect(await perform({ to: "down" })).toMatchObject({
    words: `cluster ${cluster.cluster} is down; its data is kept`,
  });
  await row(books, ({ state }) => state === "off");
  await told(live.loop, ({ is }) => is === "none");
  await expect(perform({ to: "swap", service: books })).rejects.toMatchObject({
    message: "nobody takes saves of this cluster at the moment",
  });
  expect(await perform({ to: "reset", name: cluster.cluster })).toMatchObject({
    words: `cluster ${cluster.cluster} and its data are gone`,
  });
});
