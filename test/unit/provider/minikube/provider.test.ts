import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isAlive } from "../../../../src/host/liveness.ts";
import { systemProcesses } from "../../../../src/host/process.ts";
import type { MinikubeSettings } from "../../../../src/model/minikube.ts";
import { DEFAULT_MINIKUBE } from "../../../../src/model/minikube.ts";
import { clusterName } from "../../../../src/model/names.ts";
import { forgetMachine } from "../../../../src/provider/minikube/behind-ssh.ts";
import { keepMounted } from "../../../../src/provider/minikube/keep-mounted.ts";
import { minikubeLayout } from "../../../../src/provider/minikube/layout.ts";
import { isSettled, readMounts } from "../../../../src/provider/minikube/mount-record.ts";
import { restartUsers, usersOf } from "../../../../src/provider/minikube/mount-users.ts";
import { endMounts, haveMounts } from "../../../../src/provider/minikube/mounts.ts";
import { minikubeProvider } from "../../../../src/provider/minikube.ts";
import type { LinkLayout } from "../../../../src/provider/ssh/layout.ts";
import { freePort } from "../../../harness/free-port.ts";
import { makeMinikubeStandIn, type StandInAnswer } from "../../../harness/minikube-stand-in.ts";
import { surroundingsIn } from "../surroundings.ts";

const EVENTS = JSON.parse(readFileSync("test/fixtures/minikube/start-events.json", "utf8")) as Record<string, unknown>;
const lines = (...names: string[]) => names.map((name) => `${JSON.stringify(EVENTS[name])}\n`).join("");
const version = (number: string): StandInAnswer => ({ stdout: `{"commit":"","minikubeVersion":"${number}"}\n` });
const NOT_THERE: StandInAnswer = { stdout: "", code: 85 };
const NO_PROFILES: StandInAnswer = { stdout: '{"invalid":[],"valid":[]}\n' };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dv-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function up(answers: Readonly<Record<string, StandInAnswer>>, settings: Partial<MinikubeSettings> = {}) {
  const { bin, calls } = await makeMinikubeStandIn(folder, answers);
  const notes: string[] = [];
  const choice = {
    ...{ name: clusterName("books"), workspace: folder, services: [] },
    minikube: { ...DEFAULT_MINIKUBE, ...settings },
  };
  const provider = minikubeProvider(choice, surroundingsIn(folder, { PATH: `${bin}:/usr/bin:/bin` }));
  const thrown: unknown = await provider.up((note) => notes.push(note)).catch((failure: unknown) => failure);
  return { thrown, notes, calls: existsSync(calls) ? readFileSync(calls, "utf8").trim().split("\n") : [] };
}

test("an old minikube is told as that, and not used", async () => {
  const { thrown, calls } = await up({ version: version("v1.37.0") });
  expect(thrown).toMatchObject({
    class: "environment",
    message: expect.stringContaining("minikube 1.37.0 is too old"),
  });
  expect(calls).toEqual(["version -o json"]);
});

test("a machine that is not there is made as the profile says, telling the steps, and why that failed", async () => {
  const start = { stdout: lines("step", "noDriver", "frame"), code: 55 };
  const answers = { version: version("v1.38.1"), status: NOT_THERE, profile: NO_PROFILES, start };
  const { thrown, notes, calls } = await up(answers, { cpus: 4 });
  expect(thrown).toMatchObject({ class: "environment", message: "minikube finds no driver to run on" });
  expect(notes).toEqual(["minikube: Starting minikube without Kubernetes"]);
  const options = "-o json --interactive=false --keep-context --container-runtime=docker --cpus=4 --no-kubernetes";
  expect(calls.at(-1)).toBe(`start -p devenv-books ${options}`);
});

test("a machine that runs is not started; where minikube does not say how it is reached, its words are told", async () => {
  const status = { stdout: '{"Name":"devenv-books","Host":"Running","Kubelet":"Stopped","APIServer":"Stopped"}' };
  const env = { stdout: "false exit code 14\n", code: 14 };
  const { thrown, calls } = await up({ version: version("v0.0.0-unset"), status, "docker-env": env });
  expect(thrown).toMatchObject({
    class: "environment",
    message: expect.stringContaining("does not say how the Docker daemon"),
  });
  expect(calls.map((call) => call.split(" ")[0])).toEqual(["version", "status", "docker-env"]);
});

test("a machine behind ssh that does not answer is told at once: minikube would wait for it for minutes", async () => {
  const port = await freePort();
  const ssh = { destination: "root@127.0.0.2", port };
  const answers = { version: version("v1.38.1"), status: NOT_THERE, profile: NO_PROFILES };
  const { thrown, calls } = await up(answers, { driver: "ssh", ssh });
  expect(thrown).toMatchObject({
    class: "environment",
    message: expect.stringContaining(`devenv-books does not answer at root@127.0.0.2:${port}: nothing listens there`),
    hint: expect.stringContaining("x-devenv.minikube.ssh"),
  });
  expect(calls.map((call) => call.split(" ")[0])).not.toContain("start");
});

test("a machine behind ssh that minikube knows elsewhere is told to be where the profile has it now", async () => {
  const server = createServer().listen(0, "127.0.0.2");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const before = { SSHIPAddress: "10.194.128.2", SSHUser: "root", SSHPort: 22 };
  const made = { Name: "devenv-books", Config: { Driver: "ssh", ...before } };
  const answers = {
    ...{ version: version("v1.38.1"), profile: { stdout: JSON.stringify({ invalid: [], valid: [made] }) } },
    ...{ delete: { stdout: "" }, status: NOT_THERE, start: { stdout: "", code: 1 } },
  };
  const { notes, calls } = await up(answers, { driver: "ssh", ssh: { destination: "root@127.0.0.2", port } });
  server.close();
  expect(notes[0]).toBe(
    `minikube's machine devenv-books was at root@10.194.128.2 and is at root@127.0.0.2:${port} now: minikube is told anew`,
  );
  expect(calls.map((call) => call.split(" ")[0])).toEqual([
    "version",
    "profile",
    "delete",
    "status",
    "profile",
    "start",
  ]);
});

/** Where `up` begins with a machine behind ssh that answers, and into which minikube does not get. */
async function upUnfinished(kubernetes: string) {
  const server = createServer().listen(0, "127.0.0.2");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const place = { SSHIPAddress: "127.0.0.2", SSHUser: "root", SSHPort: port };
  const config = { Driver: "ssh", ...place, KubernetesConfig: { KubernetesVersion: kubernetes } };
  const listed = { invalid: [], valid: [{ Name: "devenv-books", Config: config }] };
  const answers = {
    ...{
      version: version("v1.38.1"),
      profile: { stdout: JSON.stringify(listed) },
      status: { stdout: "null", code: 7 },
    },
    ...{ delete: { stdout: "" }, start: { stdout: lines("lettingNobodyIn"), code: 78 } },
  };
  const { thrown, notes, calls } = await up(answers, { driver: "ssh", ssh: { destination: "root@127.0.0.2", port } });
  server.close();
  return { thrown, notes, verbs: calls.map((call) => call.split(" ")[0]).filter((verb) => verb !== "profile") };
}

test("a machine behind ssh that was never finished is told anew: minikube would try without a key for minutes", async () => {
  const { thrown, notes, verbs } = await upUnfinished("v0.0.0");
  expect(notes[0]).toBe("minikube gets no more into devenv-books, though it answers: minikube is told anew");
  expect(verbs).toEqual(["version", "status", "delete", "start"]);
  expect(thrown).toMatchObject({
    class: "environment",
    message: "the machine devenv-books does not let minikube in",
    hint: expect.stringContaining("x-devenv.minikube.key"),
  });
});

test("one with Kubernetes is not: to have it forgotten would end that", async () => {
  expect((await upUnfinished("v1.35.1")).verbs).toEqual(["version", "status", "start"]);
});

test("a key that is not there is told, and minikube not asked to start with it", async () => {
  const sshKey = join(folder, "no-key");
  const answers = { version: version("v1.38.1"), status: NOT_THERE, profile: NO_PROFILES };
  const { thrown, calls } = await up(answers, { sshKey });
  expect(thrown).toMatchObject({ class: "user", message: `there is no ${sshKey}, which x-devenv.minikube.key names` });
  expect(calls.map((call) => call.split(" ")[0])).not.toContain("start");
});

test.each([
  ["without Kubernetes goes by its file, as minikube's own delete fails there", undefined, false],
  ["with Kubernetes stays where delete fails, as Kubernetes would be left in it", "v1.35.1", true],
])("a machine behind ssh %s", async (_, kubernetes, stays) => {
  const file = join(folder, "config.json");
  writeFileSync(file, "{}");
  const { bin, calls } = await makeMinikubeStandIn(folder, {
    delete: { stdout: `${JSON.stringify(EVENTS.noKubeadm)}\n`, code: 80 },
    "ssh-key": { stdout: `${join(folder, "id_rsa")}\n` },
  });
  const machine = { minikube: { path: join(bin, "minikube"), version: "1.38.1" }, profile: "devenv-books" };
  const made = { driver: "ssh", cpus: 2, memoryMiB: 6000, diskMiB: 20_000, runtime: "docker", kubernetes, addons: [] };
  await expect(forgetMachine(machine, made, surroundingsIn(folder))).rejects.toMatchObject({
    output: expect.stringContaining("env: 'kubeadm': No such file or directory"),
  });
  expect(existsSync(file)).toBe(stays);
  expect(readFileSync(calls, "utf8").match(/delete/g)).toHaveLength(stays ? 1 : 2);
});

test("a machine that was never reached is not asked for, and is told to be brought up", async () => {
  const { bin, calls } = await makeMinikubeStandIn(folder, {});
  const choice = { name: clusterName("books"), workspace: folder, services: [] };
  const provider = minikubeProvider(choice, surroundingsIn(folder, { PATH: bin }));
  await expect(provider.reach?.()).rejects.toMatchObject({ class: "environment", hint: "`devenv up` starts it." });
  expect(existsSync(calls)).toBe(false);
});

test("a folder whose path a shell would read otherwise comes in by push, which is told and kept", async () => {
  const surroundings = surroundingsIn(folder);
  const layout = minikubeLayout("books", surroundings);
  const notes: string[] = [];
  const wanted = { layout, program: "minikube", folders: ["/home/me/a folder"] };
  await haveMounts(wanted, surroundings, (note) => notes.push(note));
  expect(notes[0]).toContain("minikube cannot mount folders of this machine: the path /home/me/a folder has letters");
  expect(notes[0]).toContain("(delivery: push)");
  expect(await readMounts(layout)).toMatchObject({ isUsed: false, why: expect.stringContaining("/home/me/a folder") });
});

test("a folder is mounted as this person's, at its own path, in the version of 9p that has symbolic links", async () => {
  const said = readFileSync("test/fixtures/minikube/mount-no-9p-there.txt", "utf8");
  const { bin, calls } = await makeMinikubeStandIn(folder, { mount: { stdout: said, code: 32 } });
  const surroundings = surroundingsIn(folder);
  const over = new AbortController();
  const wanted = { layout: minikubeLayout("books", surroundings), program: join(bin, "minikube") };
  mkdirSync(dirname(wanted.layout.mounts), { recursive: true });
  // The first that is told is that it was lost, as the stand-in mounts nothing.
  await keepMounted({ ...wanted, folders: ["/home/me/books"], say: () => over.abort() }, surroundings, over.signal);
  const { uid } = surroundings.machine;
  const owner = `--uid=${uid} --gid=${process.getgid?.() ?? uid}`;
  expect(readFileSync(calls, "utf8")).toBe(
    `mount -p books /home/me/books:/home/me/books ${owner} --9p-version=9p2000.u\n`,
  );
});

test("what was seen of the mounts holds until the profile has it otherwise", async () => {
  const folders = ["/home/me/books"];
  const mounted = { path: "/home/me/books", mounted: true, since: "2026-11-22T03:00:00.000Z", remounts: 0 };
  const used = { isUsed: true, pid: process.pid, folders: [mounted] };
  const never = "the profile says `mount: false`";
  expect(isSettled(undefined, folders, undefined)).toBe(false);
  expect(isSettled(used, folders, undefined)).toBe(true);
  expect(isSettled({ ...used, boot: "another" }, folders, undefined)).toBe(false);
  expect(isSettled(used, ["/srv"], undefined)).toBe(false);
  expect(isSettled(used, folders, never)).toBe(false);

  const surroundings = surroundingsIn(folder);
  const layout = minikubeLayout("books", surroundings);
  await haveMounts({ layout, program: "minikube", folders, never }, surroundings, () => {});
  const byProfile = await readMounts(layout);
  expect(isSettled(byProfile, folders, never)).toBe(true);
  expect(isSettled(byProfile, folders, undefined)).toBe(false);
  await haveMounts({ layout, program: "minikube", folders: ["/home/me/a folder"] }, surroundings, () => {});
  const failed = await readMounts(layout);
  expect(isSettled(failed, folders, undefined)).toBe(true);
  expect(isSettled(failed, folders, never)).toBe(false);
});

test("nobody is ended who merely has the number of who kept folders mounted before this machine was started anew", async () => {
  let running: Promise<unknown> = Promise.resolve();
  const pid = await new Promise<number>((resolve) => {
    const onLine = (line: string) => resolve(Number(line));
    running = systemProcesses.run("sh", ["-c", "echo $$; exec sleep 60"], { onLine });
  });
  await endMounts({ isUsed: true, pid, boot: "another", folders: [] }, surroundingsIn(folder));
  expect(isAlive(pid)).toBe(true);
  await endMounts({ isUsed: true, pid, folders: [] }, surroundingsIn(folder));
  expect(await running).toMatchObject({ signal: "SIGTERM" });
});

test("who has a folder that was mounted anew is told as restarted only where that was done", async () => {
  const docker = join(folder, "docker.sock");
  const user = (Id: string) => ({
    ...{ Id, Names: [`/${Id}`], State: "running", Labels: { "dev.devenv.workspace": folder } },
    Mounts: [{ Type: "bind", Source: folder }],
  });
  const daemon = createHttpServer(({ url = "" }, answer) => {
    if (url.includes("/restart")) answer.writeHead(url.includes("books") ? 204 : 500).end();
    else answer.end(JSON.stringify([user("books"), user("cron")]));
  }).listen(docker);
  await once(daemon, "listening");
  try {
    expect(await restartUsers({ docker } as LinkLayout, folder)).toEqual(["books"]);
  } finally {
    daemon.close();
  }
});

test("of a folder that was mounted anew the containers are those of ours that run and have it", () => {
  const container = (changes: object) => ({
    ...{ Id: "1", State: "running", Labels: { "dev.devenv.workspace": "/ours" } },
    Mounts: [{ Type: "bind", Source: "/home/me/ws/mount" }],
    ...changes,
  });
  const listed = JSON.stringify([
    container({}),
    container({ Id: "2", State: "exited" }),
    container({ Id: "3", Labels: { "dev.devenv.workspace": "/theirs" } }),
    container({ Id: "4", Mounts: [{ Type: "bind", Source: "/home/me/ws2" }] }),
    container({ Id: "5", Mounts: [{ Type: "volume", Source: "/home/me/ws" }] }),
    container({ Id: "6", Mounts: undefined }),
  ]);
  expect(usersOf(listed, "/home/me/ws", (workspace) => workspace === "/ours").map(({ Id }) => Id)).toEqual(["1"]);
});
