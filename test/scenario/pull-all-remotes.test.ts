import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import { eventually } from "../harness/eventually.ts";
import { freePort } from "../harness/free-port.ts";
import { makeTeam, type Team } from "../harness/repositories.ts";
import { type SshServer, startSshServer } from "../harness/ssh-server.ts";
import { openTerminal } from "../harness/terminal.ts";
import { CLI } from "../harness/workspace.ts";

let team: Team;
beforeEach(async () => {
  team = await makeTeam();
});
afterEach(() => team.remove());

/** So many clones, of which the first ones' origins get one more commit. */
async function manyRepositories(count: number, moved: number, url: (origin: string) => string): Promise<void> {
  await team.many(count, ".", url);
  await rm(team.at("seed"), { recursive: true });
  for (let index = 1; index <= moved; index++) await team.push(`r${index}`, { "a.txt": "1\n" });
}

const counts = (stdout: string): Record<string, number> => {
  const { repositories } = JSON.parse(stdout) as { repositories: { outcome: string }[] };
  const found: Record<string, number> = {};
  for (const { outcome } of repositories) found[outcome] = (found[outcome] ?? 0) + 1;
  return found;
};

describe("over ssh", () => {
  let server: SshServer;
  let keys: string;
  beforeAll(async () => {
    keys = await mkdtemp(join(tmpdir(), "devenv-sshd-"));
    server = await startSshServer(keys);
  });
  afterAll(async () => {
    await server.stop();
    await rm(keys, { recursive: true });
  });

  /** Runs with the server's `ssh` first in PATH. */
  const overSsh = async (...args: string[]) => {
    Object.assign(team.env, { PATH: `${server.bin}:${process.env.PATH}`, TMPDIR: team.folder });
    return team.pullAll("--json", ...args);
  };

  test("sixty repositories share at most four connections, which are closed at the end", async () => {
    await manyRepositories(60, 12, server.url);
    const before = server.logins();
    const { code, stdout } = await overSsh();
    expect([code, counts(stdout)]).toEqual([0, { moved: 12, current: 48 }]);
    expect(server.logins() - before).toBeLessThanOrEqual(4);
    expect(server.logins() - before).toBeGreaterThanOrEqual(1);
    expect((await readdir(team.folder)).filter((name) => name.startsWith("devenv-"))).toEqual([]);
    // By themselves they would stay for five seconds.
    const script = 'while pgrep -f "$OURS"; do :; done';
    const gone = { env: { OURS: `^ssh: ${team.folder}/devenv-ssh` }, timeoutMs: 4500 };
    expect(await systemProcesses.run("sh", ["-c", script], gone)).toMatchObject({ code: 0 });
  });

  test("a repository's own core.sshCommand is used, in batch mode", async () => {
    await manyRepositories(1, 1, server.url);
    const own = join(team.folder, "own ssh");
    await writeFile(own, `#!/bin/sh\necho "$@" >> '${team.folder}/own-ssh-log'\nexec '${server.bin}/ssh' "$@"\n`);
    await chmod(own, 0o755);
    await team.git("r1", "config", "core.sshCommand", `'${own}' -o Compression=no`);
    const { stdout } = await overSsh();
    expect(counts(stdout)).toEqual({ moved: 1 });
    expect(await readFile(join(team.folder, "own-ssh-log"), "utf8")).toMatch(/Compression=no -o BatchMode=yes/);
  });

  test("a host whose key is not known is not asked about, and fails with ssh's words", async () => {
    await manyRepositories(1, 1, (name) => server.url(name).replace("127.0.0.1", "localhost"));
    const { code, stdout } = await overSsh();
    expect(code).toBe(1);
    expect(stdout).toContain("Host key verification failed");
  });
});

describe("a remote that never answers", () => {
  let server: Server;
  const sockets = new Set<Socket>();
  beforeAll(async () => {
    server = createServer((socket) => sockets.add(socket.on("error", () => {})));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  test("is given up at the limit, over git, ssh and http, and others do not wait for it", async () => {
    const { port } = server.address() as AddressInfo;
    await team.repository("fine");
    await team.push("fine", { "a.txt": "1\n" });
    const schemes = ["git", "ssh", "http"];
    for (const scheme of schemes) {
      await team.repository(scheme);
      await team.git(scheme, "remote", "set-url", "origin", `${scheme}://127.0.0.1:${port}/slow.git`);
    }
    const before = await Promise.all(schemes.map(team.snapshot));
    const begun = performance.now();
    const { code, row } = await team.report("--timeout", "5s");
    expect(performance.now() - begun).toBeLessThan(20_000);
    for (const scheme of schemes)
      expect(row(scheme).words, scheme).toBe("timed out: the remote did not answer within 5 s");
    expect([code, row("fine").outcome]).toEqual([1, "moved"]);
    expect(await Promise.all(schemes.map(team.snapshot))).toEqual(before);
    await eventually(
      async () => (await systemProcesses.run("pgrep", ["-f", `127.0.0.1.*${port}.*slow.git`])).stdout,
      (pids) => pids === "",
    );
  });
});

test("a clone that was killed leaves nothing when the next one has come", async () => {
  // Once git has come to its remote, it makes no more files until that answers.
  const reached = join(team.folder, "reached");
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on("error", () => {}));
    void writeFile(reached, "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await team.repository("repos/api");
  await rm(team.at("repos/api"), { recursive: true });
  const { port } = server.address() as AddressInfo;
  const profile = (url: string) => ({
    "profiles/shop.yaml": `name: shop
x-devenv: { repos: [{ path: repos/api, url: "${url}" }] }
services: { web: { image: nginx } }
`,
  });
  await team.write(".", profile(`git://127.0.0.1:${port}/api.git`));
  const script = `"$@" & until test -e ../reached; do sleep 0.05; done; kill -KILL $!; wait $!; ls -A repos`;
  const options = { cwd: team.workspace, env: team.env, timeoutMs: 30_000 };
  const args = ["-mc", script, "bash", process.execPath, CLI, "pull-all", "--clone"];
  const killed = await systemProcesses.run("bash", args, options);
  expect(killed.stdout).toMatch(/^\.api\.cloning-/m);
  await team.write(".", profile(`file://${team.origin("repos/api")}`));
  expect((await team.report("--clone")).row("repos/api").outcome).toBe("cloned");
  expect(await readdir(team.at("repos"))).toEqual(["api"]);
  server.close();
  for (const socket of sockets) socket.destroy();
});

test("a remote that refuses the connection fails at once, with the system's words", async () => {
  const port = await freePort();
  for (const [name, remote] of [
    ["git", "git://127.0.0.1"],
    ["http", "http://ada:secret@127.0.0.1"],
  ] as const) {
    await team.repository(name);
    await team.git(name, "remote", "set-url", "origin", `${remote}:${port}/api.git`);
  }
  const { code, stdout } = await team.pullAll("--json");
  expect(code).toBe(1);
  expect(
    stdout.match(/fetch failed: [^"]*(refused|[Cc]ould not connect|[Cc]ouldn't connect|[Ff]ailed to connect)/g),
  ).toHaveLength(2);
  expect(stdout).not.toContain("secret");
});

test("what asks on the terminal finds none, and fails", async () => {
  const asks = join(team.folder, "asks");
  await writeFile(
    asks,
    "#!/bin/bash\nif read -r -p 'Password: ' answer 2>/dev/tty </dev/tty; then touch answered; fi\nexit 1\n",
  );
  await chmod(asks, 0o755);
  await team.repository("api");
  await team.git("api", "remote", "set-url", "origin", "ssh://127.0.0.1/api.git");
  const env = { ...team.env, GIT_SSH: asks };
  const terminal = await openTerminal({ columns: 80, rows: 24, cwd: team.workspace, env });
  try {
    await terminal.type(`${process.execPath} ${CLI} pull-all; echo "ended $?"`);
    await terminal.press("Enter");
    const screen = await terminal.until(/^ended 1$/m);
    expect(screen).toMatch(/✖ api {2}fetch failed: /);
    expect(screen).not.toContain("Password");
  } finally {
    await terminal.close();
  }
});

test("a remote that wants a password gets none, and no program is asked for one", async () => {
  const server = createHttpServer((_request, response) => {
    response.writeHead(401, { "www-authenticate": 'Basic realm="books"' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const askpass = join(team.folder, "askpass");
  await writeFile(askpass, `#!/bin/sh\ntouch '${team.folder}/asked'\necho secret\n`);
  await chmod(askpass, 0o755);
  await team.repository("api");
  const { port } = server.address() as AddressInfo;
  await team.git("api", "remote", "set-url", "origin", `http://127.0.0.1:${port}/api.git`);
  await team.git("api", "config", "core.askPass", askpass);
  // A helper may know the password, and must open no window for it.
  const helper = join(team.folder, "helper");
  await writeFile(
    helper,
    `#!/bin/sh\necho "$1 $GCM_INTERACTIVE $(git config credential.interactive)" >> '${team.folder}/helped'\n`,
  );
  await chmod(helper, 0o755);
  await team.git("api", "config", "credential.helper", helper);
  Object.assign(team.env, { SSH_ASKPASS: askpass, GIT_ASKPASS: askpass, DISPLAY: ":0" });
  const { code, row } = await team.report();
  server.close();
  expect(code).toBe(1);
  expect(row("api").words).toMatch(/terminal prompts disabled/);
  expect(await readdir(team.folder)).not.toContain("asked");
  expect(await readFile(join(team.folder, "helped"), "utf8")).toBe("get never false\n");
});
