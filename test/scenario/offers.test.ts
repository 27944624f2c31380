import { existsSync, readFileSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { ofType, startWatch } from "../harness/devenv.ts";
import { eventually } from "../harness/eventually.ts";
import { folder, startHttpServer } from "../harness/http-server.ts";
import { openTerminal, type Terminal } from "../harness/terminal.ts";
import { CLI, makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

const PATIENT_MS = 60_000;

describe("a newer build of CI, while devenv watches", () => {
  let workspace: TestWorkspace;
  let view: ClusterView;
  let terminal: Terminal | undefined;
  let newest = 124;
  const pins = () => join(workspace.folder, "pins.yaml");
  const runs = async (service: string) => (await view.statusOf(service)).build;
  /** CI builds web anew; gives what people call the build. */
  const ciBuilds = async (text = `web ${newest + 1}`): Promise<number> => {
    await workspace.ciBuilds({ web: text });
    newest += 1;
    return newest;
  };

  beforeAll(async () => {
    workspace = await makeWorkspace([{ name: "web" }, { name: "api" }], `unix://${inject("dockerSocket")}`);
    const profile = await readFile(workspace.profile, "utf8");
    await writeFile(workspace.profile, profile.replace('source: "file:./ci"', 'source: "file:./ci", every: 500ms'));
    view = viewOf(workspace);
    const up = await workspace.run("up");
    expect(up.code, up.output).toBe(0);
  });
  afterEach(async () => {
    await terminal?.close();
    terminal = undefined;
    rmSync(pins(), { force: true });
    expect((await workspace.run("fetch")).code).toBe(0);
  });
  afterAll(() => workspace.remove());

  /** A terminal in which devenv watches. */
  async function watching(...args: string[]): Promise<Terminal> {
    terminal = await openTerminal({ columns: 80, rows: 24, cwd: workspace.folder, env: workspace.env });
    await terminal.type(
      `node ${CLI} ${args.join(" ")}; echo "code $?"; stty -a | tr ' ' '\\n' | grep -cxE 'icanon|isig|echo'`,
    );
    await terminal.press("Enter");
    await terminal.until(/watching \d+ folders|Watching web, api/i, PATIENT_MS);
    return terminal;
  }

  it("is taken with a key, swapped in and answers", async () => {
    const screen = await watching("watch");
    const build = await ciBuilds();
    await screen.until(
      new RegExp(`^web ${build} is green: \\[t\\]ake it, \\[p\\]in ${build - 1}, \\[n\\]ot now$`, "m"),
    );
    expect(await runs("web")).toBe(`ci:${build - 1}`);
    await screen.press("t");
    await screen.until(new RegExp(`✔ web runs ci:${build} after`), PATIENT_MS);
    expect(await runs("web")).toBe(`ci:${build}`);
    expect(await runs("api")).toBe("ci:124");
  });

  it("is taken in devenv alone, which is in another terminal than the one that watches", async () => {
    const screen = await watching("watch");
    const other = await openTerminal({ columns: 100, rows: 24, cwd: workspace.folder, env: workspace.env });
    try {
      await other.type(`node ${CLI}`);
      await other.press("Enter");
      await other.until(/watched by devenv watch/, PATIENT_MS);
      const build = await ciBuilds();
      await other.until(new RegExp(`web ${build} is green: `));
      await other.press("t");
      await screen.until(new RegExp(`✔ web runs ci:${build} after`), PATIENT_MS);
      await other.until(new RegExp(`✔ runs ci:${build} after`), PATIENT_MS);
      expect(await runs("web")).toBe(`ci:${build}`);
    } finally {
      await other.close();
    }
  });

  it("is not offered again once it is declined; the next one is", async () => {
    const screen = await watching("watch");
    const first = await ciBuilds();
    await screen.until(new RegExp(`^web ${first} is green`, "m"));
    await screen.press("n");
    await screen.until(new RegExp(`web leaves ci:${first} for now`));
    const second = await ciBuilds();
    const shown = await screen.until(new RegExp(`^web ${second} is green`, "m"));
    expect(shown.match(new RegExp(`web ${first} is green`, "g"))).toHaveLength(1);
    expect(await runs("web")).toBe(`ci:${first - 1}`);
  });

  it("is declined for good with a pin of what runs", async () => {
    const screen = await watching("watch");
    const build = await ciBuilds();
    await screen.until(new RegExp(`^web ${build} is green`, "m"));
    await screen.press("p");
    await screen.until(new RegExp(`web stays on ci:${build - 1}: it is pinned`));
    expect(readFileSync(pins(), "utf8")).toContain(`build: "${build - 1}"`);
    expect(await view.statusOf("web")).toMatchObject({ build: `ci:${build - 1}`, pinned: String(build - 1) });
  });

  it("that does not answer is taken back, told, and not offered again", async () => {
    const screen = await watching("watch");
    await workspace.ciBuilds({ web: { program: "crashes-at-start" } });
    newest += 1;
    const bad = newest;
    await screen.until(new RegExp(`^web ${bad} is green`, "m"));
    await screen.press("t");
    await screen.until(new RegExp(`✖ web does not take ci:${bad}`), PATIENT_MS);
    expect(await runs("web")).toBe(`ci:${bad - 1}`);
    const good = await ciBuilds();
    const shown = await screen.until(new RegExp(`^web ${good} is green`, "m"));
    expect(shown.match(new RegExp(`web ${bad} is green`, "g"))).toHaveLength(1);
  });

  it("leaves the terminal as it was when Ctrl-C ends the watching in the middle of the question", async () => {
    const screen = await watching("watch");
    const build = await ciBuilds();
    await screen.until(new RegExp(`^web ${build} is green`, "m"));
    await screen.press("C-c");
    // Lines are edited by the terminal and echoed, and its keys are signals.
    await screen.until(/code 130\n3\n/, PATIENT_MS);
    await screen.type("echo back again");
    await screen.press("Enter");
    await screen.until(/^back again$/m);
  });

  it("waits behind a swap of a save, and then does not take its place", async () => {
    const screen = await watching("watch");
    const build = await ciBuilds();
    await screen.until(new RegExp(`^web ${build} is green`, "m"));
    await workspace.saveVersion("web", "edited");
    await screen.until(/saved web #1/);
    await screen.press("t");
    await screen.until(/✔ web #1 runs local:/, PATIENT_MS);
    expect(await runs("web")).toMatch(/^local:/);
    await screen.press("C-c");
    await screen.until(/code 130/, PATIENT_MS);
    expect(await runs("web")).toMatch(/^local:/);
    expect((await workspace.run("use", "web=ci")).code).toBe(0);
    expect((await workspace.run("use", "--clear")).code).toBe(0);
  });

  it("is told and not asked about where there is no terminal", async () => {
    const watch = await startWatch(workspace);
    const build = await ciBuilds();
    const offered = await watch.until(ofType("buildOffered"), 0);
    expect(offered).toMatchObject({ service: "web", build: `ci:${build}`, from: `ci:${build - 1}` });
    // Whoever takes it elsewhere takes the offer away.
    expect((await workspace.run("fetch", "web")).code).toBe(0);
    expect(await watch.until(ofType("offerGone"), 0)).toMatchObject({ service: "web", build: `ci:${build}` });
    expect(await watch.interrupt()).toBe(130);
    expect(existsSync(pins())).toBe(false);
  });

  it("is offered on the screen of `devenv` alone, with the same keys", async () => {
    const screen = await watching();
    const build = await ciBuilds();
    await screen.until(new RegExp(`web ${build} is green: \\[t\\]ake it, \\[p\\]in ${build - 1}, \\[n\\]ot now`));
    await screen.press("t");
    await screen.until(new RegExp(`web +ready +ci +ci:${build} `), PATIENT_MS);
    const pinned = await ciBuilds();
    await screen.until(new RegExp(`web ${pinned} is green`));
    await screen.press("p");
    await screen.until(new RegExp(`web +ready +ci +ci:${build} ◆`));
    await screen.press("q", "q");
    await screen.until(/code 0/);
  });

  it("is asked about by `devenv fetch --ask`: taken, pinned, or left", async () => {
    const build = await ciBuilds();
    await workspace.ciBuilds({ api: `api ${build + 1}` });
    newest += 1;
    terminal = await openTerminal({ columns: 80, rows: 24, cwd: workspace.folder, env: workspace.env });
    await terminal.type(`node ${CLI} fetch --ask; echo "code $?"`);
    await terminal.press("Enter");
    await terminal.until(new RegExp(`web ${build} is green; it runs ci:${build - 1}`), PATIENT_MS);
    await terminal.press("Enter");
    await terminal.until(new RegExp(`api ${build + 1} is green; it runs ci:124`));
    await terminal.press("Down", "Enter");
    await terminal.until(/code 0/, PATIENT_MS);
    expect(await view.statusOf("web")).toMatchObject({ build: `ci:${build}` });
    expect(await view.statusOf("api")).toMatchObject({ build: "ci:124", pinned: "124" });
  });

  it("is not fetched when Ctrl-C is the answer, nor asked about without a terminal", async () => {
    const before = await runs("web");
    const build = await ciBuilds();
    terminal = await openTerminal({ columns: 80, rows: 24, cwd: workspace.folder, env: workspace.env });
    await terminal.type(`node ${CLI} fetch --ask web; echo "code $?"`);
    await terminal.press("Enter");
    await terminal.until(new RegExp(`web ${build} is green`), PATIENT_MS);
    await terminal.press("C-c");
    await terminal.until(/code 130/, PATIENT_MS);
    expect(await runs("web")).toBe(before);
    const { code, stderr } = await workspace.run("fetch", "--ask");
    expect([code, stderr]).toEqual([2, expect.stringContaining("--ask needs a person at a terminal")]);
  });

  it("costs CI one question a round, however many services there are, that a 304 answers", async () => {
    const server = await startHttpServer();
    const profile = await readFile(workspace.profile, "utf8");
    try {
      server.route("/ci/", folder(join(workspace.folder, "ci"), "/ci"));
      await writeFile(workspace.profile, profile.replace("file:./ci", server.url("/ci/")));
      const watch = await startWatch(workspace);
      const asked = () => server.requests.filter(({ path }) => path === "/ci/manifest.json");
      await eventually(asked, ({ length }) => length >= 4, { withinMs: PATIENT_MS });
      await watch.interrupt();
      expect(server.requests).toEqual(asked());
      expect(
        asked()
          .slice(1)
          .map(({ headers }) => headers["if-none-match"]),
      ).not.toContain(undefined);
    } finally {
      await writeFile(workspace.profile, profile);
      await server.close();
    }
  });
});
