import { once } from "node:events";
import { appendFile, chmod, chown, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import { endLink } from "../../src/provider/ssh/orders.ts";
import { freePort } from "../harness/free-port.ts";
import { type SshServer, type SshServerOptions, startSshServer } from "../harness/ssh-server.ts";
import { CLI } from "../harness/workspace.ts";

/** A host that cannot be used, each for a reason of its own, and what a person is told. */
let folder: string;
let server: SshServer | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "devenv-ssh-"));
  await writeFile(join(folder, "devenv.yaml"), "");
});
afterEach(async () => {
  const links = await readdir(join(folder, "state/devenv/ssh")).catch(() => []);
  for (const link of links) await endLink(join(folder, "state/devenv/ssh", link, "link.sock"));
  await server?.stop();
  server = undefined;
  await rm(folder, { recursive: true, force: true });
});

const there = `unix://${inject("dockerSocket")}`;
const start = async (options: SshServerOptions = { environment: [`DOCKER_HOST=${there}`] }) => {
  server = await startSshServer(folder, options);
  return server;
};

async function up(port: number | undefined = server?.port) {
  const host = `${userInfo().username}@127.0.0.1:${port}`;
  const profile = `name: t\nx-devenv: { provider: ssh, ssh: "${host}" }\nservices:\n  a: { image: scratch, command: [/a] }\n`;
  await writeFile(join(folder, "compose.yaml"), profile);
  const { code, stdout } = await systemProcesses.run(process.execPath, [CLI, "up", "--json"], {
    cwd: folder,
    env: {
      PATH: `${join(folder, "bin")}:${process.env.PATH}`,
      HOME: folder,
      DOCKER_HOST: "unix:///nonexistent/docker.sock",
      XDG_STATE_HOME: join(folder, "state"),
      XDG_CACHE_HOME: join(folder, "cache"),
      NO_COLOR: "1",
    },
  });
  const told = stdout.split("\n").find((line) => line.includes('"hint"') || line.includes('"message"'));
  return { code, told: told ?? stdout, host };
}

test("a host key that is not known yet is told with the command that shows it", async () => {
  await start();
  await writeFile(join(folder, "known"), "");
  const { code, told, host } = await up();
  expect(code).toBe(3);
  expect(told).toContain(`the host key of ${host} is not known yet`);
  expect(told).toContain(`Run \`ssh ${userInfo().username}@127.0.0.1 -p ${server?.port}\` once`);
  expect(await readFile(join(folder, "known"), "utf8")).toBe("");
});

test("a host key that has changed is told with the command that forgets the old one", async () => {
  const { port } = await start();
  const other = join(folder, "other");
  await systemProcesses.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", other]);
  await writeFile(join(folder, "known"), `[127.0.0.1]:${port} ${await readFile(`${other}.pub`, "utf8")}`);
  const { code, told, host } = await up();
  expect(code).toBe(3);
  expect(told).toContain(`${host} shows another host key than the one you know`);
  expect(told).toMatch(/ssh-keygen .*-R/);
});

test("a key that the host does not take", async () => {
  await start();
  await writeFile(join(folder, "authorized"), "");
  const { code, told } = await up();
  expect(code).toBe(3);
  expect(told).toContain("does not let you in: it takes none of your keys");
});

test("a host where nothing listens", async () => {
  await start();
  const { code, told } = await up(await freePort());
  expect(code).toBe(3);
  expect(told).toContain("connection refused");
});

test("a host where the Docker daemon does not run", async () => {
  await start({ environment: ["DOCKER_HOST=unix:///nonexistent/d.sock"] });
  const { code, told, host } = await up();
  expect(code).toBe(3);
  expect(told).toContain(`no Docker daemon listens at unix:///nonexistent/d.sock on ${host}`);
});

test("a host whose daemon the account may not use", async () => {
  const socket = join(folder, "docker.sock");
  const daemon = createServer().listen(socket);
  await once(daemon, "listening");
  await chmod(socket, 0o600);
  await chown(socket, 65534, 65534);
  await start({ obeysModes: true, environment: [`DOCKER_HOST=unix://${socket}`] });
  const { code, told, host } = await up();
  daemon.close();
  expect(code).toBe(3);
  const user = userInfo().username;
  expect(told).toContain(`${user} may not use the Docker daemon on ${host}: permission denied at unix://${socket}`);
  expect(told).toContain(`usermod -aG docker ${user}`);
});

test.each(["AllowStreamLocalForwarding no", "AllowTcpForwarding no"])(
  "a server that forwards no sockets, as %s has it",
  async (line) => {
    await start({ config: [line], environment: [`DOCKER_HOST=${there}`] });
    const { code, told } = await up();
    expect(code).toBe(3);
    expect(told).toContain("refuses to forward the Docker daemon's socket");
    expect(told).toContain(line.replace(" no", " yes"));
  },
);

test("a configuration that ssh itself refuses", async () => {
  await start();
  await appendFile(join(folder, "ssh_config"), "FowardAgent yes\n");
  const { code, told } = await up();
  expect(code).toBe(2);
  expect(told).toContain("ssh refuses its own configuration");
  expect(told).toContain("fowardagent");
});

test("forwards of the person's own configuration are neither taken nor in the way", async () => {
  await start({ environment: ["DOCKER_HOST=unix:///nonexistent/d.sock"] });
  const { port } = server ?? { port: 0 };
  await appendFile(join(folder, "ssh_config"), `ExitOnForwardFailure yes\nLocalForward ${port} 127.0.0.1:1\n`);
  expect((await up()).told).toContain("no Docker daemon listens");
});
