import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

const dockerHost = `unix://${inject("dockerSocket")}`;

describe("devenv up with a change that does not come up", () => {
  let workspace: TestWorkspace;
  let view: ClusterView;

  beforeAll(async () => {
    workspace = await makeWorkspace([{ name: "web" }, { name: "other" }], dockerHost);
    view = viewOf(workspace);
    expect((await workspace.run("up")).output).toContain("is up on docker");
  });
  afterAll(() => workspace.remove());

  it("brings the old container back, which answers, and shows the crash's last lines", async () => {
    const before = await view.identities();
    await view.editProfile(
      "command: [/devenv/bin/web]",
      "command: [/devenv/bin/web]\n    environment: { PORT: not-a-port }",
    );
    const { code, stdout, stderr } = await workspace.run("up");
    expect(stdout).toMatch(/✖ replace web \(its definition changed\): web ended with code 1$/m);
    expect(stderr).toMatch(/✖ web ended with code 1/);
    expect(stderr).toMatch(/│ .*unknown port/);
    expect(stderr).toContain("→ `devenv logs web` shows what it printed.\n    What ran before is back in place.\n");
    expect(code).toBe(1);
    await view.untilAnswers("web", "ci");
    const after = await view.identities();
    expect(Object.keys(after)).toEqual(Object.keys(before));
    expect((await view.container("web"))?.Id).toBe(before[`${workspace.cluster}-web-1`]?.split(" ")[0]);
    expect(after[`${workspace.cluster}-other-1`]).toBe(before[`${workspace.cluster}-other-1`]);
  });

  it("does so as well where the new one never answers", async () => {
    const before = await view.container("web");
    await view.editProfile("PORT: not-a-port", 'PORT: "9090"');
    await view.editProfile("within: 5s", "within: 3s");
    const { code, stderr } = await workspace.run("up");
    expect(stderr).toMatch(/✖ web did not listen on port 8080 within 3 s/);
    expect(stderr).toMatch(/│ .*ci listens on :9090/);
    expect(code).toBe(1);
    expect((await view.container("web"))?.Id).toBe(before?.Id);
    await view.untilAnswers("web", "ci");
  });

  it("brings the service to what its profile says once that is right", async () => {
    await view.editProfile('PORT: "9090"', "VERSION: three");
    expect((await workspace.run("up")).code).toBe(0);
    expect(await view.answer("web")).toBe("three");
    expect(await view.containers()).toEqual([`${workspace.cluster}-other-1`, `${workspace.cluster}-web-1`]);
  });
});

describe("devenv up with several services that do not come up", () => {
  let workspace: TestWorkspace;
  let view: ClusterView;

  beforeAll(async () => {
    workspace = await makeWorkspace(
      [{ name: "web" }, { name: "nil", ci: "crashes-at-start" }, { name: "mute", ci: "never-listens" }],
      dockerHost,
    );
    view = viewOf(workspace);
    await view.editProfile(/(mute:(?:\n.*)+?within: )5s/, "$13s");
  });
  afterAll(() => workspace.remove());

  it("starts the others, and tells of each why, with its last lines", async () => {
    const { code, stderr } = await workspace.run("up");
    expect(stderr).toContain("✖ 2 steps failed");
    expect(stderr).not.toContain("What ran before");
    expect(stderr).toContain("• wait for nil: nil ended with code 2");
    expect(stderr).toContain("• wait for mute: mute did not listen on port 8080 within 3 s");
    expect(stderr).toMatch(/│ nil \| panic: .*nil pointer dereference/);
    expect(stderr).toContain("│ mute | waiting for a lock that nobody gives back");
    expect(code).toBe(1);
    expect(await view.answer("web")).toBe("ci");
    expect(await view.statusOf("nil")).toMatchObject({ state: "crashed" });
  });
});

describe("devenv up with a new build from CI", () => {
  let workspace: TestWorkspace;
  let view: ClusterView;

  beforeAll(async () => {
    workspace = await makeWorkspace([{ name: "web" }, { name: "other" }], dockerHost);
    view = viewOf(workspace);
    expect((await workspace.run("up")).output).toContain("is up on docker");
  });
  afterAll(() => workspace.remove());

  it("takes it up by a restart of the process in the same container", async () => {
    const before = await view.identities();
    await workspace.ciBuilds({ web: "ci two" });
    const { code, stdout } = await workspace.run("up");
    expect(stdout).toMatch(/✔ update web \(ci:125 instead of ci:124\)/);
    expect(code).toBe(0);
    expect(await view.answer("web")).toBe("ci two");
    expect(await view.identities()).toEqual(before);
    expect(await view.statusOf("web")).toMatchObject({ build: "ci:125", mode: "ci", state: "ready" });
    expect(await view.statusOf("other")).toMatchObject({ build: "ci:124", state: "ready" });
  });

  it("puts the last good build back when the new one crashes, and says why", async () => {
    const before = await view.identities();
    await workspace.ciBuilds({ web: { program: "crashes-at-start" } });
    const { code, stderr } = await workspace.run("up");
    expect(stderr).toMatch(/✖ web ended with code 2/);
    expect(stderr).toMatch(/│ panic: .*nil pointer dereference/);
    expect(stderr).toContain("What ran before is back in place.");
    expect(code).toBe(1);
    expect(await view.answer("web")).toBe("ci two");
    expect(await view.statusOf("web")).toMatchObject({ ready: true, build: "ci:125" });
    expect((await view.container("web"))?.Id).toBe(before[`${workspace.cluster}-web-1`]?.split(" ")[0]);
    const other = `${workspace.cluster}-other-1`;
    expect((await view.identities())[other]).toBe(before[other]);
  });

  it("takes up the build after that", async () => {
    await workspace.ciBuilds({ web: "ci four" });
    expect((await workspace.run("up")).code).toBe(0);
    expect(await view.answer("web")).toBe("ci four");
  });

  it("makes everything on disk anew that was deleted while no cluster ran", async () => {
    await workspace.run("down");
    await rm(workspace.env.XDG_STATE_HOME ?? "", { recursive: true });
    await rm(workspace.env.XDG_CACHE_HOME ?? "", { recursive: true });
    expect((await workspace.run("up")).code).toBe(0);
    expect(await view.answer("web")).toBe("ci four");
  });
});
