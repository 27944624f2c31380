import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import { type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { folder, type HttpServer, startHttpServer } from "../harness/http-server.ts";
import { openTerminal } from "../harness/terminal.ts";
import { CLI, makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

describe("devenv publish", { timeout: 180_000 }, () => {
  let workspace: TestWorkspace;
  let view: ClusterView;
  let server: HttpServer;
  let published: string;

  const git = async (service: string, ...args: string[]) => {
    const as = { GIT_AUTHOR_NAME: "Ada", GIT_AUTHOR_EMAIL: "ada@example.org" };
    const env = { ...as, GIT_COMMITTER_NAME: "Ada", GIT_COMMITTER_EMAIL: "ada@example.org" };
    const { code, output } = await systemProcesses.run("git", args, {
      cwd: join(workspace.folder, "repos", service),
      env,
    });
    if (code !== 0) throw new Error(output);
    return output.trim();
  };
  const commit = async (service: string, version: string) => {
    await workspace.saveVersion(service, version);
    await git(service, "commit", "--quiet", "--all", `--message=${version}`);
  };
  /** CI is another machine: what it has in its cache is not here. */
  const ci = (...args: string[]) =>
    view.runWith({ env: { XDG_CACHE_HOME: join(workspace.folder, ".ci-cache") } }, "publish", ...args);
  const publish = async (...args: string[]) => {
    const { code, stdout, output } = await ci("--to", published, ...args);
    expect(code, output).toBe(0);
    return stdout;
  };

  beforeAll(async () => {
    workspace = await makeWorkspace([{ name: "books" }, { name: "web" }], `unix://${inject("dockerSocket")}`);
    view = viewOf(workspace);
    published = join(workspace.folder, "published");
    for (const service of ["books", "web"]) {
      await git(service, "init", "--quiet", "--initial-branch=main");
      await git(service, "add", ".");
      await commit(service, `${service} one`);
    }
    server = await startHttpServer();
    server.route("/builds/", (...exchange) => folder(published, "/builds/")(...exchange));
  });
  afterAll(async () => {
    await server.close();
    await workspace.remove();
  });

  it("builds what is checked out, and a cluster runs it", async () => {
    const said = await publish("--build", "7");
    expect(said).toMatch(/^built books from [0-9a-f]{7}: linux\/(amd64|arm64) \(\d+\.\d s\)$/m);
    expect(said).toContain(`build 7 is in ${published}: books, web\n`);
    await view.editProfile("file:./ci", "file:./published");
    expect((await workspace.run("up")).output).toContain("is up on docker");
    expect([await view.answer("books"), await view.answer("web")]).toEqual(["books one", "web one"]);
    expect(await view.statusOf("books")).toMatchObject({ mode: "ci", build: "ci:7" });
  });

  it("publishes nothing where nothing changed", async () => {
    await git("books", "commit", "--quiet", "--allow-empty", "--message=nothing");
    const manifest = await readFile(join(published, "manifest.json"), "utf8");
    expect(await publish()).toContain(`nothing changed since build 7 in ${published}\n`);
    expect(await readFile(join(published, "manifest.json"), "utf8")).toBe(manifest);
  });

  it("publishes what changed of one service; fetch swaps it in, and leaves the other alone", async () => {
    await commit("books", "books two");
    const web = (await view.container("web"))?.State.StartedAt;
    const head = await git("books", "rev-parse", "HEAD");
    const report = JSON.parse(await publish("--json"));
    expect(report).toMatchObject({ folder: published, build: 8, isNew: true });
    expect(report.services).toMatchObject([
      { service: "books", isNew: true, build: "ci:8", commit: head, dirty: false },
      { service: "web", isNew: false, build: "ci:7" },
    ]);
    const fetched = await workspace.run("fetch");
    expect(fetched.code, fetched.output).toBe(0);
    expect(await view.answer("books")).toBe("books two");
    expect(await view.statusOf("web")).toMatchObject({ build: "ci:7" });
    expect((await view.container("web"))?.State.StartedAt).toBe(web);
  });

  it("is fetched over HTTP just as well, with one request for the builds of all services", async () => {
    await view.editProfile("file:./published", server.url("/builds"));
    await commit("web", "web two");
    await publish();
    server.requests.length = 0;
    const fetched = await workspace.run("fetch");
    expect(fetched.code, fetched.output).toBe(0);
    expect(await view.answer("web")).toBe("web two");
    const paths = server.requests.map(({ path }) => path);
    expect(paths).toEqual(["/builds/manifest.json", expect.stringMatching(/^\/builds\/builds\/9\/linux-\w+\/web$/)]);
  });

  it("lets one of two publishers make the build, and the other find that it is made", async () => {
    await commit("books", "books three");
    const [one, other] = await Promise.all([publish(), publish()]);
    const makers = [one, other].filter((said) => said.includes(`build 10 is in ${published}: books; 1 unchanged\n`));
    const finders = [one, other].filter((said) => said.includes(`nothing changed since build 10 in ${published}\n`));
    expect([makers.length, finders.length]).toEqual([1, 1]);
    expect((await readdir(join(published, "builds"))).sort()).toEqual(["10", "7", "8", "9"]);
  });

  it("refuses a work tree that differs from its commit, and says so in the manifest when it is told to", async () => {
    await workspace.saveVersion("books", "books four");
    await writeFile(join(workspace.folder, "repos/books/notes.txt"), "");
    const { code, stderr } = await ci("--to", published, "books");
    expect(code).toBe(1);
    expect(stderr).toContain("books differs from its commit: cmd/books/main.go, notes.txt");
    expect(stderr).toContain("--dirty");
    const report = JSON.parse(await publish("books", "--dirty", "--json"));
    expect(report.services).toMatchObject([{ service: "books", isNew: true, build: "ci:11", dirty: true }]);
  });

  it("removes what only old builds have when it is told how many to keep", async () => {
    expect(await publish("books", "--dirty", "--keep", "1")).toMatch(/^removed builds 10, 8, 7: [\d.]+ MB free$/m);
    expect((await readdir(join(published, "builds"))).sort()).toEqual(["11", "9"]);
    const { code, output } = await workspace.run("fetch", "--dry-run");
    expect(code, output).toBe(0);
  });

  it("tells of every repository that it cannot publish, and why", async () => {
    const web = join(workspace.folder, "repos/web");
    await rename(join(web, ".git"), join(web, ".away"));
    const { code, stderr } = await ci("--to", published);
    await rename(join(web, ".away"), join(web, ".git"));
    expect(code).toBe(1);
    expect(stderr).toContain("2 services cannot be published as they are");
    expect(stderr).toContain(`web: ${web} has no commit: fatal: not a git repository`);
    expect(stderr).toContain("books differs from its commit");
  });

  it("publishes nothing at all when one build fails", async () => {
    await git("books", "checkout", "--quiet", "--force", "HEAD");
    await git("books", "clean", "--quiet", "--force");
    await commit("web", "web three");
    await writeFile(workspace.source("books"), "package main\n\nfunc main() { undefined() }\n");
    const { code, stderr } = await ci("--to", published, "--dirty");
    expect(code).toBe(1);
    expect(stderr).toContain("books: the build failed");
    expect(JSON.parse(await readFile(join(published, "manifest.json"), "utf8")).build).toBe(11);
    await git("books", "checkout", "--quiet", "--force", "HEAD");
  });

  it("shows on a terminal what is being built, and how far it is", async () => {
    const gate = join(workspace.folder, "gate");
    await systemProcesses.run("mkfifo", [gate]);
    await view.editProfile(
      "build: { go: ./cmd/web }",
      `build: { command: "cat ${gate} && CGO_ENABLED=0 go build -o $$$$DEVENV_OUT ./cmd/web" }`,
    );
    const terminal = await openTerminal({ columns: 80, rows: 24, cwd: workspace.folder, env: workspace.env });
    try {
      await terminal.type(`clear; ${process.execPath} ${CLI} publish --to elsewhere --dirty`);
      await terminal.press("Enter");
      await terminal.until(/building +████████░░░░░░░░ 50 % web$/m);
      await writeFile(gate, "");
      expect(await terminal.until(/^build 1 is in .*: books, web$/m)).toMatch(/^✔ building/m);
    } finally {
      await terminal.close();
    }
  });

  it.each([
    [["nothing"], "has no service nothing"],
    [["books", "--platform", "amd64"], "It takes a list such as linux/amd64."],
    [["books", "--to", "published", "--platform", "linux/amd46"], "books cannot be built for linux/amd46"],
    [["books", "--to", "published", "--build", "3"], "build 3 cannot follow build 11"],
    [["books"], "takes its artifacts from a source of kind https"],
  ])("says what is wrong with %j", async (args, words) => {
    await commit("books", `books ${words}`);
    const { code, stderr } = await ci(...args);
    expect(stderr).toContain(words);
    expect(code).toBe(2);
  });
});
