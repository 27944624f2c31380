import { readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import type { MinikubeStatus } from "../../src/model/minikube.ts";
import { get } from "../harness/cluster-view.ts";
import { ofType, startWatch } from "../harness/devenv.ts";
import { eventually } from "../harness/eventually.ts";
import { freePort } from "../harness/free-port.ts";
import { type MinikubeMachine, startMinikubeMachine } from "../harness/minikube-machine.ts";
import { running } from "../harness/running.ts";
import { CLI, makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

/**
 * On a real minikube, which scripts/minikube-scenarios names: to build one takes longer than all other tests. Its machine
 * is one of our own behind ssh, unless another is named.
 */
const PROGRAM = process.env.DEVENV_TEST_MINIKUBE;
/** `x-devenv.minikube`, as a mapping on one line: `{ driver: kvm2 }`. */
const MACHINE = process.env.DEVENV_TEST_MINIKUBE_MACHINE;
/** With all that minikube downloads. */
const LONG_MS = 1_800_000;

describe.skipIf(PROGRAM === undefined)("a cluster in a machine of minikube's", { timeout: LONG_MS }, () => {
  let own: MinikubeMachine | undefined;
  let workspace: TestWorkspace;
  let port: number;

  beforeAll(async () => {
    port = await freePort();
    // A machine may be an emulated one.
    const devenv = "      ready: { http: /healthz, port: 8080, within: 60s }";
    const books = { name: "books", yaml: `    ports: ["${port}:8080"]`, devenv };
    const made = await makeWorkspace([books], "unix:///nonexistent/docker.sock");
    const env = {
      ...made.env,
      PATH: `${join(PROGRAM ?? "", "..")}:${process.env.PATH}`,
      ...(process.getuid?.() === 0 && { MINIKUBE_FORCE: "true" }),
      // What it has written down of the machines of this one is somebody's.
      ...(MACHINE === undefined && { MINIKUBE_HOME: join(made.folder, ".minikube-home") }),
    };
    workspace = { ...made, env };
    own = MACHINE === undefined ? await startMinikubeMachine(made.folder, inject("dockerSocket")) : undefined;
    const profile = await readFile(workspace.profile, "utf8");
    const wanted = `provider: minikube\n  minikube: ${MACHINE ?? machineOf(own)}`;
    await writeFile(workspace.profile, profile.replace("provider: docker", wanted));
  }, LONG_MS);
  afterAll(async () => {
    if (workspace === undefined) return;
    await devenv("minikube", "delete", "--yes");
    await own?.remove();
    await workspace.remove();
  }, LONG_MS);

  const machineOf = (of: MinikubeMachine | undefined) => `{ ssh: "${of?.ssh}", key: ${of?.key}, mount: true }`;

  /** Runs devenv to its end, however long minikube takes. */
  const devenv = (...args: string[]) =>
    systemProcesses.run(process.execPath, [CLI, ...args], {
      cwd: workspace.folder,
      env: workspace.env,
      timeoutMs: LONG_MS,
    });
  const machine = async () => JSON.parse((await devenv("minikube", "status", "--json")).stdout) as MinikubeStatus;
  const answer = () => get("127.0.0.1", port);
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
    const { docker } = await machine();
    const env = await devenv("docker-env", "-o", "json");
    expect(JSON.parse(env.stdout)).toMatchObject({ DOCKER_HOST: `unix://${docker}` });
  });

  test("a save is swapped in", async () => {
    const watch = await startWatch(workspace);
    await workspace.saveVersion("books", "saved here");
    await watch.until(ofType("committed"), 0);
    expect(await answer()).toBe("saved here");
    await watch.until(ofType("settled"), 0);
    await watch.interrupt();
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
    expect(await answering()).toBe("saved here");
  });

  test("folders are mounted, and one that is killed or hangs anew; or files are sent, and why is told", async () => {
    const { mounts, push } = await machine();
    if (mounts.length === 0) return expect(push).toMatch(/\S/);
    for (const [signal, times] of [["SIGKILL", 1] as const, ["SIGSTOP", 2] as const]) {
      // minikube's own, and not who keeps it.
      for (const pid of running("\0mount\0-p\0", workspace.folder)) process.kill(pid, signal);
      await eventually(machine, (now) => now.mounts.every(({ mounted, remounts }) => mounted && remounts >= times), {
        withinMs: 600_000,
      });
    }
    const { stdout } = await devenv("exec", "books", "/devenv/init/busybox", "ls", "/devenv/bin");
    return expect(stdout).toContain("books");
  });

  test("a machine behind ssh that is switched off is waited for by nobody, and up brings all of it back", async (context) => {
    if (own === undefined) return context.skip("it is not ours to switch off");
    const watch = await startWatch(workspace);
    await own.switchOff();
    await watch.until(ofType("daemonLost"), 0);
    const away = await devenv("status");
    expect(away.output && away.code).toBe(3);
    expect(away.output).toContain(`does not answer at ${own.ssh}`);
    expect(await machine()).toMatchObject({ state: "stopped", driver: "ssh" });
    const refused = await devenv("up");
    expect(refused.output && refused.code).toBe(3);
    expect(refused.output).toContain(`does not answer at ${own.ssh}`);

    await own.switchOn();
    await watch.until(ofType("daemonBack"), 0);
    await watch.interrupt();
    const { code, output } = await devenv("up");
    expect(output && code).toBe(0);
    return expect(await answering()).toBe("saved here");
  });

  test("a machine behind ssh that has another address is set up there, once the profile says so", async (context) => {
    if (own === undefined) return context.skip("its address is minikube's");
    const before = own.ssh;
    await own.move();
    expect((await devenv("up")).output).toContain(`does not answer at ${before}`);
    const profile = await readFile(workspace.profile, "utf8");
    await writeFile(workspace.profile, profile.replace(before, own.ssh));
    const { code, output } = await devenv("up");
    expect(output && code).toBe(0);
    expect(output).toContain(`was at ${before} and is at ${own.ssh} now`);
    expect(`root@${(await machine()).ip}`).toBe(own.ssh);
    return expect(await answering()).toBe("saved here");
  });

  test("stop ends the machine, and up brings all of it back; one behind ssh is not minikube's to stop", async () => {
    const stopped = await devenv("minikube", "stop");
    if ((await machine()).driver === "ssh") {
      expect(stopped.output && stopped.code).toBe(3);
      expect(stopped.output).toContain("cannot stop");
      expect(await answer()).toBe("saved here");
      return;
    }
    expect(stopped.output && stopped.code).toBe(0);
    expect(await answer()).toBeUndefined();
    const { code, output } = await devenv("up");
    expect(output && code).toBe(0);
    expect(await answering()).toBe("saved here");
  });

  test("what was deleted is gone, and so is the way there", async () => {
    const { code, output } = await devenv("minikube", "delete", "--yes");
    expect(output && code).toBe(0);
    expect(await machine()).toMatchObject({ state: "absent", mounts: [] });
    expect(await answer()).toBeUndefined();
  });
});
