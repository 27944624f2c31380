import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { ofType, startWatch } from "../harness/devenv.ts";
import { eventually } from "../harness/eventually.ts";
import { freePort } from "../harness/free-port.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

describe("devenv status", () => {
  let workspace: TestWorkspace;
  let view: ClusterView;
  let port: number;

  beforeAll(async () => {
    port = await freePort();
    workspace = await makeWorkspace(
      [
        { name: "web", yaml: `    ports: ["${port}:8080"]` },
        { name: "mayfly", ci: "crashes-after" },
      ],
      `unix://${inject("dockerSocket")}`,
    );
    view = viewOf(workspace);
  });
  afterAll(() => workspace.remove());

  it("tells of a cluster that was never up that everything is off", async () => {
    const { code, stdout } = await workspace.run("status");
    expect(stdout).toMatch(/○ {2}web +off +ci +- +- +http:\/\/127\.0\.0\.1:\d+$/m);
    expect(code).toBe(0);
  });

  it("prints a table, and with --json exactly the promised shape", async () => {
    const begun = Date.now();
    expect((await workspace.run("up")).code).toBe(0);
    const { stdout } = await workspace.run("status");
    expect(stdout).toContain(`${workspace.cluster} on docker, environment local`);
    expect(stdout).toMatch(/^ +SERVICE +STATE +MODE +BUILD +SINCE +ADDRESS$/m);
    expect(stdout).toMatch(new RegExp(`^● {2}web +ready +ci +ci:124 +\\d+s +http://127\\.0\\.0\\.1:${port}$`, "m"));
    expect(stdout).toMatch(/^● {2}mayfly +ready +ci +ci:124 +\d+s +mayfly:8080$/m);

    const now = await view.status();
    const [web, mayfly] = now.services;
    expect(now).toEqual({
      cluster: workspace.cluster,
      provider: "docker",
      environment: "local",
      services: [
        {
          name: "web",
          state: "ready",
          mode: "ci",
          build: "ci:124",
          ready: true,
          address: `http://127.0.0.1:${port}`,
          since: web?.since,
        },
        {
          name: "mayfly",
          state: "ready",
          mode: "ci",
          build: "ci:124",
          ready: true,
          address: "mayfly:8080",
          since: mayfly?.since,
        },
      ],
    });
    expect(Date.parse(web?.since ?? "")).toBeGreaterThanOrEqual(begun - 1000);
  });

  it("goes by the other name that Compose has for it", async () => {
    expect((await workspace.run("ps")).stdout).toMatch(/● {2}web +ready/);
  });

  it("says of a service whose last save was rolled back that it is, and why, though it answers", async () => {
    const watch = await startWatch(workspace);
    await writeFile(workspace.source("web"), 'package main\n\nfunc main() { panic("oops") }\n');
    await watch.until(ofType("rolledBack"), 0);
    await watch.interrupt();
    expect(await view.statusOf("web")).toMatchObject({
      state: "rolledBack",
      mode: "ci",
      build: "ci:124",
      ready: true,
      reason: "web ended with code 2",
    });
    const { stdout } = await workspace.run("status");
    expect(stdout).toMatch(/↶ {2}web +rolled back +ci +ci:124/);
    expect(stdout).toMatch(/^ {2}web: web ended with code 2$/m);
    await workspace.run("restart", "web");
    expect(await view.answer("web")).toBe("ci");
  });

  it("sees that somebody stopped a container behind devenv's back", async () => {
    await view.docker("stop", "-t", "2", `${workspace.cluster}-web-1`);
    expect(await view.statusOf("web")).toMatchObject({ state: "off", ready: false });
  });

  it("calls a killed program crashed, with the reason", async () => {
    await view.docker("start", `${workspace.cluster}-web-1`);
    await view.docker("kill", `${workspace.cluster}-web-1`);
    expect(await view.statusOf("web")).toMatchObject({ state: "crashed", ready: false, reason: expect.any(String) });
    expect((await workspace.run("status")).stdout).toMatch(/✖ {2}web +crashed .*\n(.*\n)+ {2}web: .*(137|SIGKILL)/);
  });

  it("calls a program that panicked crashed, with its exit code", async () => {
    await view.answer("mayfly", "/crash");
    const mayfly = await eventually(
      () => view.statusOf("mayfly"),
      ({ state }) => state === "crashed", // between the two it runs and does not answer
    );
    expect(mayfly).toMatchObject({ ready: false, reason: "ended with exit code 2" });
  });

  it("calls a program that runs and does not answer starting until its deadline, then unhealthy", async () => {
    await view.editProfile(
      "command: [/devenv/bin/web]",
      "command: [/devenv/bin/web]\n    environment: { PORT: '9090' }",
    );
    await workspace.run("down");
    const bringingUp = workspace.run("up");
    const states = new Set<string>();
    await eventually(
      async () => {
        const { state } = await view.statusOf("web");
        states.add(state);
        return state;
      },
      (state) => state === "unhealthy",
    );
    expect([...states].filter((state) => state !== "off")).toEqual(["starting", "unhealthy"]);
    expect((await bringingUp).code).toBe(1);
  });

  it("calls a container whose program is not there crashed, and up says what to correct", async () => {
    await view.editProfile("services:\n", "services:\n  none: { image: scratch, command: [/nothing/here] }\n");
    const { code, stderr } = await workspace.run("up");
    expect(stderr).toContain('exec: "/nothing/here"');
    expect(stderr).toContain("→ the program that `command:` (or the image) names is not in the container");
    expect(code).toBe(1);
    const none = await view.statusOf("none");
    expect(none).toMatchObject({ state: "crashed", ready: false, reason: "its program could not be started" });
  });

  it("calls a paused container unhealthy", async () => {
    await view.docker("pause", `${workspace.cluster}-mayfly-1`);
    expect(await view.statusOf("mayfly")).toMatchObject({ state: "unhealthy", ready: false });
    await view.docker("unpause", `${workspace.cluster}-mayfly-1`);
    expect(await view.statusOf("mayfly")).toMatchObject({ state: "ready", ready: true });
  });
});
