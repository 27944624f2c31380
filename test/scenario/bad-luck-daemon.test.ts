import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { begin, type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { type DaemonGate, daemonGate } from "../harness/daemon-gate.ts";
import { type HeldStart, workspaceWithHeldStart } from "../harness/held-start.ts";
import type { TestWorkspace } from "../harness/workspace.ts";

describe("a daemon that goes away", () => {
  let gate: DaemonGate;
  let workspace: TestWorkspace;
  let start: HeldStart;
  let view: ClusterView;

  beforeAll(async () => {
    gate = await daemonGate(inject("dockerSocket"));
    ({ workspace, start } = await workspaceWithHeldStart("web", gate.dockerHost));
    view = viewOf(workspace);
  });
  beforeEach(async () => {
    await gate.open();
    await workspace.run("down");
    await start.hold();
  });
  afterAll(async () => {
    await gate.open();
    await workspace.remove();
    await gate.close();
  });

  it("in the middle of up is told in plain words, and the next up completes it", async () => {
    const up = begin(workspace, ["up"]);
    await up.until(/✔ start web/);
    await gate.close();
    const { code, stderr } = await up.ended;
    expect(stderr).toMatch(/✖ .*Docker daemon.*/);
    expect(stderr).toMatch(/→ .+/);
    expect(stderr).not.toMatch(/bug in devenv|ECONN|socket hang up/);
    expect(code).toBe(3);
    await gate.open();
    await start.letGo();
    expect((await workspace.run("up")).code).toBe(0);
    expect(await view.answer("web")).toBe("ci");
  });

  it("ends followed logs and a running exec with the same words", async () => {
    await start.letGo();
    expect((await workspace.run("up")).code).toBe(0);
    const logs = begin(workspace, ["logs", "-f"]);
    await logs.until(/ci listens/);
    const exec = begin(workspace, ["exec", "web", "/devenv/init/busybox", "sh", "-c", "echo runs; sleep 60"]);
    await exec.until(/^runs$/);
    await gate.close();
    for (const { code, stderr } of await Promise.all([logs.ended, exec.ended])) {
      expect(stderr).toMatch(/✖ .*Docker daemon.*/);
      expect(stderr).not.toMatch(/bug in devenv|ECONN/);
      expect(code).toBe(3);
    }
  });

  it("and only freezes holds nobody up who ends the waiting", async () => {
    const up = begin(workspace, ["up"]);
    await up.until(/✔ start web/);
    gate.freeze();
    // One that was held up would not end at all: the daemon says nothing any more.
    expect((await up.end("SIGINT")).code).toBe(130);
  });

  it("and freezes in the middle of a call is told, with how to end at once", async () => {
    const frozen = gate.freezeAt(/^POST \S+\/containers\/create/);
    const up = begin(workspace, ["up", "--json"]);
    await frozen;
    const ended = up.end("SIGINT");
    await up.until(/Interrupted: .* Ctrl-C again ends at once\.$/);
    await up.end("SIGINT");
    expect((await ended).code).toBe(130);
  });
});
