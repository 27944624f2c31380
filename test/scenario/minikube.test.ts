import { readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import type { MinikubeStatus } from "../../src/model/minikube.ts";
import { eventually } from "../harness/eventually.ts";
import { freePort } from "../harness/free-port.ts";
import { running } from "../harness/running.ts";
import { CLI, makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

/**
 * On a real minikube, which scripts/minikube-scenarios names: making a machine takes minutes, and what it is made on (a
 * driver, or a machine behind ssh) is not to be had everywhere.
 */
const PROGRAM = process.env.DEVENV_TEST_MINIKUBE;
/** `x-devenv.minikube`, as a mapping on one line: `{ driver: kvm2 }`. */
const MACHINE = process.env.DEVENV_TEST_MINIKUBE_MACHINE ?? "{}";
/** With all that minikube downloads. */
const LONG_MS = 1_800_000;

describe.skipIf(PROGRAM === undefined)("a cluster in a machine of minikube's", { timeout: LONG_MS }, () => {
  let workspace: TestWorkspace;
  let port: number;

  beforeAll(async () => {
    port = await freePort();
    // A machine may be an emulated one.
    const devenv = "      ready: { http: /healthz, port: 8080, within: 60s }";
    const books = { name: "books", yaml: `    ports: ["${port}:8080"]`, devenv };
    workspace = await makeWorkspace([books], "unix:///nonexistent/docker.sock");
    const profile = await readFile(workspace.profile, "utf8");
    const wanted = `provider: minikube\n  minikube: ${MACHINE}`;
    await writeFile(workspace.profile, profile.replace("provider: docker", wanted));
  });
  afterAll(async () => {
    if (workspace === undefined) return;
    await devenv("minikube", "delete", "--yes");
    await workspace.remove();
  }, LONG_MS);

  /** Runs devenv to its end, however long minikube takes. */
  const devenv = (...args: string[]) =>
    systemProcesses.run(process.execPath, [CLI, ...args], {
      cwd: workspace.folder,
      env: { ...workspace.env, PATH: `${join(PROGRAM ?? "", "..")}:${process.env.PATH}` },
      timeoutMs: LONG_MS,
    });
  const machine = async () => JSON.parse((await devenv("minikube", "status", "--json")).stdout) as MinikubeStatus;
  const answer = (): Promise<string | undefined> =>
    fetch(`http://127.0.0.1:${port}/`).then(
      (response) => response.text(),
      () => undefined,
    );
  const answering = () => eventually(answer, (text) => text !== undefined, { withinMs: 60_000 });

  test("up has minikube make the machine, and the port of a container in it appears here", async () => {
    const { code, output } = await devenv("up");
    expect(output && code).toBe(0);
    expect(output).toContain("is up on minikube");
    expect(await answering()).toBe("ci");
  });

  test("status and the docker CLI lead into it", async () => {
    expect(await machine()).toMatchObject({ state: "running", ip: expect.stringMatching(/^[0-9a-f.:]+$/) });
    const { stdout } = await devenv("status", "--json");
    const row = { name: "books", state: "ready", address: `http://127.0.0.1:${port}` };
    expect(JSON.parse(stdout)).toMatchObject({ provider: "minikube", services: [row] });
    const containers = await devenv("docker", "ps", "--format", "{{.Names}}");
    expect(containers.stdout).toContain(`${workspace.cluster}-books`);
  });

  test("a machine that is no longer where it was is found anew", async () => {
    const root = join(workspace.env.XDG_STATE_HOME ?? "", "devenv/minikube");
    const [name = ""] = readdirSync(root);
    const config = join(root, name, "ssh_config");
    const known = await readFile(config, "utf8");
    await writeFile(config, known.replace(/HostName .*/, "HostName 127.0.0.9"));
    for (const pid of running("ssh-link", "--minikube", name)) process.kill(pid, "SIGKILL");
    await eventually(answer, (text) => text === undefined);

    const { stdout, output } = await devenv("status", "--json");
    expect(output && JSON.parse(stdout)).toMatchObject({ services: [{ name: "books", state: "ready" }] });
    expect(await readFile(config, "utf8")).toBe(known);
    expect(await answering()).toBe("ci");
  });

  test("a mount that was killed is mounted anew, and the containers have it", async (context) => {
    const { mounts } = await machine();
    if (mounts.length === 0) return context.skip("its folders come in by push");
    for (const pid of running("minikube", "mount", workspace.folder)) process.kill(pid, "SIGKILL");
    const seen = await eventually(
      machine,
      (now) => now.mounts.every(({ mounted, remounts }) => mounted && remounts > 0),
      {
        withinMs: 600_000,
      },
    );
    expect(seen.mounts).not.toEqual([]);
    const { stdout } = await devenv("exec", "books", "/devenv/init/busybox", "ls", "/devenv/bin");
    expect(stdout).toContain("books");
  });

  test("after a stop up brings all of it back", async () => {
    const stopped = await devenv("minikube", "stop");
    expect(stopped.output && stopped.code).toBe(0);
    expect(await answer()).toBeUndefined();
    const { code, output } = await devenv("up");
    expect(output && code).toBe(0);
    expect(await answering()).toBe("ci");
  });

  test("what was deleted is gone, and so is the way there", async () => {
    const { code, output } = await devenv("minikube", "delete", "--yes");
    expect(output && code).toBe(0);
    expect(await machine()).toMatchObject({ state: "absent", mounts: [] });
    expect(await answer()).toBeUndefined();
  });
});
