import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, onTestFinished } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import type { Check } from "../../src/model/check.ts";
import { freePort } from "../harness/free-port.ts";
import { startPrivateDaemon } from "../harness/private-daemon.ts";
import { startTlsDaemon } from "../harness/tls-daemon.ts";
import { CLI, makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

let workspace: TestWorkspace;
let profile: string;
beforeAll(async () => {
  workspace = await makeWorkspace([{ name: "web" }], `unix://${inject("dockerSocket")}`);
  profile = readFileSync(workspace.profile, "utf8");
});
afterAll(() => workspace.remove());
afterEach(() => writeFileSync(workspace.profile, profile));

interface Diagnosis {
  readonly code: number | undefined;
  /** The check of a name; fails where there is none. */
  of(name: string): Check;
  readonly names: readonly string[];
}

interface Circumstances {
  readonly env?: Readonly<Record<string, string>>;
  /** Words before devenv's: a program that runs it. */
  readonly by?: readonly string[];
}

async function diagnosis({ env = {}, by = [] }: Circumstances = {}): Promise<Diagnosis> {
  const [program = "", ...args] = [...by, process.execPath, CLI, "doctor", "--json"];
  const { code, stdout, stderr } = await systemProcesses.run(program, args, {
    cwd: workspace.folder,
    env: { ...workspace.env, ...env },
  });
  expect(stderr).toBe("");
  const { checks } = JSON.parse(stdout) as { checks: Check[] };
  return {
    code,
    names: checks.map(({ name }) => name),
    of(name) {
      const named = checks.filter((check) => check.name === name);
      const found = named.find(({ state }) => state === "bad") ?? named[0];
      // Of several of one name, the worst.
      if (found === undefined) throw new Error(`there is no check ${name}: ${stdout}`);
      return found;
    },
  };
}

const docker = (...args: string[]) => systemProcesses.run("docker", args, { env: workspace.env });
/** Containers of doctor's own on the daemon, and its folders on this machine. */
async function leftovers(): Promise<string[]> {
  const label = `label=dev.devenv.cluster=${workspace.cluster}.doctor`;
  const { stdout } = await docker("ps", "-a", "--filter", label, "--format", "{{.Names}}");
  const folder = join(workspace.env.XDG_STATE_HOME ?? "", "devenv/doctor");
  const folders = existsSync(folder) ? readdirSync(folder).filter((name) => name !== "lock") : [];
  return [...stdout.split("\n").filter(Boolean), ...folders];
}

describe("devenv doctor, on a real daemon", () => {
  it("tries a container with a folder of this machine, and leaves nothing of it", async () => {
    const { code, of } = await diagnosis();
    expect(of("container")).toMatchObject({ state: "ok", what: expect.stringMatching(/^one was made, ran and ended/) });
    expect(of("mount")).toMatchObject({ state: "ok", what: "a container read and wrote a folder of this machine" });
    expect(of("data")).toMatchObject({ state: "ok", what: expect.stringContaining("are free where the daemon") });
    expect(await leftovers()).toEqual([]);
    expect(code).toBe(0);
  });

  it("removes what one that was killed left behind, and nothing else", async () => {
    const image = ["devenv/scratch:1", "nothing"];
    const { cluster } = workspace;
    await docker("create", "--label", `dev.devenv.cluster=${cluster}.doctor`, ...image);
    const { stdout: other } = await docker("create", "--label", "dev.devenv.cluster=somebody", ...image);
    expect(await leftovers()).toHaveLength(1);
    await diagnosis();
    expect(await leftovers()).toEqual([]);
    expect((await docker("rm", other.trim())).code).toBe(0);
  });

  it("says that a folder of this machine is none of the daemon's, and that containers start all the same", async () => {
    const state = workspace.env.XDG_STATE_HOME ?? "";
    const elsewhere = ["sh", "-c", `mkdir -p "$0" && mount -t tmpfs none "$0" && exec "$@"`, state];
    const { code, of } = await diagnosis({ by: ["unshare", "--mount", "--propagation", "private", ...elsewhere] });
    expect(of("mount")).toMatchObject({
      state: "bad",
      what: expect.stringContaining("bind source path does not exist"),
    });
    expect(of("mount").why).toContain("no such file");
    expect(of("container").state).toBe("ok");
    expect(code).toBe(3);
  });

  it("says that the disk of the clusters' folders is full, where containers would start", async () => {
    const state = workspace.env.XDG_STATE_HOME ?? "";
    const full = `mkdir -p "$0" && mount -t tmpfs -o size=64k none "$0" && dd if=/dev/zero of="$0/filler" bs=4k 2>&-; exec "$@"`;
    const { code, of } = await diagnosis({
      by: ["unshare", "--mount", "--propagation", "private", "sh", "-c", full, state],
    });
    expect(of("mount")).toMatchObject({
      state: "bad",
      what: expect.stringMatching(/^nothing can be put into .*ENOSPC/),
    });
    expect(of("disk")).toMatchObject({ state: "bad", what: expect.stringContaining("where the clusters' mounts are") });
    expect(code).toBe(3);
  });

  it("names who has a port of the profile", async () => {
    const server = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    writeFileSync(workspace.profile, profile.replace("    x-devenv:", `    ports: ["${port}:8080"]\n    x-devenv:`));
    const { code, of } = await diagnosis();
    expect(of("ports")).toMatchObject({
      state: "bad",
      what: expect.stringMatching(`^port ${port}, which web wants, is taken by .* \\(pid ${process.pid}\\)$`),
    });
    expect(code).toBe(3);
    await new Promise((resolve) => server.close(resolve));
    expect((await diagnosis()).of("ports").state).toBe("ok");
  });

  it("tells how far the daemon's clock is from this machine's", async () => {
    const { code, of } = await diagnosis({ by: ["faketime", "+10 minutes"] });
    expect(of("clock")).toMatchObject({
      state: "warn",
      // By half of what the daemon's answer took, it may be told wrong.
      what: expect.stringMatching(/clock is (10 min [0-4] s|9 min 5[5-9] s) behind/),
    });
    expect(code).toBe(0);
  });

  it("says so when no daemon answers, and goes on with what needs none", async () => {
    const { code, of, names } = await diagnosis({ env: { DOCKER_HOST: "unix:///nowhere/docker.sock" } });
    expect(of("daemon")).toMatchObject({
      state: "bad",
      what: "no Docker daemon answers (DOCKER_HOST=unix:///nowhere/docker.sock: no such socket)",
    });
    expect(names).not.toContain("container");
    expect(names).toContain("watches");
    expect(code).toBe(3);
  });
});

describe("devenv doctor, on a daemon behind TLS", () => {
  it("tells until when its certificates count", async () => {
    const daemon = await startTlsDaemon(inject("dockerSocket"));
    onTestFinished(daemon.close);
    const { code, of } = await diagnosis({ env: daemon.env });
    expect(of("certificates")).toMatchObject({ state: "warn", what: expect.stringContaining("only") });
    expect(of("container").state).toBe("ok");
    expect(code).toBe(0);
  });

  it("says which one counts no more, where all else sees a daemon that does not answer", async () => {
    const daemon = await startTlsDaemon(inject("dockerSocket"), "-30 days");
    onTestFinished(daemon.close);
    const { code, of } = await diagnosis({ env: daemon.env });
    expect(of("certificates")).toMatchObject({
      state: "bad",
      what: expect.stringMatching(/certificate.* counts no more since \d{4}-\d\d-\d\d$/),
    });
    expect(of("daemon")).toMatchObject({ state: "bad", what: expect.stringContaining("expired") });
    expect(code).toBe(3);
  });
});

describe("devenv doctor, on a daemon whose disk is full", () => {
  let disk: string;
  const own = process.env.TMPDIR;
  beforeAll(async () => {
    disk = await mkdtemp(join(tmpdir(), "dvf-"));
    await systemProcesses.run("mount", ["-t", "tmpfs", "-o", "size=60m", "none", disk]);
    process.env.TMPDIR = disk; // where startPrivateDaemon makes its folder
  });
  afterAll(async () => {
    if (own === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = own;
    await systemProcesses.run("umount", ["--lazy", disk]);
    await rm(disk, { recursive: true });
  });

  it("tells how little is left before it is, and that no container starts when it is", async () => {
    const daemon = await startPrivateDaemon();
    const env = { DOCKER_HOST: `unix://${daemon.socket}` };
    try {
      const scarce = await diagnosis({ env });
      expect(scarce.of("data")).toMatchObject({ state: "bad", what: expect.stringMatching(/^\d+ MB are free/) });
      expect(scarce.of("container").state).toBe("ok");
      expect(scarce.code).toBe(3);
      await systemProcesses.run("dd", ["if=/dev/zero", `of=${join(disk, "filler")}`, "bs=64k"]);
      const full = await diagnosis({ env });
      expect(full.of("container")).toMatchObject({
        state: "bad",
        what: expect.stringContaining("no space left on device"),
      });
      expect(full.of("container").do).toContain("docker system df");
    } finally {
      await rm(join(disk, "filler"), { force: true });
      await daemon.stop();
    }
  });
});
