import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ClusterStatus } from "../../src/model/status.ts";
import { askLink, endLink } from "../../src/provider/ssh/orders.ts";
import { get } from "../harness/cluster-view.ts";
import { ofType, startWatch } from "../harness/devenv.ts";
import { eventually } from "../harness/eventually.ts";
import { freePort } from "../harness/free-port.ts";
import { type PrivateDaemon, startPrivateDaemon } from "../harness/private-daemon.ts";
import { running } from "../harness/running.ts";
import { type SshServer, startSshServer } from "../harness/ssh-server.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

/**
 * The host is this machine behind a real sshd on loopback. Its daemon is not that of the other scenarios: a link leads all
 * that this machine's clusters publish there, and stays as long as there is any. So that a port is not taken here by its
 * own container, containers publish on 127.0.0.2; it appears on 127.0.0.1.
 */
let folder: string;
let daemon: PrivateDaemon;
let server: SshServer;
let workspace: TestWorkspace;
let port: number;
let otherPort: number;
let profile: string;
const path = process.env.PATH;
const user = userInfo().username;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "devenv-ssh-"));
  daemon = await startPrivateDaemon();
  server = await startSshServer(folder, { environment: [`DOCKER_HOST=unix://${daemon.socket}`] });
  process.env.PATH = `${server.bin}:${path}`;
  [port, otherPort] = [await freePort(), await freePort()];
  const books = { name: "books", yaml: `    ports: ["127.0.0.2:${port}:8080"]` };
  // Its probe goes into the container, and not through its port.
  const reviews = {
    name: "reviews",
    yaml: `    ports: ["127.0.0.2:${otherPort}:8080"]`,
    devenv: "      ready: { tcp: true, port: 8080, within: 30s }",
  };
  workspace = await makeWorkspace([books, reviews], "unix:///nonexistent/docker.sock");
  profile = await readFile(workspace.profile, "utf8");
  await pointAt(`${user}@127.0.0.1:${server.port}`);
});
afterAll(async () => {
  try {
    await server?.resume().catch(() => {});
    await pointAt(`${user}@127.0.0.1:${server.port}`);
    await workspace?.remove();
    for (const orders of sockets("link.sock")) await endLink(orders);
  } finally {
    await server?.stop();
    await daemon?.stop();
    process.env.PATH = path;
    await rm(folder, { recursive: true, force: true });
  }
});

const pointAt = (host: string) =>
  writeFile(workspace.profile, profile.replace("provider: docker", `provider: ssh\n  ssh: ${host}`));

/** Of every link there was, where its paths are short enough for the state folder. */
const sockets = (name: string): string[] => {
  const root = join(workspace.env.XDG_STATE_HOME ?? "", "devenv/ssh");
  const folders = existsSync(root) ? readdirSync(root) : [];
  return folders.map((each) => join(root, each, name)).filter((file) => existsSync(file));
};

const answerAt = (here: number) => get("127.0.0.1", here);
const answer = () => answerAt(port);

async function status(): Promise<ClusterStatus> {
  const { stdout, code, output } = await workspace.run("status", "--json");
  expect(output && code).toBe(0);
  return JSON.parse(stdout) as ClusterStatus;
}

const master = () => running("ControlMaster=yes", `ControlPath=${workspace.env.XDG_STATE_HOME}`);
const link = () => running("ssh-link", `\0${server.port}`, "devenv.js");

test("up brings the cluster up over there, and its ports are here when it has ended", async () => {
  const { code, output } = await workspace.run("up");
  expect(output && code).toBe(0);
  expect(output).toContain("is up on ssh");
  expect(output).toContain(`http://127.0.0.1:${port}`);
  expect(await Promise.all([answer(), answerAt(otherPort)])).toEqual(["ci", "ci"]);
  expect(server.logins()).toBe(1);
});

test("status, logs and exec go through the one connection", async () => {
  const [row] = (await status()).services;
  expect(row).toMatchObject({ name: "books", state: "ready", address: `http://127.0.0.1:${port}` });
  expect((await workspace.run("logs", "books")).stdout).toContain("devenv: started books");
  const { stdout } = await workspace.run("exec", "books", "/devenv/init/busybox", "echo", "from there");
  expect(stdout).toBe("from there\n");
  expect(server.logins()).toBe(1);
});

test("docker-env, which gives its address to a shell, has it stay for half an hour", async () => {
  const log = () => readFile(sockets("log")[0] ?? "", "utf8");
  expect(await log()).not.toContain("half an hour");
  expect((await workspace.run("docker-env")).stdout).toContain("DOCKER_HOST");
  expect(await log()).toContain("its address was given to a shell: it stays for half an hour");
});

test("a save is swapped in, and the watch outlives the link", async () => {
  const watch = await startWatch(workspace);
  await workspace.saveVersion("books", "saved here");
  await watch.until(ofType("committed"), 0);
  expect(await answer()).toBe("saved here");

  for (const pid of link()) process.kill(pid, "SIGKILL");
  await watch.until(ofType("daemonBack"), 0);
  expect(await eventually(answer, (text) => text !== undefined)).toBe("saved here");
  await watch.interrupt();
});

test("a connection that is killed is made anew, with all that it forwarded", async () => {
  const [before] = master();
  process.kill(before ?? expect.unreachable(), "SIGKILL");
  await eventually(master, ([now]) => now !== undefined && now !== before);
  expect(await eventually(answer, (text) => text !== undefined)).toBe("saved here");
  expect((await status()).services[0]).toMatchObject({ state: "ready" });
});

test("a connection that hangs is noticed, and made anew", async () => {
  const [before] = master();
  process.kill(before ?? expect.unreachable(), "SIGSTOP");
  const orders = sockets("link.sock")[0] ?? "";
  const hung = await eventually(
    () => askLink(orders),
    (state) => state?.phase !== "up",
  );
  expect(hung?.failure?.message).toContain("does not answer");
  await eventually(master, ([now]) => now !== undefined && now !== before);
  expect(await eventually(answer, (text) => text !== undefined)).toBe("saved here");
});

test("while the host is away nothing is said to run, and all is there again with it", async () => {
  await server.stop();
  await eventually(answer, (text) => text === undefined);
  const { code, output } = await workspace.run("status");
  expect(code).toBe(3);
  expect(output).toContain(`no ssh server answers at ${user}@127.0.0.1:${server.port}: connection refused`);

  await server.resume();
  expect(await eventually(answer, (text) => text !== undefined)).toBe("saved here");
  expect((await status()).services[0]).toMatchObject({ state: "ready" });
});

test("a link that was killed leaves nothing behind, and status has another one", async () => {
  for (const pid of link()) process.kill(pid, "SIGKILL");
  await eventually(master, (pids) => pids.length === 0);
  expect(await answer()).toBeUndefined();
  expect((await status()).services[0]).toMatchObject({ state: "ready" });
  expect(await eventually(answer, (text) => text !== undefined)).toBe("saved here");
});

test("a port that is taken here when its container comes is told, and appears once it is free", async () => {
  await server.stop();
  await eventually(answer, (text) => text === undefined);
  const holder = createServer((client) => client.destroy());
  await new Promise<void>((resolve) => holder.listen(port, "127.0.0.1", resolve));
  await server.resume();
  const { warnings } = await eventually(
    () => workspace.run("status", "--json").then(({ stdout }) => JSON.parse(stdout || "{}") as Partial<ClusterStatus>),
    (seen) => seen.warnings !== undefined,
  );
  expect(warnings?.[0]?.message).toContain(`port ${port} is taken here by node (pid ${process.pid})`);
  await new Promise((resolve) => holder.close(resolve));
  expect(await eventually(answer, (text) => text !== undefined)).toBe("saved here");
});

test("after down nothing is left: no port, no connection, no process", async () => {
  const { code, output } = await workspace.run("down");
  expect(output && code).toBe(0);
  await eventually(
    () => [...master(), ...link()],
    (pids) => pids.length === 0,
  );
  expect(await answer()).toBeUndefined();
  expect([...sockets("docker.sock"), ...sockets("control"), ...sockets("link.sock")]).toEqual([]);
});

test("a link that nobody can find any more ends, because its folder was removed", async () => {
  await workspace.run("status");
  await eventually(link, (pids) => pids.length > 0);
  await rm(join(workspace.env.XDG_STATE_HOME ?? "", "devenv/ssh"), { recursive: true });
  await eventually(
    () => [...master(), ...link()],
    (pids) => pids.length === 0,
  );
});
