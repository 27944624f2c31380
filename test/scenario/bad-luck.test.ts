import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import { type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { freePort } from "../harness/free-port.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";
import { elfOf } from "../unit/artifact/elves.ts";

/** e_machine of an architecture that none of us has. */
const S390X = 22;
const sha256 = (content: Buffer) => createHash("sha256").update(content).digest("hex");

const dockerHost = `unix://${inject("dockerSocket")}`;

describe("a taken port", () => {
  let workspace: TestWorkspace;
  let view: ClusterView;
  let port: number;
  let server: Server | undefined;

  beforeAll(async () => {
    port = await freePort();
    workspace = await makeWorkspace(
      [{ name: "web", yaml: `    ports: ["${port}:8080"]` }, { name: "other" }],
      dockerHost,
    );
    view = viewOf(workspace);
  });
  beforeEach(async () => {
    const listening = createServer();
    server = listening;
    await new Promise<void>((resolve) => listening.listen(port, "127.0.0.1", resolve));
  });
  const freed = async () => {
    const listening = server;
    server = undefined;
    if (listening !== undefined) await new Promise((resolve) => listening.close(resolve));
  };
  afterEach(freed);
  afterAll(() => workspace.remove());

  it("is told with who has it and who wants it, before anything is made", async () => {
    const { code, stdout, stderr } = await workspace.run("up");
    expect(stderr).toContain(`✖ port ${port}, which web wants, is taken by node (pid ${process.pid})`);
    expect(stderr).toContain("→ End what holds it, or change the first number of that entry under `ports:`");
    expect([stdout, code]).toEqual(["", 3]);
    expect(await view.containers()).toEqual([]);
    expect(await view.docker("network", "ls", "-q", "--filter", `name=${workspace.cluster}`)).toBe("");
  });

  it("is told as well of a service that was stopped and whose port somebody took meanwhile", async () => {
    await freed();
    expect((await workspace.run("up")).code).toBe(0);
    await view.docker("stop", "-t", "1", `${workspace.cluster}-web-1`);
    const listening = createServer();
    server = listening;
    await new Promise<void>((resolve) => listening.listen(port, "127.0.0.1", resolve));
    const { code, stderr } = await workspace.run("up");
    expect(stderr).toContain(`✖ port ${port}, which web wants, is taken by node (pid ${process.pid})`);
    expect(code).toBe(3);
    expect(await view.answer("other")).toBe("ci");
  });

  it("is told by the container's name where another cluster has it", async () => {
    await freed();
    await workspace.run("up");
    const second = await makeWorkspace([{ name: "shop", yaml: `    ports: ["${port}:8080"]` }], dockerHost);
    const { code, stderr } = await second.run("up");
    await rm(second.folder, { recursive: true });
    expect(stderr).toContain(
      `✖ port ${port}, which shop wants, is taken by container ${workspace.cluster}-web-1 of the devenv workspace ${workspace.folder}`,
    );
    expect(code).toBe(3);
  });
});

describe("no daemon", () => {
  let workspace: TestWorkspace;
  beforeAll(async () => {
    workspace = await makeWorkspace([{ name: "web" }], "unix:///nowhere/docker.sock");
  });
  afterAll(() => rm(workspace.folder, { recursive: true }));

  it("is told with what was tried and what to do, by every command that needs one", async () => {
    for (const args of [
      ["up"],
      ["status"],
      ["logs"],
      ["exec", "web", "true"],
      ["restart", "web"],
      ["down"],
      ["docker-env"],
    ]) {
      const { code, stdout, stderr } = await workspace.run(...args);
      expect(stderr).toContain("✖ no Docker daemon answers");
      expect(stderr).toContain("  • DOCKER_HOST=unix:///nowhere/docker.sock: no such socket");
      expect(stderr).toMatch(/→ Start Docker, or /);
      expect([stdout, code]).toEqual(["", 3]);
    }
  });

  it("is told as JSON where JSON was asked for", async () => {
    const { code, stdout } = await workspace.run("up", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ type: "failed", failure: { class: "environment" } });
    expect(code).toBe(3);
  });

  it("is told of an address where something listens that is no daemon", async () => {
    const server = createServer((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { code, stderr } = await viewOf(workspace).runWith({ env: { DOCKER_HOST: `tcp://127.0.0.1:${port}` } }, "up");
    server.close();
    expect(stderr).toMatch(new RegExp(`127\\.0\\.0\\.1:${port}.*(is not|no) (a )?Docker daemon`, "i"));
    expect(code).toBe(3);
  });
});

describe("CI's builds", () => {
  let workspace: TestWorkspace;
  let view: ClusterView;
  let manifest: string;

  beforeEach(async () => {
    workspace = await makeWorkspace([{ name: "web" }], dockerHost);
    view = viewOf(workspace);
    manifest = join(workspace.folder, "ci/manifest.json");
  });
  afterEach(() => workspace.remove());

  const change = async (from: string | RegExp, to: string) => {
    const before = await readFile(manifest, "utf8");
    const after = before.replace(from, to);
    expect(after).not.toBe(before);
    await writeFile(manifest, after);
  };

  it("of another architecture only are told before anything is started", async () => {
    await change(/"arch":"[a-z0-9]+"/, '"arch":"s390x"');
    const { code, stdout, stderr } = await workspace.run("up");
    expect(stderr).toMatch(/✖ web: CI built linux\/s390x, the daemon runs linux\/\w+/);
    expect(stderr).toContain("→ ");
    expect([stdout, code]).toEqual(["", 3]);
    expect(await view.containers()).toEqual([]);
  });

  it("that say the right architecture and are another one are told before they are started", async () => {
    const foreign = elfOf({ machine: S390X, little: false });
    await writeFile(join(workspace.folder, "ci/builds/124/web"), foreign);
    await change(/"sha256":"[0-9a-f]+","size":\d+/, `"sha256":"${sha256(foreign)}","size":${foreign.length}`);
    const { code, stderr } = await workspace.run("up");
    expect(stderr).toMatch(/✖ web: its program is built for linux\/s390x, and is to run on linux\/\w+/);
    expect(stderr).toContain("→ It is what CI made as ci:124");
    expect(code).toBe(3);
    expect(await view.containers()).toEqual([]);
  });

  it("that lack a service are told, with what there is", async () => {
    await view.editProfile("  web:", "  wep:");
    const { code, stderr } = await workspace.run("up");
    expect(stderr).toContain("✖ wep: CI has no build of it");
    expect(stderr).toContain("did you mean web?");
    expect(code).toBe(3);
    expect(await view.containers()).toEqual([]);
  });

  it("whose file is missing are told, with its path, and nothing is started", async () => {
    await rm(join(workspace.folder, "ci/builds"), { recursive: true });
    const { code, stderr } = await workspace.run("up");
    expect(stderr).toContain(`there is no ${join(workspace.folder, "ci/builds/124/web")}`);
    expect(stderr).toContain("→ let CI build again");
    expect(code).toBe(3);
    expect(await view.containers()).toEqual([]);
  });

  it("that are not there at all are told", async () => {
    await rm(join(workspace.folder, "ci"), { recursive: true });
    const { code, stderr } = await workspace.run("up");
    expect(stderr).toContain(`there is no ${manifest}`);
    expect(code).toBe(3);
  });

  it("with a manifest that does not parse are told with the position", async () => {
    await change('"version":1', '"version":one');
    const { code, stderr } = await workspace.run("up");
    expect(stderr).toMatch(/manifest\.json:1:\d+/);
    expect(code).toBe(3);
  });

  it("whose content is not what its digest says never become visible", async () => {
    const program = join(workspace.folder, "ci/builds/124/web");
    await writeFile(program, "something else".padEnd((await readFile(program)).length));
    const { code, stderr } = await workspace.run("up");
    expect(stderr).toMatch(/✖ web: .* is damaged: its SHA-256 is [0-9a-f]{12}, and was to be [0-9a-f]{12}/);
    expect(stderr).toContain(
      "→ what names it (a manifest, a checksum) and what is there do not belong together; let CI build again",
    );
    expect(code).toBe(1);
    expect(await view.containers()).toEqual([]);
    const { code: found } = await systemProcesses.run("grep", ["-rq", "something else", ".xdg"], {
      cwd: workspace.folder,
    });
    expect(found).toBe(1);
  });
});
