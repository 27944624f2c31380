import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type ClusterView, get, viewOf } from "../harness/cluster-view.ts";
import { freePort } from "../harness/free-port.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

const dockerHost = `unix://${inject("dockerSocket")}`;

describe("devenv up", () => {
  let workspace: TestWorkspace;
  let view: ClusterView;
  let port: number;

  beforeAll(async () => {
    port = await freePort();
    workspace = await makeWorkspace(
      [
        { name: "api", yaml: "    depends_on: { web: { condition: service_healthy } }" },
        { name: "web", yaml: `    ports: ["${port}:8080"]` },
      ],
      dockerHost,
    );
    view = viewOf(workspace);
  });
  afterAll(() => workspace.remove());

  it("prints with --dry-run what it would do and why, and does nothing", async () => {
    const { code, stdout } = await workspace.run("up", "--dry-run");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^create network \S+_default +\(no network yet\)$/m);
    expect(stdout).toMatch(/^create web +\(no container yet\) {2}\[after network:\S+_default(, image:\S+)?\]$/m);
    expect(stdout).toMatch(/^ {2}- deliver ci:124 to web$/m);
    expect(stdout).toMatch(/^start api +\(just created\) {2}\[after create:api, start:web, ready:web\]$/m);
    const plan = JSON.parse((await workspace.run("up", "--dry-run", "--json")).stdout);
    expect(plan.steps.map(({ id }: { id: string }) => id)).toContain("ready:web");
    expect(await view.containers()).toEqual([]);
    expect(await view.docker("network", "ls", "-q", "--filter", `name=${workspace.cluster}`)).toBe("");
  });

  it("starts no engine for a dry run: there is nothing to compare with, and that is said", async () => {
    await view.editProfile("provider: docker", "provider: engine");
    try {
      const { code, stderr } = await workspace.run("up", "--dry-run");
      expect(stderr).toMatch(
        /✖ a dry run compares with what runs, and no Docker daemon answers\n +→ `devenv engine start`/,
      );
      expect(code).toBe(3);
      expect(existsSync(join(workspace.env.XDG_STATE_HOME ?? "", "devenv/engine/docker.sock"))).toBe(false);
    } finally {
      await view.editProfile("provider: engine", "provider: docker");
    }
  });

  it("starts services that answer, without a compiler on the machine, and says where", async () => {
    const { code, stdout } = await view.runWith({ env: { PATH: "/nowhere" } }, "up");
    expect(stdout).toContain("is up on docker after");
    expect(stdout).toMatch(new RegExp(`web +http://127\\.0\\.0\\.1:${port}$`, "m"));
    expect(code).toBe(0);
    expect(await view.answer("api")).toBe("ci");
    expect(await get("127.0.0.1", port)).toBe("ci");
  });

  it("publishes ports on 127.0.0.1 only, out of the empty image", async () => {
    const web = await view.container("web");
    expect(web?.HostConfig.PortBindings).toEqual({ "8080/tcp": [{ HostIp: "127.0.0.1", HostPort: String(port) }] });
    const size = await view.docker("image", "inspect", "-f", "{{.Size}}", web?.Image ?? "");
    expect(Number(size)).toBe(0);
  });

  it("does nothing the second time, and says so", async () => {
    const before = await view.identities();
    const { code, stdout } = await workspace.run("up");
    expect(stdout).toContain(`Nothing to do: cluster ${workspace.cluster} is as its profile wants it.`);
    expect(code).toBe(0);
    expect(await view.identities()).toEqual(before);
  });

  it("tells all of it as events with --json", async () => {
    await view.docker("stop", "-t", "0", `${workspace.cluster}-api-1`);
    const { stdout } = await workspace.run("up", "--json");
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.map(({ type, step }) => (step === undefined ? type : `${type} ${step}`))).toEqual([
      "providerChosen",
      "planned",
      "stepStarted start:api",
      "stepDone start:api",
      "stepStarted ready:api",
      "stepDone ready:api",
      "up",
    ]);
    expect(events.at(-1)).toMatchObject({ cluster: workspace.cluster, steps: 2 });
  });

  it("starts a stopped container again, the same one", async () => {
    const before = await view.container("api");
    await view.docker("stop", "-t", "1", `${workspace.cluster}-api-1`);
    const { code, stdout } = await workspace.run("up");
    expect(stdout).toMatch(/✔ start api \(is exited: Exited \(\d+\) .* ago\)/);
    expect(code).toBe(0);
    expect((await view.container("api"))?.Id).toBe(before?.Id);
    expect(await view.answer("api")).toBe("ci");
  });

  it("makes a container anew that somebody removed", async () => {
    await view.docker("rm", "-f", `${workspace.cluster}-web-1`);
    const api = (await view.identities())[`${workspace.cluster}-api-1`];
    expect((await workspace.run("up")).code).toBe(0);
    expect(await get("127.0.0.1", port)).toBe("ci");
    expect((await view.identities())[`${workspace.cluster}-api-1`]).toBe(api);
  });

  it("replaces the service whose definition changed, and only it", async () => {
    const before = await view.identities();
    await view.editProfile(
      "command: [/devenv/bin/api]",
      "command: [/devenv/bin/api]\n    environment: { COLOUR: green }",
    );
    const { stdout: plan } = await workspace.run("up", "--dry-run");
    expect(plan).toMatch(/^replace api +\(its definition changed\)$/m);
    expect(plan).toMatch(/^ {2}- create container \S+-api-1\.new$/m);
    const { code } = await workspace.run("up");
    expect(code).toBe(0);
    expect(await view.answer("api", "/env?name=COLOUR")).toBe("green");
    const after = await view.identities();
    expect(Object.keys(after)).toEqual(Object.keys(before));
    expect(after[`${workspace.cluster}-web-1`]).toBe(before[`${workspace.cluster}-web-1`]);
    expect(after[`${workspace.cluster}-api-1`]).not.toBe(before[`${workspace.cluster}-api-1`]);
  });

  it("removes the container of a service that is no longer in the profile", async () => {
    await view.editProfile(/ {2}api:\n(?: {4}.*\n)+/, "");
    const { code, stdout } = await workspace.run("up");
    expect(stdout).toMatch(/✔ remove \S+-api-1 \(api is no longer in the profile\)/);
    expect(code).toBe(0);
    expect(await view.containers()).toEqual([`${workspace.cluster}-web-1`]);
    expect(await get("127.0.0.1", port)).toBe("ci");
  });
});
