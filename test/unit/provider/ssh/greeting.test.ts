import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemProcesses } from "../../../../src/host/process.ts";
import { daemonThere, type Greeting, greetingOf, READY, readGreeting } from "../../../../src/provider/ssh/greeting.ts";

let folder: string;
const servers: Server[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dv-"));
  mkdirSync(join(folder, "bin"));
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  rmSync(folder, { recursive: true, force: true });
});

const listen = (path: string) =>
  new Promise<string>((resolve) => servers.push(createServer().listen(path, () => resolve(path))));

/** Runs what is run over there, by a login shell, in an account with this environment. */
async function greet(environment: Record<string, string> = {}, shell = "sh"): Promise<Greeting> {
  const env = { HOME: folder, XDG_RUNTIME_DIR: folder, DOCKER_HOST: undefined, ...environment };
  // In the place of sshd, which is ended at last.
  const server = ["-c", '"$0" -c "$1"; echo still here', shell, greetingOf(ADDRESS)];
  const { stdout } = await systemProcesses.run("sh", server, { env, input: "" });
  expect(stdout).not.toContain("still here");
  const lines = stdout.split("\n");
  expect(lines).toContain(READY);
  return readGreeting(["Welcome!", ...lines]);
}

const ADDRESS = { destination: "me@build-box" };

describe("what a host says of its Docker daemon", () => {
  it("is the socket that DOCKER_HOST names", async () => {
    const path = await listen(join(folder, "d.sock"));
    const greeting = await greet({ DOCKER_HOST: `unix://${path}` });
    expect(greeting).toMatchObject({ dockerHost: `unix://${path}`, socket: "usable" });
    expect(daemonThere(greeting, ADDRESS)).toBe(path);
  });

  it("is that of the current context", async () => {
    const path = await listen(join(folder, "context.sock"));
    writeFileSync(join(folder, "bin/docker"), `#!/bin/sh\n[ "$1 $2" = "context inspect" ] && echo unix://${path}\n`);
    chmodSync(join(folder, "bin/docker"), 0o755);
    const greeting = await greet({ PATH: `${join(folder, "bin")}:${process.env.PATH}` });
    expect(greeting).toMatchObject({ dockerHost: `unix://${path}`, socket: "usable", hasDocker: true });
  });

  it("is a rootless one's place where the system has none, whatever the built-in context says", async () => {
    // Where this machine has a socket of the system's, that one comes first, as with Docker's own client.
    const path = await listen(join(folder, "docker.sock"));
    const greeting = await greet();
    expect([`unix://${path}`, "unix:///var/run/docker.sock"]).toContain(greeting.dockerHost);
  });

  it("is a port", async () => {
    const greeting = await greet({ DOCKER_HOST: "tcp://127.0.0.1:2375" });
    expect(daemonThere(greeting, ADDRESS)).toBe("127.0.0.1:2375");
  });

  it("is asked in any login shell", async () => {
    const path = await listen(join(folder, "d.sock"));
    for (const shell of ["bash", "dash"]) {
      expect(await greet({ DOCKER_HOST: `unix://${path}` }, shell)).toMatchObject({ socket: "usable" });
    }
    // csh and fish give these a meaning inside of single quotes, too.
    expect(greetingOf(ADDRESS).slice("exec sh -c '".length, -1)).not.toMatch(/['!\\\n]/);
  });
});

it("of a machine of ours nothing is asked: where its daemon is, is known", async () => {
  const machine = { of: "vm", cluster: "shop", config: "/none", docker: "/run/docker.sock" } as const;
  const command = greetingOf({ destination: "devenv-shop", machine });
  const server = ["-c", '"$0" -c "$1"; echo still here', "sh", command];
  const { stdout } = await systemProcesses.run("sh", server, { input: "" });
  expect(stdout.split("\n").filter(Boolean)).toEqual(["devenv:host unix:///run/docker.sock", READY]);
  const greeting = readGreeting(stdout.split("\n"));
  expect(daemonThere(greeting, { destination: "devenv-shop", machine })).toBe("/run/docker.sock");
});

describe("a host without a daemon that can be used", () => {
  const base: Greeting = { dockerHost: "unix:///run/docker.sock", hasDocker: true, socket: "usable", user: "me" };
  it.each([
    [{ dockerHost: "", hasDocker: false }, "me@build-box has no Docker", "Install it there"],
    [{ dockerHost: "" }, "no Docker daemon runs on me@build-box", "systemctl start docker"],
    [{ socket: "absent" as const }, "no Docker daemon listens at unix:///run/docker.sock on me@build-box", "Start it"],
    [{ socket: "denied" as const }, "me may not use the Docker daemon on me@build-box", "usermod -aG docker me"],
    [{ dockerHost: "unix:///run/a:b.sock" }, "which ssh cannot forward", "without one"],
    [{ dockerHost: "ssh://me@further" }, "is a daemon behind ssh", ""],
  ])("%j", (facts, message, hint) => {
    const because = () => daemonThere({ ...base, ...facts }, ADDRESS);
    expect(because).toThrow(expect.objectContaining({ message: expect.stringContaining(message) }));
    expect(because).toThrow(expect.objectContaining({ hint: expect.stringContaining(hint) }));
  });

  it("a socket that is not there is absent, and not denied", async () => {
    const greeting = await greet({ DOCKER_HOST: `unix://${join(folder, "nothing.sock")}` });
    expect(greeting.socket).toBe("absent");
  });
});
