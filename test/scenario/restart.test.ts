import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

describe("devenv restart", () => {
  let workspace: TestWorkspace;
  let view: ClusterView;

  beforeAll(async () => {
    workspace = await makeWorkspace(
      [{ name: "web" }, { name: "other" }, { name: "mayfly", ci: "crashes-after" }],
      `unix://${inject("dockerSocket")}`,
    );
    view = viewOf(workspace);
    expect((await workspace.run("up")).output).toContain("is up on docker");
  });
  afterAll(() => workspace.remove());

  /** Process numbers of a service's program, as the machine sees them. */
  const program = async (service: string) => {
    const top = await view.docker("top", `${workspace.cluster}-${service}-1`, "-o", "pid,args");
    return top.split("\n").filter((line) => new RegExp(`^ *\\d+ +/devenv/bin/${service}$`).test(line));
  };

  it("starts a new process in the same container, and waits until it answers", async () => {
    const [containers, before, other] = [await view.identities(), await program("web"), await program("other")];
    const { code, stdout } = await workspace.run("restart", "web");
    expect(stdout).toMatch(/^✔ web answers again after \d+(\.\d)? m?s$/m);
    expect(code).toBe(0);
    expect(await view.identities()).toEqual(containers);
    const after = await program("web");
    expect(after).toHaveLength(1);
    expect(after).not.toEqual(before);
    expect(await program("other")).toEqual(other);
    expect(await view.answer("web")).toBe("ci");
  });

  it("takes several services, and tells them as JSON", async () => {
    const { stdout } = await workspace.run("restart", "web", "other", "--json");
    expect(JSON.parse(stdout)).toEqual([
      { service: "web", ms: expect.any(Number) },
      { service: "other", ms: expect.any(Number) },
    ]);
  });

  it("starts a service that has crashed, in the container that it crashed in", async () => {
    const before = (await view.container("mayfly"))?.Id;
    await view.answer("mayfly", "/crash");
    await view.docker("wait", `${workspace.cluster}-mayfly-1`);
    expect((await workspace.run("restart", "mayfly")).code).toBe(0);
    expect(await view.answer("mayfly")).toBe("crashes-after");
    expect((await view.container("mayfly"))?.Id).toBe(before);
  });

  it("says what to do where there is no container", async () => {
    await view.docker("rm", "-f", `${workspace.cluster}-other-1`);
    const { code, stderr } = await workspace.run("restart", "other");
    expect(stderr).toContain("✖ other has no container");
    expect(stderr).toMatch(/→ Bring it up with `devenv up/);
    expect(code).toBe(1);
  });
});
