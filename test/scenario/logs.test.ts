import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import { begin, type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { eventually } from "../harness/eventually.ts";
import { CLI, makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

describe("devenv logs", () => {
  let workspace: TestWorkspace;
  let view: ClusterView;

  beforeAll(async () => {
    workspace = await makeWorkspace(
      [
        { name: "web", yaml: "    depends_on: { flood: { condition: service_completed_successfully } }" },
        { name: "api", yaml: "    depends_on: { web: { condition: service_healthy } }" },
        {
          name: "flood",
          ci: "floods-log",
          yaml: '    environment: { LINES: "20000" }',
          devenv: "      restart: process",
        },
      ],
      `unix://${inject("dockerSocket")}`,
    );
    view = viewOf(workspace);
    // All of them end at once when they are told to, and say so.
    await view.editProfile(/stop_grace_period: 2s/g, "stop_grace_period: 20s");
    await workspace.run("up");
    await view.docker("wait", `${workspace.cluster}-flood-1`);
  });
  afterAll(() => workspace.remove());

  it("merges the services in the order of time, each line with its service", async () => {
    const listening = (stdout: string) => stdout.split("\n").filter((line) => line.includes("listens"));
    // A program may answer before what it said has come into its log.
    const { stdout, code } = await eventually(
      () => workspace.run("logs", "api", "web"),
      (said) => listening(said.stdout).length >= 2,
    );
    const lines = listening(stdout);
    expect(lines).toEqual([
      expect.stringMatching(/^web {3}\| .* ci listens on :8080$/),
      expect.stringMatching(/^api {3}\| .* ci listens on :8080$/),
    ]);
    expect(code).toBe(0);
    const stamped = (await workspace.run("logs", "api", "web", "-t")).stdout.trimEnd().split("\n");
    const times = stamped.map((line) => line.split(" | ")[1]?.split(" ")[0] ?? "");
    expect(times).toEqual([...times].sort());
    expect(times[0]).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it("begins with the last lines only, or at a time, if it is told so", async () => {
    const tail = await workspace.run("logs", "flood", "-n", "3");
    expect(tail.stdout.split("\n")).toHaveLength(4);
    expect(tail.stdout).toContain("20000 the quick brown fox");
    const later = new Date(Date.now() + 1000).toISOString();
    expect((await workspace.run("logs", "--since", later)).stdout).toBe("");
    expect((await workspace.run("logs", "web", "--since", "10m")).stdout).toContain("ci listens");
  });

  it("gives every line of a program that wrote many, and each line as JSON", async () => {
    const { stdout } = await workspace.run("logs", "flood", "--json");
    const lines = stdout.trimEnd().split("\n");
    const texts = lines.map((line) => JSON.parse(line)).filter(({ text }) => / the quick/.test(text));
    expect(texts).toHaveLength(40_000);
    expect(texts[0]).toEqual({
      service: "flood",
      stream: expect.stringMatching(/^std(out|err)$/),
      time: expect.stringMatching(/Z$/),
      text: expect.stringMatching(/^(out|err) 1 the quick/),
    });
  });

  it("ends quietly when its reader has had enough", async () => {
    const script = `"$0" "$1" logs flood | head -1; echo "\${PIPESTATUS[*]}"`;
    const { stdout, stderr } = await systemProcesses.run("bash", ["-c", script, process.execPath, CLI], {
      cwd: workspace.folder,
      env: workspace.env,
    });
    expect(stderr).toBe("");
    expect(stdout.split("\n").slice(-2)).toEqual(["0 0", ""]);
  });

  it("goes on across restarts of the process and of the container, and ends with 130 on Ctrl-C", async () => {
    const following = begin(workspace, ["logs", "-f", "-n", "1", "web", "api"]);
    for (const service of ["web", "api"]) await following.until(new RegExp(`^${service} +\\| .*ci listens`));
    await workspace.run("restart", "web");
    await following.until(/^web +\| .*ci listens/, /^web +\| .*ci stops on terminated/);
    await view.docker("restart", "-t", "20", `${workspace.cluster}-api-1`);
    await following.until(/^api +\| .*ci listens/, /^api +\| .*ci stops on terminated/);
    await view.editProfile(
      "command: [/devenv/bin/web]",
      "command: [/devenv/bin/web]\n    environment: { VERSION: anew }",
    );
    expect((await workspace.run("up")).code).toBe(0);
    await following.until(/^web +\| .*anew listens/);
    const { code, stderr, stdout } = await following.end("SIGINT");
    expect([code, stderr]).toEqual([130, ""]);
    const starts = (service: string, version: string) =>
      stdout.split("\n").filter((line) => line.startsWith(service) && line.includes(`${version} listens`)).length;
    // Once before and once after its restart; nothing is told twice.
    expect([starts("web", "ci"), starts("api", "ci"), starts("web", "anew")]).toEqual([2, 2, 1]);
  });
});
