import { link, readdir, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

const dockerHost = `unix://${inject("dockerSocket")}`;

let workspace: TestWorkspace;
let view: ClusterView;
let store: string;
let inMount: string;

beforeAll(async () => {
  workspace = await makeWorkspace([{ name: "web" }], dockerHost);
  view = viewOf(workspace);
  store = join(workspace.env.XDG_CACHE_HOME ?? "", "devenv/store");
  inMount = join(workspace.env.XDG_STATE_HOME ?? "", "devenv/clusters", workspace.cluster, "mount/store");
  const { code, stderr } = await workspace.run("up");
  expect(code, stderr).toBe(0);
});
afterAll(() => workspace.remove());

const digests = async (folder: string) => (await readdir(folder)).filter((name) => /^[0-9a-f]{64}$/.test(name));

const isRunning = () => view.docker("inspect", "-f", "{{.State.Running}}", `${workspace.cluster}-web-1`);

/** As a disk does it: under the process that runs from it. A program that runs cannot be written to, so both names move. */
async function rot(digest: string): Promise<void> {
  const content = await readFile(join(store, digest));
  content[content.length - 1] = (content.at(-1) ?? 0) ^ 1;
  await writeFile(join(store, "rotten"), content, { mode: 0o555 });
  await rename(join(store, "rotten"), join(store, digest));
  await rm(join(inMount, digest));
  await link(join(store, digest), join(inMount, digest));
}

describe("an artifact that a cluster runs and that rots on the disk", () => {
  it("is found, with who has it, and taken away only where asked; `up` fetches it again", async () => {
    const [digest = ""] = await digests(store);
    expect(await workspace.run("artifacts", "verify")).toMatchObject({ code: 0 });
    await rot(digest);

    const found = await workspace.run("artifacts", "verify");
    expect(found.stdout).toContain(digest.slice(0, 12));
    expect(found.stdout).toContain(`store, mount of ${workspace.cluster}`);
    expect(found.stdout).toContain(`${workspace.cluster}/web (ci:124)`);
    expect(found.stderr).toContain("`devenv artifacts verify --repair` takes it away");
    expect(found.code).toBe(1);
    expect([await digests(store), await digests(inMount)]).toEqual([[digest], [digest]]);

    const repaired = await workspace.run("artifacts", "verify", "--repair");
    expect(repaired.stderr).toContain(`Run \`devenv up\` now for ${workspace.cluster}`);
    expect(repaired.code).toBe(1);
    expect([await digests(store), await digests(inMount)]).toEqual([[], []]);
    expect(await isRunning()).toBe("true");

    const { code, stderr } = await workspace.run("up");
    expect(code, stderr).toBe(0);
    expect([await digests(store), await digests(inMount)]).toEqual([[digest], [digest]]);
    const after = await workspace.run("artifacts", "verify", "--json");
    expect(JSON.parse(after.stdout)).toMatchObject({ ok: true, artifacts: 1, damaged: [] });
    expect(await isRunning()).toBe("true");
  });
});

describe("pruning", () => {
  it("leaves what the cluster runs and what a pin names, however old, and tells what it freed", async () => {
    for (const version of ["two", "three", "four"]) {
      await workspace.ciBuilds({ web: version });
      const { code, stderr } = await workspace.run("up");
      expect(code, stderr).toBe(0);
      if (version === "two")
        expect(await workspace.run("pin", "web", "125", "--reason", "for the test")).toMatchObject({ code: 0 });
      if (version === "two") await rename(join(workspace.folder, "pins.yaml"), join(workspace.folder, "pins.later"));
    }
    await rename(join(workspace.folder, "pins.later"), join(workspace.folder, "pins.yaml"));
    const all = await digests(store);
    expect(all).toHaveLength(4);
    for (const digest of all) await utimes(join(store, digest), 1, 1);

    // 127 runs, 126 was before it, 125 is pinned: 124 goes.
    const { code, stdout } = await workspace.run("artifacts", "prune", "--keep", "0", "--max", "1MB", "--json");
    expect(code).toBe(0);
    const { removed, left } = JSON.parse(stdout);
    expect(removed).toMatchObject([{ service: "web", build: "ci:124" }]);
    expect(left.artifacts).toBe(3);
    expect(await digests(store)).toHaveLength(3);
  });
});
