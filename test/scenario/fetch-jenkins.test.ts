import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { type JenkinsServer, startJenkins } from "../harness/jenkins-server.ts";
import { answersSaying } from "../harness/programs.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";
import { rowsOf } from "./fetch-rows.ts";

const dockerHost = `unix://${inject("dockerSocket")}`;

describe("builds that only their fetching tells the content of", () => {
  let workspace: TestWorkspace;
  let view: ClusterView;
  let jenkins: JenkinsServer;
  const latest = new Map<string, number>();

  /** A build of a service's own job; without a version its file is gone, as after a clean-up. */
  const builds = async (service: string, version: string | undefined) => {
    const number = (latest.get(service) ?? 0) + 1;
    latest.set(service, number);
    const content = version === undefined ? undefined : await readFile(await answersSaying(version));
    jenkins.has(jenkins.job(service), { number, artifacts: { [`dist/${service}`]: content ?? "" } });
    if (content !== undefined) return;
    const path = new URL(`${jenkins.job(service)}/${number}/artifact/dist/${service}`).pathname;
    jenkins.server.route(path, (_request, answer) => void answer.writeHead(404).end());
  };

  beforeAll(async () => {
    workspace = await makeWorkspace([{ name: "web" }, { name: "api" }], dockerHost);
    view = viewOf(workspace);
    jenkins = await startJenkins();
    const source = `source: "jenkins:${jenkins.job("{service}")}", path: "dist/{service}", policy: exists`;
    await view.editProfile('source: "file:./ci"', source);
  });
  afterAll(async () => {
    await jenkins.close();
    await workspace.remove();
  });

  it("are fetched by up before its plan, each telling so", async () => {
    await builds("web", "w1");
    await builds("api", "a1");
    const { code, stderr } = await workspace.run("up");
    for (const name of ["web", "api"]) expect(stderr).toMatch(new RegExp(`^fetching ${name} \\(ci:1\\b`, "m"));
    expect(code).toBe(0);
    expect([await view.answer("web"), await view.answer("api")]).toEqual(["w1", "a1"]);
  });

  it("are asked about by one request a service, and not fetched again", async () => {
    const since = jenkins.server.requests.length;
    expect((await workspace.run("up")).stdout).toContain("Nothing to do");
    expect((await workspace.run("fetch")).code).toBe(0);
    expect(jenkins.server.requests.slice(since)).toHaveLength(4);
  });

  it("fail by themselves in up: their service stays what it is, the others come", async () => {
    await builds("web", undefined);
    await builds("api", "a2");
    const { code, stdout, stderr } = await workspace.run("up");
    expect(stdout).toMatch(/^✖ fetch web \(CI has a build of it\): web: /m);
    expect(stdout).toMatch(/^✔ update api \(ci:2 instead of ci:1\)/m);
    expect(stderr).toMatch(/✖ web: .*dist\/web/);
    expect(code).toBe(3);
    expect([await view.answer("web"), await view.answer("api")]).toEqual(["w1", "a2"]);
    expect(await view.statusOf("web")).toMatchObject({ state: "ready", build: "ci:1" });
  });

  it("are pinned and left, without a word to CI", async () => {
    await builds("web", "w3");
    expect((await workspace.run("pin", "web")).code).toBe(0);
    const since = jenkins.server.requests.length;
    const rows = rowsOf(await workspace.run("fetch", "web", "--json"));
    expect(rows).toMatchObject({ web: { from: "ci:1", to: "ci:1", outcome: "pinned" } });
    expect(jenkins.server.requests).toHaveLength(since);
    await rm(join(workspace.folder, "pins.yaml"));
    expect(rowsOf(await workspace.run("fetch", "web", "--json"))).toMatchObject({ web: { outcome: "swapped" } });
    expect(await view.answer("web")).toBe("w3");
  });

  it("take only their own job's service away where that is gone", async () => {
    await builds("api", "a3");
    const path = new URL(jenkins.job("web")).pathname;
    jenkins.server.route(`${path}/`, (_request, answer) => void answer.writeHead(404).end());
    const { code, stdout, stderr } = await workspace.run("fetch");
    expect(stdout).toMatch(/^web +ci:3 +- +- +failed: Jenkins has no such job or build/m);
    expect(stdout).toMatch(/^api +ci:2 +ci:3 +\d[\d.]* MB +swapped in$/m);
    expect(stderr).toContain("✖ Jenkins has no such job or build");
    expect(code).toBe(1);
    const up = await workspace.run("up");
    expect(up.stdout).toMatch(/^! CI cannot be asked \(Jenkins has no such job or build: .*\): web stays on ci:3$/m);
    expect(up.code).toBe(0);
  });
});
