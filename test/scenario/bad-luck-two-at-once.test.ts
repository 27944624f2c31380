import { rm } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { begin, type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { type HeldStart, workspaceWithHeldStart } from "../harness/held-start.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

const dockerHost = `unix://${inject("dockerSocket")}`;

describe("two devenv up at once", () => {
  let workspace: TestWorkspace;
  let start: HeldStart;
  let view: ClusterView;

  beforeAll(async () => {
    ({ workspace, start } = await workspaceWithHeldStart("web", dockerHost));
    view = viewOf(workspace);
  });
  beforeEach(async () => {
    await workspace.run("down");
    await start.hold();
  });
  afterAll(() => workspace.remove());

  it("take turns: the second says for whom it waits, and then finds nothing to do", async () => {
    const first = begin(workspace, ["up"]);
    await first.until(/✔ start web/);
    const coming = begin(workspace, ["up"]);
    await coming.until(/waiting for devenv up/);
    await start.letGo();
    const second = await coming.ended;
    const pid = (await first.until(/^pid/)).slice(4);
    expect(second.stderr).toMatch(
      new RegExp(`waiting for devenv up ${workspace.cluster} \\(pid ${pid}, since [\\d:]{8}\\)`),
    );
    expect(second.stdout).toContain("Nothing to do");
    expect(second.code).toBe(0);
    expect((await first.ended).code).toBe(0);
    expect(await view.containers()).toHaveLength(1);
  });

  it("and the one that waits can be interrupted without harm to the other", async () => {
    const first = begin(workspace, ["up"]);
    await first.until(/✔ start web/);
    const second = begin(workspace, ["up"]);
    await second.until(/waiting for devenv up/);
    expect((await second.end("SIGINT")).code).toBe(130);
    await start.letGo();
    expect((await first.ended).code).toBe(0);
    expect(await view.answer("web")).toBe("ci");
  });

  it("and nobody waits for one that was killed", async () => {
    const first = begin(workspace, ["up"]);
    await first.until(/✔ start web/);
    await first.end("SIGKILL");
    await start.letGo();
    const second = await workspace.run("up");
    expect(second.stderr).not.toContain("waiting for");
    expect(second.code).toBe(0);
    expect(await view.answer("web")).toBe("ci");
  });
});

describe("a cluster of the same name in another workspace", () => {
  let here: TestWorkspace;
  let there: TestWorkspace;
  let view: ClusterView;

  beforeAll(async () => {
    here = await makeWorkspace([{ name: "web" }], dockerHost);
    there = await makeWorkspace([{ name: "web" }], dockerHost);
    view = viewOf(there);
    await viewOf(here).editProfile(`name: ${here.cluster}`, `name: ${there.cluster}`);
    expect((await there.run("up")).code).toBe(0);
  });
  afterAll(async () => {
    await there.remove();
    await here.remove();
  });

  it("is refused, with what to do, and left alone", async () => {
    const before = await view.identities();
    for (const command of ["up", "down", "reset"]) {
      const { code, stdout, stderr } = await here.run(command);
      expect(stderr).toContain(`✖ cluster ${there.cluster} already runs from another workspace, ${there.folder}`);
      expect(stderr).toContain(
        `→ Run \`devenv down\` in ${there.folder} first, or give this profile another \`name:\`.`,
      );
      expect([stdout, code]).toEqual(["", 2]);
    }
    expect(await view.identities()).toEqual(before);
    expect(await view.answer("web")).toBe("ci");
  });

  it("may be taken away once that workspace is gone", async () => {
    await rm(there.folder, { recursive: true });
    expect((await here.run("down")).code).toBe(0);
    expect(await view.containers()).toEqual([]);
  });
});
