import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import type { Event } from "../../src/model/event.ts";
import { begin, type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { file, folder, type HttpServer, startHttpServer } from "../harness/http-server.ts";
import { openTerminal } from "../harness/terminal.ts";
import { CLI, makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";
import { rowsOf } from "./fetch-rows.ts";

const dockerHost = `unix://${inject("dockerSocket")}`;

let workspace: TestWorkspace;
let view: ClusterView;
let server: HttpServer;

/** A cluster whose CI is behind HTTP. */
async function runningCluster(): Promise<void> {
  workspace = await makeWorkspace([{ name: "web" }, { name: "api" }], dockerHost);
  view = viewOf(workspace);
  server = await startHttpServer();
  server.route("/ci/", folder(join(workspace.folder, "ci"), "/ci/"));
  await view.editProfile("file:./ci", server.url("/ci/"));
  const up = await workspace.run("up");
  if (up.code !== 0) throw new Error(up.output);
}

async function gone(): Promise<void> {
  await server.close();
  await workspace.remove();
}

const fetched = async (...args: string[]) => rowsOf(await workspace.run("fetch", "--json", ...args));
const asked = (since: number) => server.requests.slice(since).map(({ path }) => path);
const built = (service: string, number: number) => join(workspace.folder, `ci/builds/${number}/${service}`);
/** Has the server take longer for a build's program than any test does; gives what makes it quick, also on its way. */
async function slowly(service: string, number: number): Promise<() => void> {
  const content = await readFile(built(service, number));
  const trickle = { bytes: Math.ceil(content.length / 1000), everyMs: 200 };
  server.route(`/ci/builds/${number}/${service}`, file(content, { trickle }));
  return () => {
    trickle.everyMs = 0;
  };
}

describe("devenv fetch over HTTP", () => {
  beforeAll(runningCluster);
  afterAll(gone);

  it("asks one thing where nothing is new, and is told that it has not changed", async () => {
    await fetched();
    const since = server.requests.length;
    expect(await fetched()).toMatchObject({ web: { outcome: "unchanged" }, api: { outcome: "unchanged" } });
    expect(asked(since)).toEqual(["/ci/manifest.json"]);
    expect(server.requests.at(-1)?.headers["if-none-match"]).toBeDefined();
  });

  it("gets what is new, once, and swaps it in", async () => {
    await workspace.ciBuilds({ web: "v125" });
    const [since, containers] = [server.requests.length, await view.identities()];
    expect(await fetched()).toMatchObject({ web: { to: "ci:125", outcome: "swapped" } });
    expect(asked(since)).toEqual(["/ci/manifest.json", "/ci/builds/125/web"]);
    expect(await view.answer("web")).toBe("v125");
    expect(await view.identities()).toEqual(containers);
  });

  it("goes on with the others where one is a 404", async () => {
    await workspace.ciBuilds({ web: "v126", api: "v126" });
    await rm(built("web", 126));
    const { code, stdout, stderr } = await workspace.run("fetch");
    expect(stdout).toMatch(/^web +ci:125 +ci:126 +- +failed: /m);
    expect(stdout).toMatch(/^api +ci:124 +ci:126 +\d[\d.]* MB +swapped in$/m);
    expect(stderr).toMatch(/✖ web: .*404/);
    expect(stderr).toContain(server.url("/ci/builds/126/web"));
    expect(code).toBe(1);
    expect([await view.answer("web"), await view.answer("api")]).toEqual(["v125", "v126"]);
  });

  it("leaves the cluster as it was when Ctrl-C comes in the middle of a download, and completes the next time", async () => {
    await workspace.ciBuilds({ web: "v127", api: "v127" });
    const quicken = await slowly("web", 127);
    const [containers, store] = [await view.identities(), join(workspace.folder, ".xdg/cache/devenv/store")];
    const complete = async () => (await readdir(store)).filter((name) => /^[0-9a-f]{64}$/.test(name)).length;
    const fetching = begin(workspace, ["fetch", "--json"]);
    await fetching.until(/"type":"stepDone".*"step":"fetch:api"/);
    await fetching.until(/"type":"stepProgress".*"step":"fetch:web"/);
    const before = await complete();
    const { code, output } = await fetching.end("SIGINT");
    expect(output).toContain("interrupted");
    expect(code).toBe(130);
    expect(await complete()).toBe(before);
    expect(await view.identities()).toEqual(containers);
    expect([await view.answer("web"), await view.answer("api")]).toEqual(["v125", "v126"]);
    quicken();
    expect(await fetched()).toMatchObject({ web: { outcome: "swapped" }, api: { size: 0, outcome: "swapped" } });
    expect([await view.answer("web"), await view.answer("api")]).toEqual(["v127", "v127"]);
  });

  it("shows on a terminal how far each download is and all together, then the swap", async () => {
    await workspace.ciBuilds({ web: "v128", api: "v128" });
    const quicken = await Promise.all([slowly("web", 128), slowly("api", 128)]);
    const { NO_COLOR, ...env } = workspace.env;
    const terminal = await openTerminal({ columns: 110, rows: 24, cwd: workspace.folder, env });
    try {
      await terminal.type(`${process.execPath} ${CLI} fetch`);
      await terminal.press("Enter");
      await terminal.until(/web +█*░+ \d+ % [\d.]+ \w+ of 5\.9 MB/);
      const screen = await terminal.until(/total +█*░+ \d+ % .* of 12 MB, .*\/s, .* left/);
      expect(screen).toMatch(/api +█*░+ \d+ % /);
      for (const each of quicken) each();
      await terminal.until(/web +ci:127 +ci:128 +5\.9 MB +swapped in/, 90_000);
    } finally {
      await terminal.close();
    }
    expect([await view.answer("web"), await view.answer("api")]).toEqual(["v128", "v128"]);
  });
});

describe("devenv up over HTTP", () => {
  beforeEach(runningCluster);
  afterEach(gone);

  it("goes on with what is there where CI cannot be reached, and says so; fetch fails, saying so", async () => {
    await server.close();
    const before = await view.identities();
    const { code, stdout } = await workspace.run("up");
    expect(stdout).toContain("Nothing to do");
    expect(stdout).toMatch(/^! CI cannot be asked \(.*127\.0\.0\.1:\d+.*\): web, api stay on ci:124$/m);
    expect(code).toBe(0);
    expect(await view.identities()).toEqual(before);
    const { notes } = JSON.parse((await workspace.run("up", "--json")).stdout.trim().split("\n").at(-1) ?? "");
    expect(notes).toEqual([expect.stringContaining("CI cannot be asked")]);
    await workspace.run("down");
    expect((await workspace.run("up")).code).toBe(0);
    expect([await view.answer("web"), await view.answer("api")]).toEqual(["ci", "ci"]);
    const fetching = await workspace.run("fetch");
    expect(fetching.stderr).toMatch(/✖ .*127\.0\.0\.1:\d+/);
    expect(fetching.code).toBe(3);
  });

  it("fails where a service has nothing to go on with, and names it", async () => {
    await server.close();
    await mkdir(join(workspace.folder, "repos/new"));
    await view.editProfile(
      "  api:\n",
      "  new:\n    image: scratch\n    x-devenv: { repo: repos/new, build: { go: . } }\n  api:\n",
    );
    const before = await view.identities();
    const { code, stderr } = await workspace.run("up");
    expect(stderr).toContain("Nothing of new is here to go on with.");
    expect(code).toBe(3);
    expect(await view.identities()).toEqual(before);
  });

  it("fails the step of the service whose build is not what its checksum says; all else goes on", async () => {
    await workspace.ciBuilds({ web: "v125", api: "v125" });
    const content = await readFile(built("web", 125));
    await writeFile(built("web", 125), Buffer.concat([Buffer.from("x"), content.subarray(1)]));
    const { code, stdout, stderr } = await workspace.run("up");
    expect(stdout).toMatch(/^✖ .*web.*\(ci:125 instead of ci:124\): web: /m);
    expect(stderr).toMatch(/✖ web: .*(damaged|checksum|SHA-256)/);
    expect(code).toBe(1);
    expect([await view.answer("web"), await view.answer("api")]).toEqual(["ci", "v125"]);
    const found = (await workspace.run("status", "--json")).stdout;
    expect(JSON.parse(found).services).toMatchObject([{ state: "ready", build: "ci:124" }, { build: "ci:125" }]);
  });

  it("tells how far its downloads are", async () => {
    await workspace.ciBuilds({ web: "v125" });
    const quicken = await slowly("web", 125);
    const up = begin(workspace, ["up", "--json"]);
    const progress = JSON.parse(await up.until(/"type":"stepProgress".*"done":\d+,"total":\d+/)) as Event;
    expect(progress).toMatchObject({ note: expect.stringMatching(/^fetching ci:125, .* of 5\.9 MB$/) });
    await up.end("SIGINT");
    quicken();
    expect(await view.answer("web")).toBe("ci");
    expect((await workspace.run("up")).code).toBe(0);
    expect(await view.answer("web")).toBe("v125");
  });
});
