import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { freePort } from "../harness/free-port.ts";
import { type GithubServer, startGithub } from "../harness/github-server.ts";
import { type JenkinsServer, md5, startJenkins } from "../harness/jenkins-server.ts";
import { answersSaying } from "../harness/programs.ts";
import { uploadedZip } from "../harness/uploaded-zip.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

const ARCH = process.arch === "x64" ? "amd64" : process.arch;

/** A workspace whose profile takes CI's builds from those words, and never from a work tree. */
async function workspaceFrom(
  artifacts: string,
  secrets: string,
): Promise<{ workspace: TestWorkspace; view: ClusterView }> {
  const port = await freePort();
  const yaml = `    ports: ["${port}:8080"]`;
  const workspace = await makeWorkspace([{ name: "web", yaml }], `unix://${inject("dockerSocket")}`);
  const view = viewOf(workspace);
  await view.editProfile('{ source: "file:./ci" }', artifacts);
  await writeFile(join(dirname(workspace.profile), ".env"), secrets, { mode: 0o600 });
  return { workspace, view };
}

const program = async (version: string): Promise<Buffer> => readFile(await answersSaying(version));

describe("a cluster whose CI is Jenkins", () => {
  const user = { name: "jane", token: "11f0c0ffee" };
  let jenkins: JenkinsServer;
  let workspace: TestWorkspace;
  let view: ClusterView;
  const run = (...args: string[]) => workspace.run(...args);

  const builds = async (...numbers: readonly number[]) => {
    const all = numbers.map(async (number) => {
      const content = await program(`build ${number}`);
      const fingerprints = [{ fileName: "web", hash: md5(content) }];
      return { number, artifacts: { [`dist/linux-${ARCH}/web`]: content }, fingerprints };
    });
    jenkins.has(jenkins.job("team", "web"), ...(await Promise.all(all)));
  };
  /** What was asked of Jenkins meanwhile, without its address. */
  const askedBy = async (act: () => Promise<unknown>): Promise<readonly string[]> => {
    const before = jenkins.server.requests.length;
    await act();
    return jenkins.server.requests.slice(before).map(({ path }) => path.split("?", 1)[0] ?? "");
  };

  beforeAll(async () => {
    jenkins = await startJenkins({ user });
    const credentials = "credentials: { user: JENKINS_USER, token: JENKINS_TOKEN }";
    const source = `source: "jenkins:${jenkins.job("team", "{service}")}"`;
    ({ workspace, view } = await workspaceFrom(
      `{ ${source}, path: "dist/{os}-{arch}/{service}", policy: checksum, ${credentials} }`,
      `JENKINS_USER=${user.name}\nJENKINS_TOKEN=${user.token}\n`,
    ));
    await builds(124);
  });
  afterAll(async () => {
    await workspace.remove();
    await jenkins.close();
  });

  it("runs what the job's last successful build archived; its token is nowhere to be read", async () => {
    const { code, output } = await run("up");
    expect([code, output]).toEqual([0, expect.not.stringContaining(user.token)]);
    expect(await view.answer("web")).toBe("build 124");
    expect((await view.statusOf("web")).build).toBe("ci:124");
    expect((await run("config", "--json")).output).not.toContain(user.token);
  });

  it("costs one request when nothing changed", async () => {
    expect(await askedBy(() => run("up"))).toEqual(["/job/team/job/web/lastSuccessfulBuild/api/json"]);
  });

  it("takes the next build by `fetch`", async () => {
    await builds(125, 124);
    const asked = await askedBy(() => run("fetch"));
    expect(asked).toContain(`/job/team/job/web/125/artifact/dist/linux-${ARCH}/web`);
    expect(await view.answer("web")).toBe("build 125");
  });

  it("goes back to a build by its number", async () => {
    expect((await run("pin", "web", "124")).code).toBe(0);
    expect((await run("up")).code).toBe(0);
    expect(await view.answer("web")).toBe("build 124");
  });

  it("says what is wrong when the token is, and what runs goes on", async () => {
    await run("unpin", "web");
    const wrong = { env: { JENKINS_TOKEN: "22baadf00d" } };
    const [up, fetch] = [await view.runWith(wrong, "up"), await view.runWith(wrong, "fetch")];
    expect([up.code, fetch.code]).toEqual([0, 3]);
    expect(up.output).toMatch(/CI cannot be asked \(Jenkins does not know this user or token: .*web stays on ci:124/);
    expect(fetch.output).toContain("correct what JENKINS_USER and JENKINS_TOKEN hold");
    expect(up.output + fetch.output).not.toContain("22baadf00d");
    expect(await view.answer("web")).toBe("build 124");
  });
});

describe("a cluster whose CI is a workflow of GitHub", () => {
  const token = "ghp_c0ffee";
  let github: GithubServer;
  let workspace: TestWorkspace;
  let view: ClusterView;

  const runs = async (...numbers: readonly number[]) => {
    const all = numbers.map(async (number) => {
      const zip = uploadedZip({ "bin/web": await program(`run ${number}`), "README.md": "read me" });
      return { number, artifacts: { [`web-linux-${ARCH}`]: zip } };
    });
    github.repositories.set("acme/web", { isPrivate: true, runs: { "build.yml": await Promise.all(all) } });
  };

  beforeAll(async () => {
    github = await startGithub({ token });
    const path = 'path: "{service}-{os}-{arch}#bin/{service}"';
    const words = `workflow: build.yml, api: "${github.api}", credentials: { token: GITHUB_TOKEN }`;
    ({ workspace, view } = await workspaceFrom(
      `{ source: "github:acme/{service}", ${path}, ${words} }`,
      `GITHUB_TOKEN=${token}\n`,
    ));
    await runs(41);
  });
  afterAll(async () => {
    await workspace.remove();
    await github.close();
  });

  it("runs a file of the zip that the newest successful run uploaded", async () => {
    const { code, output } = await workspace.run("up");
    expect([code, output]).toEqual([0, expect.not.stringContaining(token)]);
    expect(await view.answer("web")).toBe("run 41");
    expect((await view.statusOf("web")).build).toBe("ci:41");
  });

  it("costs one request, and nothing of GitHub's limit, when nothing changed", async () => {
    const [asked, counted] = [github.asked().length, github.counted()];
    expect((await workspace.run("up")).code).toBe(0);
    expect(github.asked().slice(asked)).toEqual(["/repos/acme/web/actions/workflows/build.yml/runs"]);
    expect(github.counted()).toBe(counted);
  });

  it("takes the next run by `fetch`, and goes on when GitHub is away", async () => {
    await runs(42, 41);
    expect((await workspace.run("fetch")).code).toBe(0);
    expect(await view.answer("web")).toBe("run 42");
    await github.close();
    expect((await workspace.run("up")).code).toBe(0);
    expect(await view.answer("web")).toBe("run 42");
  });
});
