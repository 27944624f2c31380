import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from "vitest";
import { type Finished, type RunOptions, systemProcesses } from "../../src/host/process.ts";
import { contextName, writeContext } from "../../src/provider/context-store.ts";
import { contextFolders } from "../../src/provider/docker-config.ts";
import { openTerminal } from "../harness/terminal.ts";
import { startTlsDaemon } from "../harness/tls-daemon.ts";
import { CLI, makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

const dockerHost = `unix://${inject("dockerSocket")}`;
let workspace: TestWorkspace;
let context: string;
let config: string;
beforeAll(async () => {
  workspace = await makeWorkspace([{ name: "web" }], dockerHost);
  context = contextName(workspace.cluster);
  config = workspace.env.DOCKER_CONFIG ?? "";
});
afterAll(() => workspace.remove());

/** The person's own docker, in a shell that points nowhere. */
const docker = (...args: string[]): Promise<Finished> =>
  systemProcesses.run("docker", args, { env: { ...workspace.env, DOCKER_HOST: undefined } });
const contexts = async (): Promise<string[]> =>
  (await docker("context", "ls", "--format", "{{.Name}}")).stdout.split("\n").filter(Boolean).sort();
const devenv = (args: readonly string[], options: RunOptions = {}): Promise<Finished> =>
  systemProcesses.run(process.execPath, [CLI, ...args], {
    cwd: workspace.folder,
    ...options,
    env: { ...workspace.env, ...options.env },
  });

describe("the Docker context of a cluster", () => {
  it("is there after up, without being the current one, and leads the docker CLI to the cluster", async () => {
    const { stdout, code } = await workspace.run("up");
    expect(code).toBe(0);
    expect(stdout).toContain(`docker       docker --context ${context} ps\n`);
    expect(await contexts()).toEqual(["default", context]);
    const { stdout: names } = await docker("--context", context, "ps", "--format", "{{.Names}}");
    expect(names).toContain(`${workspace.cluster}-web-1\n`);
    expect((await docker("context", "inspect", "--format", "{{.Name}}")).stdout).toBe("default\n");
    expect(existsSync(join(config, "config.json"))).toBe(false);
  });

  it("is not written again by an up that changes nothing", async () => {
    const meta = join(contextFolders(config, context).meta, "meta.json");
    const before = statSync(meta).ino;
    const { stdout } = await workspace.run("up", "--json");
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({ type: "up", context });
    expect(statSync(meta).ino).toBe(before);
  });

  it("takes those with it whose clusters are gone, and no others", async () => {
    const socket = inject("dockerSocket");
    const elsewhere = join(workspace.folder, "elsewhere");
    const of = (cluster: string, path: string, folder: string) =>
      writeContext(config, { address: { kind: "unix", path }, owner: { cluster, folder }, description: "" });
    await of("no-containers", socket, elsewhere);
    await of("nothing-left", join(elsewhere, "docker.sock"), elsewhere);
    await of("stopped", join(elsewhere, "docker.sock"), workspace.folder);
    await of("running", socket, elsewhere);
    const running = await devenv([
      "docker",
      "create",
      "--label",
      "dev.devenv.cluster=running",
      "devenv/scratch:1",
      "x",
    ]);
    await docker("context", "create", "mine", "--from", "devenv-no-containers");
    await workspace.run("up");
    expect(await contexts()).toEqual(["default", "devenv-running", "devenv-stopped", context, "mine"].sort());
    await docker("context", "rm", "devenv-running", "devenv-stopped", "mine");
    await devenv(["docker", "rm", running.stdout.trim()]);
  });

  it("stays while it is the current one, and is gone after down when it is not", async () => {
    await docker("context", "use", context);
    const { stderr, code } = await workspace.run("down");
    expect(stderr).toContain(`${context} is Docker's current context and so is left`);
    expect(code).toBe(0);
    expect((await docker("context", "inspect", "--format", "{{.Name}}")).stdout).toBe(`${context}\n`);
    await docker("context", "use", "default");
    await workspace.run("down");
    expect(await contexts()).toEqual(["default"]);
  });

  it("has the certificates of a daemon behind TLS", async () => {
    const daemon = await startTlsDaemon(inject("dockerSocket"));
    onTestFinished(daemon.close);
    expect((await devenv(["up"], { env: daemon.env })).code).toBe(0);
    // Other tests' containers come and go on the same daemon.
    const own = ["ps", "--format", "{{.Names}}", "--filter", `name=${workspace.cluster}`];
    const listed = await docker("--context", context, ...own);
    expect(listed).toMatchObject({ code: 0, stdout: `${workspace.cluster}-web-1\n` });
    const viaDevenv = await devenv(["docker", ...own], { env: daemon.env });
    expect(viaDevenv.stdout).toBe(listed.stdout);
    expect((await devenv(["down"], { env: daemon.env })).code).toBe(0);
    expect(await contexts()).toEqual(["default"]);
    expect(existsSync(contextFolders(config, context).tls)).toBe(false);
  });

  it("is nobody's but ours: one of that name that somebody else made stays as it is", async () => {
    await docker("context", "create", context, "--docker", "host=tcp://127.0.0.1:1");
    const up = await workspace.run("up");
    expect(up).toMatchObject({ code: 0, stdout: expect.stringContaining(`${context} that devenv did not make`) });
    await workspace.run("down");
    const host = await docker("context", "inspect", context, "--format", "{{.Endpoints.docker.Host}}");
    expect(host.stdout).toBe("tcp://127.0.0.1:1\n");
    await docker("context", "rm", context);
  });

  it("is not made by root in somebody else's folder, which it would shut them out of", async () => {
    const theirs = join(workspace.folder, "theirs");
    mkdirSync(theirs);
    chownSync(theirs, 12345, 12345);
    const { stdout, code } = await devenv(["up"], { env: { DOCKER_CONFIG: join(theirs, ".docker") } });
    expect(stdout).toContain("belongs to somebody else (user 12345)");
    expect(code).toBe(0);
    expect(readdirSync(theirs)).toEqual([]);
  });

  it("is a note where Docker's folder cannot be written", async () => {
    const DOCKER_CONFIG = join(workspace.folder, "devenv.yaml");
    const up = await devenv(["up"], { env: { DOCKER_CONFIG } });
    expect(up).toMatchObject({ code: 0, stdout: expect.stringContaining(`! no Docker context ${context}: `) });
    const down = await devenv(["down"], { env: { DOCKER_CONFIG } });
    expect(down).toMatchObject({ code: 0, stderr: expect.not.stringContaining("context") });
  });
});

describe("devenv docker", () => {
  const BUSYBOX = ["--volume", "/bin/busybox:/busybox:ro", "devenv/scratch:1", "/busybox", "sh", "-c"];
  beforeAll(async () => {
    await workspace.run("up");
  });

  it("hands on arguments, standard input and the exit code", async () => {
    const script = 'read line; echo "$line, $1"; exit 42';
    const ended = await devenv(["docker", "run", "--rm", "-i", ...BUSYBOX, script, "sh", "--json"], {
      input: "hello\n",
    });
    expect(ended).toMatchObject({ code: 42, stdout: "hello, --json\n", stderr: "" });
  });

  it("hands on what devenv would take for itself", async () => {
    expect((await devenv(["docker", "run", "--help"])).stdout).toContain("Usage:  docker run [OPTIONS] IMAGE");
    expect((await devenv(["docker", "-p"])).stderr).toContain("unknown shorthand flag: 'p'");
    expect((await devenv(["help", "docker"])).stdout).toContain("Usage: devenv docker [args...]");
  });

  it("changes the program's environment alone, for its plugins, too", async () => {
    const plugins = join(config, "cli-plugins");
    mkdirSync(plugins, { recursive: true });
    const about = '{"SchemaVersion":"0.1.0","Vendor":"a test","Version":"v1"}';
    const body = `[ "$1" = docker-cli-plugin-metadata ] && { echo '${about}'; exit; }`;
    const says = 'env | grep ^DOCKER_ | grep -v CONFIG; echo "$*"';
    writeFileSync(join(plugins, "docker-compose"), `#!/bin/sh\n${body}\n${says}\n`);
    chmodSync(join(plugins, "docker-compose"), 0o755);
    await docker("context", "create", "other", "--docker", "host=tcp://127.0.0.1:1");
    // Docker's own client would go where the variable says.
    const { stdout } = await devenv(["docker", "compose", "up", "-d"], { env: { DOCKER_CONTEXT: "other" } });
    const told = stdout.split("\n").filter((line) => !line.startsWith("DOCKER_CLI_PLUGIN_"));
    expect(told).toEqual([`DOCKER_HOST=${dockerHost}`, "compose up -d", ""]);
  });

  it("says that no docker CLI is installed, where none is", async () => {
    const { code, stderr } = await devenv(["docker", "ps"], { env: { PATH: "/nowhere" } });
    expect(stderr).toContain("the docker CLI is not installed");
    expect(code).toBe(3);
  });

  it("hands on a signal", async () => {
    const script = 'trap "exit 42" TERM; echo ready; while :; do /busybox sleep 0.1; done';
    const ended = new Promise<Finished>((resolve) => {
      const shell = ["-c", 'echo "$$"; exec "$@"', "sh", process.execPath, CLI];
      let pid = 0;
      const onLine = (line: string) => {
        pid ||= Number(line);
        if (line === "ready") process.kill(pid, "SIGTERM");
      };
      const { folder: cwd, env } = workspace;
      void systemProcesses
        .run("sh", [...shell, "docker", "run", "--rm", ...BUSYBOX, script], { cwd, env, onLine })
        .then(resolve);
    });
    expect(await ended).toMatchObject({ code: 42, stdout: expect.stringMatching(/^\d+\nready\n$/) });
  });

  it("leaves the terminal and its Ctrl-C to the program", async () => {
    const terminal = await openTerminal({ columns: 80, rows: 24, cwd: workspace.folder, env: workspace.env });
    const run = `${process.execPath} ${CLI} docker`;
    await terminal.type(`${run} exec -it ${workspace.cluster}-web-1 /devenv/init/busybox sh`);
    await terminal.press("Enter");
    await terminal.until(/^\/ #/m);
    // Its size comes to a terminal once there is a program in it.
    await terminal.type("tty && until stty size | grep '24 80'; do :; done; exit 7");
    await terminal.press("Enter");
    // What is typed before the prompt goes to the program that is ending.
    await terminal.until(/^\/dev\/pts\/\d+\n24 80\n(.*\n)*\$$/m);
    await terminal.type("echo code $?");
    await terminal.press("Enter");
    await terminal.until(/^code 7$/m);
    const script = `n=0; trap 'n=$((n+1)); echo got $n; [ $n -lt 2 ] || exit 5' INT; echo ready; while :; do /busybox sleep 0.1; done`;
    writeFileSync(join(workspace.folder, "trap.sh"), script);
    await terminal.type(
      `clear; ${run} run --rm -v $PWD/trap.sh:/trap.sh:ro ${BUSYBOX.slice(0, 4).join(" ")} sh /trap.sh; echo code $?`,
    );
    await terminal.press("Enter");
    await terminal.until(/^ready$/m);
    await terminal.press("C-c");
    expect(await terminal.until(/got 1$/m)).not.toContain("got 2");
    await terminal.press("C-c");
    await terminal.until(/got 2\n(.*\n)*code 5$/m);
    await terminal.close();
  });
});
