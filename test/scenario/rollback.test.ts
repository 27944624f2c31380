import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

const dockerHost = `unix://${inject("dockerSocket")}`;

describe("devenv rollback", () => {
  let workspace: TestWorkspace;
  let view: ClusterView;
  const pins = () => readFile(join(workspace.folder, "pins.yaml"), "utf8");
  const journal = async (service: string) => {
    const file = join(workspace.folder, ".xdg/state/devenv/clusters", workspace.cluster, `services/${service}.json`);
    return JSON.parse(await readFile(file, "utf8"));
  };

  beforeAll(async () => {
    workspace = await makeWorkspace([{ name: "web" }, { name: "api" }], dockerHost);
    view = viewOf(workspace);
    const store = '  store:\n    image: "busybox"\n    command: [sleep, "1d"]\n    x-devenv: { mode: off }\n';
    await view.editProfile("services:\n", `services:\n${store}`);
    expect((await workspace.run("up")).code).toBe(0);
  });
  afterAll(() => workspace.remove());

  it("has clear words where nothing ran before", async () => {
    const { code, stderr } = await workspace.run("rollback", "web");
    expect(stderr).toContain("✖ web has run no other build than ci:124: there is none to go back to");
    expect(stderr).toContain("`devenv artifacts list web`");
    expect(code).toBe(1);
  });

  it("refuses a service without code of its own, and one that nobody knows", async () => {
    const image = await workspace.run("rollback", "store");
    expect(image.stderr).toContain("✖ store runs its image's own program");
    const unknown = await workspace.run("rollback", "wep");
    expect(unknown.stderr).toContain("Did you mean web?");
    expect([image.code, unknown.code]).toEqual([2, 2]);
  });

  it("brings back what ran before, in the same container, and pins it", async () => {
    await workspace.ciBuilds({ web: "v125" });
    await workspace.run("fetch");
    expect(await view.answer("web")).toBe("v125");
    const containers = await view.identities();
    const { code, stdout } = await workspace.run("rollback", "web");
    expect(stdout).toMatch(/^web runs ci:124 again, no longer ci:125, after /m);
    expect(stdout).toContain("It is pinned to it in pins.yaml; `devenv unpin web`");
    expect(code).toBe(0);
    expect(await view.answer("web")).toBe("ci");
    expect(await view.identities()).toEqual(containers);
    expect(await pins()).toMatch(/web:\n +build: "?124"?\n +reason: rolled back from ci:125\n/);
    expect(await view.statusOf("web")).toMatchObject({ state: "ready", build: "ci:124" });
  });

  it("has the next up and fetch stay on it", async () => {
    expect((await workspace.run("up")).stdout).toContain("Nothing to do");
    expect((await workspace.run("fetch")).stdout).toMatch(/^web +ci:124 +ci:124 +- +pinned: rolled back from ci:125$/m);
    expect(await view.answer("web")).toBe("ci");
  });

  it("goes forth again the second time, and tells so with --json", async () => {
    const { code, stdout } = await workspace.run("rollback", "web", "--json");
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({
      type: "rollback",
      service: "web",
      from: "ci:124",
      to: "ci:125",
      pinned: { build: "125", reason: "rolled back from ci:124" },
      notes: [],
    });
    expect(code).toBe(0);
    expect(await view.answer("web")).toBe("v125");
  });

  it("fetches what the store no longer has, by its number", async () => {
    await workspace.ciBuilds({ web: "v126" });
    const { good, previous } = await journal("web");
    expect([good.artifact.build, previous.artifact.build]).toEqual(["ci:125", "ci:124"]);
    await rm(join(workspace.folder, ".xdg/cache/devenv/store", previous.artifact.digest));
    expect((await workspace.run("rollback", "web")).code).toBe(0);
    expect(await view.answer("web")).toBe("ci");
    expect(await readdir(join(workspace.folder, ".xdg/cache/devenv/store"))).toContain(previous.artifact.digest);
  });

  it("never goes back to a build that crashed and was taken back by itself", async () => {
    await workspace.run("unpin", "web");
    await workspace.ciBuilds({ web: { program: "crashes-at-start" } });
    expect((await workspace.run("fetch", "web")).code).toBe(1);
    expect(await view.answer("web")).toBe("ci");
    expect((await workspace.run("rollback", "web")).stdout).toContain("web runs ci:125 again, no longer ci:124");
    expect(await view.answer("web")).toBe("v125");
  });

  it("goes back from a local build to CI's, and says what its mode means", async () => {
    await workspace.saveVersion("api", "edited");
    expect((await workspace.run("use", "api=local")).code).toBe(0);
    expect(await view.answer("api")).toBe("edited");
    const back = await workspace.run("rollback", "api");
    expect(back.stderr).toContain("! api is in mode local: the next `devenv up` builds its work tree");
    expect(back.stdout).toMatch(/^api runs ci:124 again, no longer local:\w+/m);
    expect(await view.answer("api")).toBe("ci");
    const forth = await workspace.run("rollback", "api");
    expect(forth.stdout).not.toContain("pinned");
    expect(await view.answer("api")).toBe("edited");
  });

  it("needs a cluster that runs", async () => {
    await workspace.run("down");
    const { code, stderr } = await workspace.run("rollback", "web");
    expect(stderr).toMatch(/✖ cluster \w+ does not run: there is nothing to swap\n +→ `devenv up test` starts it/);
    expect(code).toBe(3);
  });
});
