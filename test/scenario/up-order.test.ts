import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

const NO_PROBE = "      restart: process";

describe("devenv up with dependencies", () => {
  let workspace: TestWorkspace;
  let view: ClusterView;

  beforeAll(async () => {
    // Docker remembers five checks: the first that passed is to be among them for some seconds.
    const dependsOn = [
      "    depends_on:",
      "      migration: { condition: service_completed_successfully }",
      "      db: { condition: service_healthy }",
    ].join("\n");
    const healthcheck =
      "    healthcheck: { test: [CMD, /devenv/bin/migration, get, 'http://127.0.0.1:8080/healthz'], interval: 1s }";
    workspace = await makeWorkspace(
      [
        { name: "web", yaml: dependsOn },
        { name: "migration", ci: "speaks", devenv: NO_PROBE },
        { name: "db", yaml: healthcheck, devenv: NO_PROBE },
      ],
      `unix://${inject("dockerSocket")}`,
    );
    view = viewOf(workspace);
  });
  afterAll(() => workspace.remove());

  it("does not start what waits for a program that failed, and starts it once that ends well", async () => {
    await view.editProfile("[/devenv/bin/migration]", "[/devenv/bin/migration, exits, '3']");
    const failed = await workspace.run("up");
    expect(failed.stderr).toContain("✖ migration ended with exit code 3");
    expect(failed.stdout).toContain("– left out, as what they wait for did not come up: web\n");
    expect(failed.code).toBe(1);
    await view.untilAnswers("db", "ci");
    expect((await view.container("web"))?.State.Status).toBe("created");

    await view.editProfile("exits, '3'", "says, migrated");
    const { code, stdout } = await workspace.run("up");
    expect(stdout).toMatch(/✔ start web \(created but not started\)/);
    expect(code).toBe(0);
    expect(await view.answer("web")).toBe("ci");
  });

  it("starts a service after what it waits for has completed and is healthy", async () => {
    await workspace.run("down");
    expect((await workspace.run("up")).code).toBe(0);
    const [web, migration, db] = await Promise.all(["web", "migration", "db"].map(view.container));
    const healthy = db?.State.Health?.Log.find(({ ExitCode }) => ExitCode === 0)?.End ?? "never";
    const started = Date.parse(web?.State.StartedAt ?? "");
    expect(started).toBeGreaterThan(Date.parse(healthy));
    expect(started).toBeGreaterThan(Date.parse(migration?.State.FinishedAt ?? ""));
    expect(Date.parse(migration?.State.StartedAt ?? "")).toBeLessThan(Date.parse(healthy));
  });

  it("does not run again what has completed", async () => {
    const before = await view.identities();
    const { stdout } = await workspace.run("up");
    expect(stdout).toContain("Nothing to do");
    expect(await view.identities()).toEqual(before);
    expect(await view.statusOf("migration")).toMatchObject({ state: "off", ready: false });
  });
});
