import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import { begin, type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { eventually } from "../harness/eventually.ts";
import { silentRegistry } from "../harness/registry.ts";
import { CLI, makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

const dockerHost = `unix://${inject("dockerSocket")}`;
const CHAIN = "    depends_on: { base: { condition: service_healthy } }";

describe("an interrupted first up", () => {
  let workspace: TestWorkspace;
  let view: ClusterView;

  beforeAll(async () => {
    workspace = await makeWorkspace(
      [{ name: "web", yaml: CHAIN }, { name: "api", yaml: CHAIN }, { name: "base" }],
      dockerHost,
    );
    view = viewOf(workspace);
    // All but `base` begin only once they are let: until then, `up` is not at its end, however late a signal comes.
    await mkdir(folder());
    for (const name of ["web", "api"]) {
      const program = `until test -e /held/go; do usleep 20000; done; exec /devenv/bin/${name}`;
      const held = `[/devenv/init/busybox, sh, -c, "${program}"]\n    volumes: ["${folder()}:/held"]`;
      await view.editProfile(`[/devenv/bin/${name}]`, held);
    }
    await view.editProfile(/within: 5s/g, "within: 60s");
  });
  beforeEach(async () => {
    await workspace.run("down");
    await rm(go(), { force: true });
  });
  afterAll(() => workspace.remove());
  const folder = () => join(workspace.folder, "held");
  const go = () => join(folder(), "go");

  // Moments of the work, not of the clock: what devenv has just told.
  const MOMENTS = [
    /"type":"planned"/,
    /"stepDone".*"step":"network:/,
    /"stepDone".*"step":"create:web"/,
    /"stepStarted".*"step":"start:base"/,
    /"stepStarted".*"step":"ready:base"/,
    /"stepStarted".*"step":"start:web"/,
  ];
  for (const signal of ["SIGINT", "SIGKILL"] as const) {
    for (const moment of MOMENTS) {
      it(`by ${signal} at ${moment.source.replaceAll(/"type":|"step":|\.\*|"/g, " ").trim()} is completed by the next`, async () => {
        const first = begin(workspace, ["up", "--json"]);
        await first.until(moment);
        const { code } = await first.end(signal);
        if (signal === "SIGINT") expect(code).toBe(130);
        await writeFile(go(), "");
        const second = await workspace.run("up");
        expect(second.stderr).not.toContain("✖");
        expect(second.code).toBe(0);
        for (const service of ["web", "api", "base"]) expect(await view.answer(service)).toBe("ci");
        expect(await view.containers()).toHaveLength(3);
      });
    }
  }
});

describe("Ctrl-C", () => {
  let workspace: TestWorkspace;
  let view: ClusterView;

  beforeEach(async () => {
    workspace = await makeWorkspace([{ name: "web" }, { name: "other" }], dockerHost);
    view = viewOf(workspace);
  });
  afterEach(() => workspace.remove());

  it("while a service is waited for ends the waiting at once, and says so", async () => {
    await view.editProfile("[/devenv/bin/web]", "[/devenv/bin/web]\n    environment: { PORT: '9090' }");
    await view.editProfile("within: 5s", "within: 60s");
    const up = begin(workspace, ["up"]);
    await up.until(/✔ start web/);
    const { code, stdout, stderr } = await up.end("SIGINT");
    expect(stdout).toMatch(/✖ wait for web \(just started\): interrupted/);
    expect(stdout).not.toContain("✔ wait for web");
    expect(stderr).toContain("✖ interrupted");
    expect(code).toBe(130);
    await view.editProfile("'9090'", "'8080'");
    expect((await workspace.run("up")).code).toBe(0);
    expect(await view.answer("web")).toBe("ci");
  });

  it("during a replacement brings the old container back, which answers", async () => {
    expect((await workspace.run("up")).code).toBe(0);
    const before = await view.identities();
    await view.editProfile("[/devenv/bin/web]", "[/devenv/bin/web]\n    environment: { PORT: '9090' }");
    await view.editProfile("within: 5s", "within: 60s");
    const up = begin(workspace, ["up", "--json"]);
    await replaced(before);
    expect((await up.end("SIGINT")).code).toBe(130);
    await answers("ci");
    expect(Object.keys(await view.identities())).toEqual(Object.keys(before));
    expect((await view.container("web"))?.Id).toBe(before[`${workspace.cluster}-web-1`]?.split(" ")[0]);
    expect((await view.identities())[`${workspace.cluster}-other-1`]).toBe(before[`${workspace.cluster}-other-1`]);
  });

  it("during the taking up of a new build puts the last good one back", async () => {
    expect((await workspace.run("up")).code).toBe(0);
    await view.editProfile("within: 5s", "within: 60s");
    await workspace.ciBuilds({ web: { program: "never-listens" } });
    const up = begin(workspace, ["up", "--json"]);
    await eventually(
      () => view.docker("logs", `${workspace.cluster}-web-1`),
      (said) => said.includes("waiting for a lock"),
    );
    expect((await up.end("SIGINT")).code).toBe(130);
    await answers("ci");
    expect(await view.statusOf("web")).toMatchObject({ state: "ready", build: "ci:124" });
  });

  /** Resolves when another container has the service's name and runs. */
  const replaced = (before: Record<string, string>) =>
    eventually(
      () => view.container("web"),
      (web) => web?.State.Status === "running" && !before[`${workspace.cluster}-web-1`]?.startsWith(web.Id),
    );

  /** What was put back is started, and nobody who was interrupted waits for it. */
  const answers = (words: string) =>
    eventually(
      () => view.answer("web"),
      (said) => said === words,
    );

  it("is not needed: a devenv killed in a replacement leaves what the next up brings back", async () => {
    expect((await workspace.run("up")).code).toBe(0);
    const before = await view.identities();
    await view.editProfile("[/devenv/bin/web]", "[/devenv/bin/web]\n    environment: { PORT: '9090' }");
    await view.editProfile("within: 5s", "within: 60s");
    const up = begin(workspace, ["up", "--json"]);
    await replaced(before);
    await up.end("SIGKILL");
    await view.editProfile("\n    environment: { PORT: '9090' }", "");
    expect((await workspace.run("up")).code).toBe(0);
    expect(await view.answer("web")).toBe("ci");
    expect((await view.container("web"))?.Id).toBe(before[`${workspace.cluster}-web-1`]?.split(" ")[0]);
    expect(await view.containers()).toHaveLength(2);
  });

  it("during an image's build leaves no image, and the next up builds it", async () => {
    const context = join(workspace.folder, "slow");
    await mkdir(context);
    await copyFile("/bin/busybox", join(context, "busybox"));
    // It waits for a file that the context does not have yet.
    const run = '["/bin/busybox", "sh", "-c", "until test -e /bin/go; do sleep 1; done"]';
    await writeFile(join(context, "Dockerfile"), `FROM scratch\nCOPY . /bin/\nRUN ${run}\n`);
    const image = `devenv-test/${workspace.cluster}`;
    await view.editProfile("image: scratch", `image: ${image}\n    build: { context: ../slow }`);
    const up = begin(workspace, ["up", "--json"]);
    await up.until(/"stepProgress".*sleep/);
    expect((await up.end("SIGINT")).code).toBe(130);
    expect(await view.docker("images", "-q", image)).toBe("");
    await writeFile(join(context, "go"), "");
    const { code } = await workspace.run("up");
    expect(code).toBe(0);
    expect(await view.answer("web")).toBe("ci");
    await workspace.run("down");
    await view.docker("rmi", image);
  });

  it("during a pull from a registry that says nothing ends at once", async () => {
    const registry = await silentRegistry();
    await view.editProfile("image: scratch", `image: ${registry.host}/books:1`);
    const up = begin(workspace, ["up", "--json"]);
    await up.until(/"stepStarted".*"image:/);
    expect((await up.end("SIGINT")).code).toBe(130);
    await registry.close();
    await view.editProfile(/image: 127.*/, "image: scratch");
    expect((await workspace.run("up")).code).toBe(0);
  });

  it("is not what a reader that goes away means: up goes on to its end", async () => {
    const script = `"$0" "$1" up | head -1; echo "\${PIPESTATUS[*]}"`;
    const { stdout, stderr } = await systemProcesses.run("bash", ["-c", script, process.execPath, CLI], {
      cwd: workspace.folder,
      env: workspace.env,
    });
    expect(stderr).not.toContain("✖");
    expect(stdout.split("\n").slice(-2)).toEqual(["0 0", ""]);
    for (const service of ["web", "other"]) expect(await view.answer(service)).toBe("ci");
    expect((await workspace.run("up")).stdout).toContain("Nothing to do");
  });
});
