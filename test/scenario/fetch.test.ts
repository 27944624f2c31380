import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { begin, type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";
import { rowsOf } from "./fetch-rows.ts";

const dockerHost = `unix://${inject("dockerSocket")}`;

let workspace: TestWorkspace;
let view: ClusterView;

const fetched = async (...args: string[]) => rowsOf(await workspace.run("fetch", "--json", ...args));
/** The processes in a service's container: its supervisor, and its program. */
const processes = (service: string) => view.docker("top", `${workspace.cluster}-${service}-1`, "-o", "pid,args");
const pins = (text: string) => writeFile(join(workspace.folder, "pins.yaml"), text);

describe("devenv fetch, where the cluster runs,", () => {
  beforeAll(async () => {
    workspace = await makeWorkspace([{ name: "web" }, { name: "api" }], dockerHost);
    view = viewOf(workspace);
    expect((await workspace.run("up")).code).toBe(0);
  });
  afterAll(() => workspace.remove());

  it("leaves everything alone when nothing is new, down to the processes", async () => {
    const before = [await view.identities(), await processes("web"), await processes("api")];
    const { code, stdout } = await workspace.run("fetch");
    expect(stdout).toMatch(/^web +ci:124 +ci:124 +- +unchanged$/m);
    expect(stdout).toMatch(/^2 unchanged after .*s\.$/m);
    expect(code).toBe(0);
    expect([await view.identities(), await processes("web"), await processes("api")]).toEqual(before);
  });

  it("says with --dry-run what is new, and fetches nothing", async () => {
    await workspace.ciBuilds({ web: "v125" });
    const { code, stdout } = await workspace.run("fetch", "--dry-run");
    expect(stdout).toMatch(/^web +ci:124 +ci:125 +\d[\d.]* MB +new$/m);
    expect(stdout).toMatch(/^api +ci:124 +ci:124 +- +unchanged$/m);
    expect(code).toBe(0);
    expect(await fetched("--dry-run")).toMatchObject({ web: { outcome: "new" }, api: { outcome: "unchanged" } });
    expect(await view.answer("web")).toBe("ci");
  });

  it("swaps a new build in, in the container that runs, and touches no other", async () => {
    const [containers, other] = [await view.identities(), await processes("api")];
    const { code, stdout } = await workspace.run("fetch");
    expect(stdout).toMatch(/^✔ fetch web ci:125 \(instead of ci:124\)/m);
    expect(stdout).toMatch(/^web +ci:124 +ci:125 +\d[\d.]* MB +swapped in$/m);
    expect(code).toBe(0);
    expect(await view.answer("web")).toBe("v125");
    expect(await view.identities()).toEqual(containers);
    expect(await processes("api")).toBe(other);
    expect(await view.statusOf("web")).toMatchObject({ state: "ready", build: "ci:125" });
  });

  it("has a build that crashes rolled back by itself, says why, and swaps the others in", async () => {
    await workspace.ciBuilds({ web: { program: "crashes-at-start" }, api: "v126" });
    const [containers, web] = [await view.containers(), (await view.container("web"))?.Id];
    const { code, stdout, stderr } = await workspace.run("fetch");
    expect(stdout).toMatch(/^web +ci:125 +ci:126 +\d[\d.]* MB +rolled back: /m);
    expect(stdout).toMatch(/^api +ci:124 +ci:126 +\d[\d.]* MB +swapped in$/m);
    expect(stderr).toContain("✖ web ended with code 2");
    expect(stderr).toContain("What ran before is back in place.");
    expect(stderr).toContain("nil pointer dereference");
    expect(code).toBe(1);
    await expect.poll(() => view.answer("web")).toBe("v125");
    expect(await view.answer("api")).toBe("v126");
    expect([await view.containers(), (await view.container("web"))?.Id]).toEqual([containers, web]);
    expect(await fetched("api")).toMatchObject({ api: { outcome: "unchanged" } });
    expect(await fetched("web")).toMatchObject({
      web: { from: "ci:125", to: "ci:126", size: 0, outcome: "rolledBack", failure: { class: "user" } },
    });
  });

  it("takes the named services only, and none that CI builds nothing of", async () => {
    await workspace.ciBuilds({ web: "v127", api: "v127" });
    expect(Object.keys(await fetched("web"))).toEqual(["web"]);
    expect([await view.answer("web"), await view.answer("api")]).toEqual(["v127", "v126"]);
    const { code, stderr } = await workspace.run("fetch", "wep");
    expect(stderr).toContain("has no service wep\n  → Did you mean web?");
    expect(code).toBe(2);
  });

  it("leaves a pinned service on its build, and names it", async () => {
    await workspace.run("pin", "api", "126", "--reason", "the search is broken since");
    const before = await processes("api");
    const { code, stdout } = await workspace.run("fetch");
    expect(stdout).toMatch(/^api +ci:126 +ci:126 +- +pinned: the search is broken since$/m);
    expect(code).toBe(0);
    expect((await workspace.run("up")).stdout).toContain("Nothing to do");
    expect(await processes("api")).toBe(before);
  });

  it("brings a service to the build that the team pinned, older or newer", async () => {
    await pins("pins:\n  api: { build: 124 }\n  web: { build: 125 }\n");
    expect(await fetched()).toMatchObject({
      api: { from: "ci:126", to: "ci:124", outcome: "swapped" },
      web: { from: "ci:127", to: "ci:125", size: 0, outcome: "swapped" },
    });
    expect([await view.answer("web"), await view.answer("api")]).toEqual(["v125", "ci"]);
    expect(await fetched()).toMatchObject({ api: { outcome: "pinned" }, web: { outcome: "pinned" } });
  });

  it("tells of a pinned build that is nowhere any more with the pin's place, and brings the others", async () => {
    await pins("pins:\n  api:\n    build: 99\n");
    const { code, stdout, stderr } = await workspace.run("fetch");
    expect(stdout).toMatch(/^web +ci:125 +ci:127 +- +swapped in$/m);
    expect(stderr).toContain("✖ api is pinned to build 99, which CI no longer has, and neither has the store");
    expect(stderr).toMatch(/pins\.yaml:2:3/);
    expect(stderr).toContain("`devenv unpin api`");
    expect(code).toBe(1);
    const up = await workspace.run("up");
    expect(up.stderr).toContain("✖ api is pinned to build 99");
    expect(up.code).toBe(1);
    await rm(join(workspace.folder, "pins.yaml"));
    expect(await fetched()).toMatchObject({ api: { from: "ci:124", to: "ci:127", outcome: "swapped" } });
  });

  it("only fetches for a service whose code comes from elsewhere, and says why", async () => {
    await workspace.run("use", "api=off");
    await workspace.saveVersion("web", "edited");
    expect((await workspace.run("use", "web=local")).code).toBe(0);
    await workspace.run("use", "--clear", "web");
    await workspace.ciBuilds({ web: "v128", api: "v128" });
    const before = await processes("web");
    const { web, api } = await fetched();
    expect(web).toMatchObject({ from: expect.stringMatching(/^local:/), to: "ci:128", outcome: "fetched" });
    expect(web?.reason).toMatch(/^it runs local:\w+; `devenv use web=ci` takes CI's$/);
    expect(api).toMatchObject({ to: "ci:128", outcome: "fetched", reason: "it is in mode off" });
    expect(await processes("web")).toBe(before);
    await rm(join(workspace.folder, "ci/builds/128"), { recursive: true });
    expect((await workspace.run("use", "web=ci", "api=ci")).code).toBe(0);
    expect([await view.answer("web"), await view.answer("api")]).toEqual(["v128", "v128"]);
  });

  it("by two at once, both end well with one swap", async () => {
    await workspace.ciBuilds({ web: "v129", api: "v129" });
    const both = await Promise.all([fetched(), fetched()]);
    for (const name of ["web", "api"]) {
      for (const rows of both) expect(["swapped", "unchanged"]).toContain(rows[name]?.outcome);
      expect(both.filter((rows) => rows[name]?.outcome === "swapped")).toHaveLength(1);
      expect(await view.answer(name)).toBe("v129");
    }
  });

  it("names both architectures where CI built for another one only", async () => {
    await workspace.ciBuilds({ web: "v130" });
    const manifest = join(workspace.folder, "ci/manifest.json");
    const { services, ...rest } = JSON.parse(await readFile(manifest, "utf8"));
    services.web.artifacts[0].arch = "s390x";
    await writeFile(manifest, JSON.stringify({ ...rest, services }));
    const { web, api } = await fetched();
    expect(web).toMatchObject({ from: "ci:129", to: null, outcome: "failed" });
    expect(web?.reason).toMatch(/^web: CI built linux\/s390x, the daemon runs linux\/\w+$/);
    expect(api).toMatchObject({ outcome: "unchanged" });
    expect(await view.answer("web")).toBe("v129");
  });
});

describe("devenv fetch, where no cluster runs,", () => {
  beforeEach(async () => {
    workspace = await makeWorkspace([{ name: "web" }, { name: "api" }], dockerHost);
    view = viewOf(workspace);
  });
  afterEach(() => workspace.remove());

  it("fills the store, and up finds everything there", async () => {
    const { code, stdout } = await workspace.run("fetch");
    expect(stdout).toMatch(/^web +- +ci:124 +\d[\d.]* MB +fetched: the cluster does not run$/m);
    expect(stdout).toMatch(/^2 fetched; \d+ MB in .* `devenv up` starts it/m);
    expect(code).toBe(0);
    expect(await view.containers()).toEqual([]);
    await rm(join(workspace.folder, "ci/builds"), { recursive: true });
    expect((await workspace.run("up")).code).toBe(0);
    expect([await view.answer("web"), await view.answer("api")]).toEqual(["ci", "ci"]);
  });

  it("does so without any daemon", async () => {
    const { code, stdout } = await view.runWith({ env: { DOCKER_HOST: "unix:///nowhere.sock" } }, "fetch", "web");
    expect(stdout).toMatch(/^web +- +ci:124 +\d[\d.]* MB +fetched/m);
    expect(code).toBe(0);
  });

  it("fails where CI is not there, saying so", async () => {
    await rm(join(workspace.folder, "ci"), { recursive: true });
    const { code, stderr } = await workspace.run("fetch");
    expect(stderr).toContain(`there is no ${join(workspace.folder, "ci/manifest.json")}`);
    expect(code).toBe(3);
  });

  it("tells all of it as events with --json", async () => {
    const fetching = begin(workspace, ["fetch", "--json"]);
    await fetching.until(/"type":"planned".*"id":"fetch:web"/);
    await fetching.until(/"type":"stepDone".*"step":"fetch:web"/);
    expect(rowsOf(await fetching.ended)).toMatchObject({ web: { from: null, to: "ci:124", outcome: "fetched" } });
  });
});
