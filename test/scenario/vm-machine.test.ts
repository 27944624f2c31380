import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isAlive } from "../../src/host/liveness.ts";
import { systemProcesses } from "../../src/host/process.ts";
import type { VmAccess, VmSpec } from "../../src/model/vm.ts";
import { type Surroundings, systemSurroundings } from "../../src/provider/surroundings.ts";
import { GuestAgent } from "../../src/provider/vm/agent.ts";
import { clusterMachine } from "../../src/provider/vm/layout.ts";
import { startVm } from "../../src/provider/vm/machine.ts";
import { readRecord, writeRecord } from "../../src/provider/vm/record.ts";
import { knownVms, vmStatus } from "../../src/provider/vm/status.ts";
import { deleteVm, stopVm, suspendVm } from "../../src/provider/vm/stop.ts";
import { eventually } from "../harness/eventually.ts";
import { FIRST_START_MS, keepImages, SMALL } from "./vm-setup.ts";

/** Two machines that start from one template, without clusters in them: what happens in a guest is asked by its agent. */
let folder: string;
let shared: string;
let surroundings: Surroundings;
let access: VmAccess;
const quietly = () => {};

const spec = (cluster: string, more: Partial<VmSpec> = {}): VmSpec => ({
  ...{ ...SMALL, cluster, image: { from: "packages" }, folders: [shared] },
  ...more,
});
const start = (wish: VmSpec, signal?: AbortSignal) => startVm(wish, surroundings, quietly, signal);
const filesOf = (cluster: string) => clusterMachine(cluster, surroundings);
const status = (cluster: string) => vmStatus(cluster, surroundings, { asksGuest: true });

/** Gives what a script prints in a guest. */
async function inGuest(cluster: string, script: string): Promise<string> {
  const agent = await GuestAgent.open(filesOf(cluster).agent);
  const { code, stdout, stderr } = await agent
    .run({ path: "/bin/sh", args: ["-s"], input: `set -e\n${script}` }, { timeoutMs: 280_000 })
    .finally(() => agent.close());
  expect(code === 0 ? "" : stderr + stdout).toBe("");
  return stdout;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "devenv-vm-"));
  shared = await mkdtemp(join(tmpdir(), "devenv shared, with all - "));
  const [state, cache] = [join(folder, "state"), join(folder, "cache")];
  surroundings = systemSurroundings({ ...process.env, XDG_STATE_HOME: state, XDG_CACHE_HOME: cache });
  await keepImages(cache);
  [access] = await Promise.all([start(spec("one")), start(spec("one"))]);
  await start(spec("two"));
}, FIRST_START_MS);
afterAll(async () => {
  for (const name of ["one", "two", "four"]) await deleteVm(name, surroundings, quietly);
  for (const each of [folder, shared]) await rm(each, { recursive: true, force: true });
});

test("two machines of one template are two, and ssh knows the one it is led to", async () => {
  const ask = "hostname; cat /etc/machine-id; ls /etc/ssh/*_key; cat /proc/sys/kernel/random/uuid";
  const [one, two] = [await inGuest("one", ask), await inGuest("two", ask)];
  expect(one).toMatch(/^one\n[0-9a-f]{32}\n\/etc\/ssh\/ssh_host_ed25519_key\n/);
  expect(two).toMatch(/^two\n[0-9a-f]{32}\n/);
  expect(one.split("\n")[1]).not.toBe(two.split("\n")[1]);
  const words = ["-F", access.sshConfig, "-o", "ConnectTimeout=60", access.sshHost, "hostname"];
  const { output, stdout } = await systemProcesses.run("ssh", words);
  expect(stdout || output).toBe("one\n");
});

test("its sockets and keys are one person's, and its port is on 127.0.0.1", async () => {
  const { folder: own, monitor, agent } = filesOf("one");
  for (const path of [monitor, agent, join(own, "key"), join(own, "host_key")]) {
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  }
  expect((await stat(own)).mode & 0o777).toBe(0o700);
  const { sshPort } = await status("one");
  expect(await readFile(access.sshConfig, "utf8")).toContain(`HostName 127.0.0.1\n  Port ${sshPort}\n`);
});

test("a folder is in the guest at its own path, whatever its name is", async () => {
  await writeFile(join(shared, "here"), "written here\n");
  expect(await inGuest("one", `cd '${shared}'; cat here; echo written there >there; chmod 750 there`)).toBe(
    "written here\n",
  );
  expect(await readFile(join(shared, "there"), "utf8")).toBe("written there\n");
  expect((await stat(join(shared, "there"))).mode & 0o777).toBe(0o750);
  expect((await status("one")).folders).toEqual([{ path: shared, mounted: true }]);
});

test("a machine in which a program uses a folder is not saved, and says which program that is", async () => {
  const pid = await inGuest("one", `cd '${shared}'; sleep 1000 >/dev/null 2>&1 & echo $!`);
  const refusal = await suspendVm("one", surroundings, quietly).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ output: expect.stringContaining(`sleep (pid ${pid.trim()}) uses ${shared}`) });
  expect(await status("one")).toMatchObject({ state: "running", folders: [{ mounted: true }] });
  await inGuest("one", `kill ${pid}`);
});

test("what runs in a suspended machine goes on; a container that uses a folder is stopped for it, and started", async () => {
  const sleeper = await inGuest("one", "sleep 100000 >/dev/null 2>&1 & echo $!");
  const run = `docker run -d --name sharer --stop-timeout 1 -v '${shared}:/shared' box /busybox sleep 100000`;
  await inGuest("one", `tar -c -C /bin busybox | docker import - box >/dev/null; ${run}`);
  const started = () => inGuest("one", "docker inspect -f '{{.State.Running}} {{.State.StartedAt}}' sharer");
  const before = await started();
  const { pid } = await status("one");
  await suspendVm("one", surroundings, quietly);
  expect(isAlive(pid ?? expect.unreachable())).toBe(false);
  expect(await status("one")).toMatchObject({ state: "suspended", folders: [{ mounted: false }] });

  await start(spec("one"));
  expect(existsSync(filesOf("one").state)).toBe(false);
  expect(await inGuest("one", `cat /proc/${sleeper.trim()}/comm`)).toBe("sleep\n");
  const after = await started();
  expect(after).toMatch(/^true /);
  expect(after).not.toBe(before);
  const guest = Number(await inGuest("one", "date +%s"));
  expect(Math.abs(guest - Date.now() / 1000)).toBeLessThan(10);
}, 300_000);

test("a full disk is told, and grows while the guest runs", async () => {
  await inGuest("one", "fallocate -l $(($(df --output=avail -B1 / | tail -n 1) - 50000000)) /full");
  expect((await status("one")).trouble).toContain("its disk is full");
  const notes = (await start(spec("one", { diskGiB: 9, memoryMiB: 1024 }))).notes;
  expect(notes.join()).toContain("1024 MiB of memory instead of 768");
  const { trouble, disk } = await status("one");
  expect(trouble).toBeUndefined();
  expect(disk?.freeBytes).toBeGreaterThan(800 * 1024 ** 2);
});

test("a QEMU that was killed does not run, whoever has its number now", async () => {
  const { pid } = await status("one");
  process.kill(pid ?? expect.unreachable(), "SIGKILL");
  await eventually(
    () => status("one"),
    ({ state }) => state === "ended",
  );
  await writeFile(filesOf("one").pid, String(process.pid));
  expect(await status("one")).toMatchObject({ state: "ended", pid: undefined });
});

test("a start that was cut off is not taken for a machine that runs, and the next one mends it", async () => {
  const { pid } = await status("two");
  const record = await readRecord(filesOf("two"));
  if (record === undefined) throw new Error("two has no record");
  await writeRecord(filesOf("two"), { ...record, phase: "starting", isNew: true });
  expect(await status("two")).toMatchObject({ state: "ended", trouble: "its start was cut off" });
  await start(spec("two"));
  expect(isAlive(pid ?? expect.unreachable())).toBe(false);
  expect(await status("two")).toMatchObject({ state: "running" });
});

test("a QEMU that does not start is told in its own words, and leaves no machine", async () => {
  const gone = join(folder, "gone");
  const failure = await start(spec("five", { folders: [gone] })).catch((thrown: unknown) => thrown);
  expect(failure).toMatchObject({ message: "QEMU ended at its start", output: expect.stringContaining(gone) });
  expect(await status("five")).toMatchObject({ state: "absent" });
});

test("a machine that is stopped shuts itself down, and is not killed", async () => {
  await start(spec("four"));
  expect(await stopVm("four", surroundings, quietly)).toBe(true);
  expect(await status("four")).toMatchObject({ state: "stopped", pid: undefined });
  expect(await readFile(filesOf("four").console, "utf8")).toContain("reboot: Power down");
  await deleteVm("four", surroundings, quietly);
});

test("a first start that is interrupted leaves no machine, and a deleted one leaves nothing", async () => {
  const ending = new AbortController();
  const begun = start(spec("three"), ending.signal);
  await eventually(
    async () => existsSync(filesOf("three").monitor),
    (isThere) => isThere,
  );
  ending.abort();
  await expect(begun).rejects.toThrow("interrupted");
  expect(await status("three")).toMatchObject({ state: "absent" });
  await deleteVm("three", surroundings, quietly);
  const { pid } = await status("two");
  await deleteVm("two", surroundings, quietly);
  expect(isAlive(pid ?? expect.unreachable())).toBe(false);
  expect(existsSync(filesOf("two").folder)).toBe(false);
  expect(await knownVms(surroundings)).toEqual(["one"]);
});
