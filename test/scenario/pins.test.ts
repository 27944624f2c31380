import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { BuildRow } from "../../src/flow/builds-list.ts";
import { type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { freePort } from "../harness/free-port.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

describe("a service that is pinned to a build of CI", () => {
  let workspace: TestWorkspace;
  let view: ClusterView;
  const pins = () => join(workspace.folder, "pins.yaml");
  const run = (...args: string[]) => workspace.run(...args);
  const builds = async (...args: string[]): Promise<BuildRow[]> =>
    JSON.parse((await run("artifacts", "list", "--json", ...args)).stdout).builds;
  const runs = async (service: string) => (await view.statusOf(service)).build;

  beforeAll(async () => {
    const port = await freePort();
    workspace = await makeWorkspace(
      [{ name: "web", yaml: `    ports: ["${port}:8080"]` }, { name: "api" }],
      `unix://${inject("dockerSocket")}`,
    );
    view = viewOf(workspace);
    await workspace.ciBuilds({ web: "web 125", api: "api 125" });
    expect((await run("up")).code).toBe(0);
  });
  afterAll(() => workspace.remove());

  it("is pinned to what runs where no build is named, with who and when", async () => {
    await workspace.run("pin", "web", "--reason", "126 is slow");
    expect(readFileSync(pins(), "utf8")).toMatch(
      /^# The builds.*\npins:\n {2}web:\n {4}build: "125"\n {4}reason: 126 is slow\n {4}date: \d{4}-\d\d-\d\d\n/s,
    );
    const { stdout } = await run("pin", "--json");
    expect(JSON.parse(stdout).pins).toEqual([
      expect.objectContaining({ service: "web", build: "125", reason: "126 is slow" }),
    ]);
  });

  it("is marked by status, and only it", async () => {
    expect(await view.statusOf("web")).toMatchObject({ build: "ci:125", pinned: "125" });
    expect(await view.statusOf("api")).not.toHaveProperty("pinned");
    expect((await run("status")).stdout).toMatch(/web .* ci:125 \(pinned\) /);
  });

  it("stays on its build when `up` takes newer ones of the others", async () => {
    await workspace.ciBuilds({ web: "web 126", api: "api 126" });
    expect((await run("up")).code).toBe(0);
    expect([await runs("web"), await runs("api")]).toEqual(["ci:125", "ci:126"]);
  });

  it("is shown in the list of builds, with what runs and what is newest", async () => {
    const rows = await builds("web");
    const marks = rows.map(({ build, runs: does, pinned, newest, stored, offered, platforms }) => {
      expect([offered, platforms.length]).toEqual([true, 1]);
      return [build, { runs: does, pinned, newest, stored }];
    });
    expect(marks).toEqual([
      ["ci:126", { runs: false, pinned: false, newest: true, stored: false }],
      ["ci:125", { runs: true, pinned: true, newest: false, stored: true }],
      ["ci:124", { runs: false, pinned: false, newest: false, stored: false }],
    ]);
    const { stdout } = await run("artifacts", "list");
    expect(stdout).toMatch(/^● {2}web +125 +[0-9a-f]{7} +\d+\w +\w+ +[\d.]+ MB +runs, pinned, stored$/m);
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("cannot be pinned to a build that CI does not have; the nearest ones are named", async () => {
    const before = readFileSync(pins(), "utf8");
    const { code, stderr } = await run("pin", "web", "127");
    expect(code).toBe(2);
    expect(stderr).toContain("CI has no build 127 of web");
    expect(stderr).toContain("It has 126, 125, 124;");
    expect(readFileSync(pins(), "utf8")).toBe(before);
  });

  it.each([
    [["pin", "wbe"], "has no service wbe"],
    [["pin", "web", "local:3f9a12bc44de"], "nobody else has it"],
    [["unpin"], "unpin which service?"],
    [["unpin", "web", "--all"], "name none"],
    [["unpin", "wbe"], "has no service wbe"],
  ])("says of `devenv %s` what is wrong with it", async (args, words) => {
    const { code, stderr } = await run(...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
  });

  it("comes to the build that it is pinned to at once, where the cluster runs", async () => {
    const { code, stdout } = await run("pin", "api", "124");
    expect(stdout).toContain("✔ api stays on ci:124");
    expect(stdout).toContain("✔ api runs ci:124 in place of ci:126.");
    expect(code).toBe(0);
    expect(await runs("api")).toBe("ci:124");
  });

  it("is left alone by `up` and `fetch` from then on", async () => {
    expect((await run("up")).code).toBe(0);
    expect((await run("fetch")).code).toBe(0);
    expect([await runs("web"), await runs("api")]).toEqual(["ci:125", "ci:124"]);
  });

  it("stays on it while CI cannot be asked, and the list says what there is", async () => {
    renameSync(join(workspace.folder, "ci"), join(workspace.folder, "ci-away"));
    try {
      expect((await run("up")).code).toBe(0);
      expect([await runs("web"), await runs("api")]).toEqual(["ci:125", "ci:124"]);
      const { code, stdout, stderr } = await run("artifacts", "list");
      expect(code).toBe(0);
      expect(stdout).toMatch(/● {2}web +125 .* runs, pinned, stored, not in CI/);
      expect(stdout).toMatch(/^ +api +126 .* stored, not in CI/m);
      expect(stderr).toContain("CI could not be asked about web, api");
      expect((await run("pin", "web", "126")).code).toBe(3);
    } finally {
      renameSync(join(workspace.folder, "ci-away"), join(workspace.folder, "ci"));
    }
  });

  it("goes on to CI's newest when it is unpinned", async () => {
    expect((await run("unpin", "web")).stdout).toContain("✔ web no longer stays on ci:125");
    expect((await run("unpin", "web")).stdout).toContain("web was not pinned");
    expect((await run("up")).code).toBe(0);
    expect([await runs("web"), await runs("api")]).toEqual(["ci:126", "ci:124"]);
    expect(JSON.parse((await run("unpin", "--all", "--json")).stdout)).toEqual({
      type: "unpinned",
      unpinned: [{ service: "api", build: "124" }],
    });
    expect(existsSync(pins())).toBe(true);
    expect((await run("pin")).stdout).toContain("Nothing is pinned");
  });

  it("does not hide what runs when the pins file has a mistake", async () => {
    writeFileSync(pins(), "pins:\n  web: 124\n");
    const { code, stdout, stderr } = await run("status");
    expect(code).toBe(0);
    expect(stdout).toMatch(/web .* ci:126 /);
    expect(stderr).toContain("pins.yaml:2:8 the pin of web must be a mapping");
    const up = await run("up");
    expect(up.code).toBe(2);
    expect(up.stderr).toContain("pins.yaml:2:8");
  });
});
