import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isAlive } from "../../src/host/liveness.ts";
import { get } from "../harness/cluster-view.ts";
import { ofType, startWatch } from "../harness/devenv.ts";
import { eventually } from "../harness/eventually.ts";
import { freePort } from "../harness/free-port.ts";
import { FIRST_START_MS, makeVmWorkspace, type VmWorkspace } from "./vm-setup.ts";

/** One cluster in one machine, from its first start to its end. Here guests are emulated, so that a boot takes a minute. */
let workspace: VmWorkspace;
let elsewhere: string;
let port: number;

beforeAll(async () => {
  elsewhere = await mkdtemp(join(tmpdir(), "devenv-elsewhere-"));
  await writeFile(join(elsewhere, "from-here"), "written here\n");
  port = await freePort();
  const volumes = `    volumes: ["${elsewhere}:/elsewhere", "./:/profiles:ro"]`;
  workspace = await makeVmWorkspace([{ name: "books", yaml: `    ports: ["${port}:8080"]\n${volumes}` }]);
  const { code, output } = await workspace.runLong("up");
  expect(output).toContain("is up on vm");
  expect(code).toBe(0);
}, FIRST_START_MS);
afterAll(async () => {
  await workspace?.remove();
  await rm(elsewhere, { recursive: true, force: true });
});

const answer = () => get("127.0.0.1", port);
const answering = () => eventually(answer, (text) => text !== undefined, { withinMs: 30_000 });

const inContainer = async (...command: string[]): Promise<string> => {
  const { code, output, stdout } = await workspace.run("exec", "books", "/devenv/init/busybox", ...command);
  expect(code, output).toBe(0);
  return stdout;
};

test("the cluster runs in a machine of its own, and its port appears here", async () => {
  expect(await answering()).toBe("ci");
  expect(await workspace.machine()).toMatchObject({ state: "running", cpus: 2, memoryMiB: 768 });
  const { stdout } = await workspace.run("status", "--json");
  const row = { name: "books", state: "ready", address: `http://127.0.0.1:${port}` };
  expect(JSON.parse(stdout)).toMatchObject({ provider: "vm", services: [row] });
});

test("folders of this machine are in the containers, to read and to write, and so is the cluster's mount", async () => {
  expect(await inContainer("cat", "/elsewhere/from-here")).toBe("written here\n");
  expect(await inContainer("ls", "/profiles")).toContain("test.yaml");
  await inContainer("sh", "-c", "echo written there > /elsewhere/from-there");
  expect(await readFile(join(elsewhere, "from-there"), "utf8")).toBe("written there\n");
  expect(await inContainer("readlink", "/devenv/bin/books")).toMatch(/^\.\.\/store\/[0-9a-f]+\n$/);
});

test("the docker CLI and ssh lead into it", async () => {
  const containers = await workspace.run("docker", "ps", "--format", "{{.Names}}");
  expect(containers.stdout).toContain(`${workspace.cluster}-books`);
  const { stdout, code } = await workspace.run("vm", "ssh", "--", "sh", "-c", "cat $0; exit 7", workspace.profile);
  expect(stdout).toBe(await readFile(workspace.profile, "utf8"));
  expect(code).toBe(7);
});

test("a guest whose clock is wrong, as after a sleep of this machine, has it set without anybody asking", async () => {
  const inGuest = (...command: string[]) => workspace.runLong("vm", "ssh", "--", ...command);
  const { code, output } = await inGuest("date", "--set", "2 hours ago");
  expect(code, output).toBe(0);
  const offSeconds = async () => Math.abs(Number((await inGuest("date", "+%s")).stdout) - Date.now() / 1000);
  expect(await eventually(offSeconds, (seconds) => seconds < 60, { withinMs: 60_000 })).toBeLessThan(60);
});

test("a mount of what the machine does not share is refused by name", async () => {
  const before = await readFile(workspace.profile, "utf8");
  await writeFile(workspace.profile, before.replace(elsewhere, tmpdir()));
  const { code, output } = await workspace.run("up");
  expect(code).toBe(2);
  expect(output).toContain(`books mounts ${tmpdir()} as /elsewhere, but the virtual machine of ${workspace.cluster}`);
  await writeFile(workspace.profile, before);
});

test(
  "a save is swapped in; a watch waits for a machine that is suspended, and goes on when it is resumed",
  async () => {
    const watch = await startWatch(workspace);
    await workspace.saveVersion("books", "saved here");
    await watch.until(ofType("committed"), 0);
    expect(await answer()).toBe("saved here");

    const suspended = await workspace.runLong("vm", "suspend");
    expect(suspended.output).toContain("is suspended");
    await watch.until(ofType("daemonLost"), 0);
    expect(await workspace.machine()).toMatchObject({ state: "suspended" });
    const { code, output } = await workspace.run("status");
    expect(code).toBe(3);
    expect(output).toContain(`the virtual machine of ${workspace.cluster} is suspended`);
    expect(await answer()).toBeUndefined();

    const resumed = await workspace.runLong("vm", "resume");
    expect(resumed.output).toContain("is running");
    await watch.until(ofType("daemonBack"), 0);
    expect(await answering()).toBe("saved here");
    const before = watch.events.length;
    await workspace.saveVersion("books", "after that");
    await watch.until(ofType("committed"), before);
    expect(await answer()).toBe("after that");
    // Until then, a machine that ends takes it for a version that did not last.
    await watch.until(ofType("settled"), before);
    await watch.interrupt();
  },
  FIRST_START_MS,
);

test(
  "a QEMU that is killed is told within two seconds, and up brings the machine and the cluster back",
  async () => {
    const { pid } = await workspace.machine();
    process.kill(pid ?? expect.unreachable(), "SIGKILL");
    await eventually(
      () => workspace.machine(),
      ({ state }) => state === "ended",
      { withinMs: 10_000 }, // two seconds, and as long as a busy machine takes to start who asks
    );
    const { code, output } = await workspace.run("status");
    expect(code).toBe(3);
    expect(output).toContain(`the virtual machine of ${workspace.cluster} has ended`);
    expect(await answer()).toBeUndefined();

    const up = await workspace.runLong("up");
    expect(up.code, up.output).toBe(0);
    expect(await answering()).toBe("after that");
  },
  FIRST_START_MS,
);

test("down leaves the machine, and says how it is stopped; its port is gone", async () => {
  const { code, output } = await workspace.runLong("down");
  expect(code, output).toBe(0);
  expect(output).toContain(`devenv vm stop ${workspace.cluster}`);
  expect(await eventually(answer, (text) => text === undefined)).toBeUndefined();
  expect(await workspace.machine()).toMatchObject({ state: "running" });
});

test("it is deleted only where that is said, and then all of it is gone", async () => {
  const unsure = await workspace.run("vm", "delete");
  expect(unsure.code).toBe(2);
  expect(unsure.output).toContain("--yes");
  const { pid } = await workspace.machine();
  const { code, output } = await workspace.runLong("vm", "delete", "--yes");
  expect(code, output).toBe(0);
  expect(isAlive(pid ?? expect.unreachable())).toBe(false);
  const state = join(workspace.env.XDG_STATE_HOME ?? "", "devenv");
  expect(existsSync(join(state, "vm", workspace.cluster))).toBe(false);
  expect(await readdir(join(state, "ssh"))).toEqual([]);
  const status = await workspace.run("status");
  expect(status.code).toBe(3);
  expect(status.output).toContain(`${workspace.cluster} has no virtual machine`);
});
