import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

const VOLUME = ["    volumes: ['data:/data']", "    environment: { VERSION: with data }"].join("\n");

describe("devenv down and devenv reset", () => {
  let workspace: TestWorkspace;
  let view: ClusterView;
  let foreign: string;

  beforeAll(async () => {
    workspace = await makeWorkspace([{ name: "web", yaml: VOLUME }], `unix://${inject("dockerSocket")}`);
    view = viewOf(workspace);
    await view.editProfile("services:", "volumes: { data: {} }\nservices:");
    expect((await workspace.run("up")).output).toContain("is up on docker");
    // What is called as devenv would call it, and is not devenv's.
    foreign = `${workspace.cluster}-foreign`;
    const image = (await view.container("web"))?.Image ?? "";
    await view.docker("create", "--name", foreign, image, "/nothing");
    await view.docker("volume", "create", `${workspace.cluster}_foreign`);
    await view.docker("network", "create", foreign);
  });
  afterAll(async () => {
    await workspace.remove();
    await view.docker("rm", foreign);
    await view.docker("volume", "rm", `${workspace.cluster}_foreign`);
    await view.docker("network", "rm", foreign);
  });

  const networks = () => view.docker("network", "ls", "--format", "{{.Name}}", "--filter", `name=${workspace.cluster}`);
  const volumes = () => view.docker("volume", "ls", "--format", "{{.Name}}", "--filter", `name=${workspace.cluster}`);
  const all = () => view.docker("ps", "-a", "--format", "{{.Names}}", "--filter", `name=${workspace.cluster}`);

  it("print with --dry-run what they would remove, and remove nothing", async () => {
    const { code, stdout } = await workspace.run("reset", "--dry-run");
    expect(stdout).toMatch(/^remove \S+-web-1 +\(reset\)$/m);
    expect(stdout).toMatch(/^remove volume \S+_data +\(reset\)/m);
    expect(stdout).not.toContain("foreign");
    expect(code).toBe(0);
    expect(await view.answer("web")).toBe("with data");
  });

  it("end and remove containers and network; the named volume stays, and so does what is not devenv's", async () => {
    const { code, stdout } = await workspace.run("down");
    expect(stdout).toContain(`Cluster ${workspace.cluster} is down; its data is kept.`);
    expect(code).toBe(0);
    expect(await all()).toBe(foreign);
    expect(await networks()).toBe(foreign);
    expect((await volumes()).split("\n")).toEqual([`${workspace.cluster}_data`, `${workspace.cluster}_foreign`]);
  });

  it("say that there is nothing to do where nothing runs", async () => {
    const { code, stdout } = await workspace.run("down");
    expect(stdout).toBe(`Nothing to do: cluster ${workspace.cluster} is not running.\n`);
    expect(code).toBe(0);
  });

  it("find the volume again at the next up", async () => {
    const made = await view.docker("volume", "inspect", "-f", "{{.CreatedAt}}", `${workspace.cluster}_data`);
    expect((await workspace.run("up")).code).toBe(0);
    expect(await view.docker("volume", "inspect", "-f", "{{.CreatedAt}}", `${workspace.cluster}_data`)).toBe(made);
    expect(await view.answer("web")).toBe("with data");
  });

  it("remove the data, too, when it is a reset, also of a cluster that is down already", async () => {
    await workspace.run("down");
    const { code, stdout } = await workspace.run("reset");
    expect(stdout).toContain(`Cluster ${workspace.cluster} and its data are gone.`);
    expect(code).toBe(0);
    expect(await all()).toBe(foreign);
    expect(await networks()).toBe(foreign);
    expect(await volumes()).toBe(`${workspace.cluster}_foreign`);
  });

  it("tell it as JSON", async () => {
    await workspace.run("up");
    const { stdout } = await workspace.run("reset", "--json");
    const lines = stdout.trimEnd().split("\n");
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ type: "planned", cluster: workspace.cluster });
    expect(JSON.parse(lines.at(-1) ?? "")).toEqual({ type: "reset", cluster: workspace.cluster });
  });
});
