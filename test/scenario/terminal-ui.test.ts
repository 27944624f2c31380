import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import { isAlive } from "../../src/host/liveness.ts";
import { systemProcesses } from "../../src/host/process.ts";
import { eventually } from "../harness/eventually.ts";
import { openTerminal, type Terminal } from "../harness/terminal.ts";
import { CLI } from "../harness/workspace.ts";
import { clusterOf, type TestCluster } from "./save-loop-cluster.ts";

const SWAP_MS = 60_000;
let cluster: TestCluster;
const opened: Terminal[] = [];

beforeAll(async () => {
  const devenv = "      ready: { http: /healthz, port: 8080, within: 5s }\n      settle: 100ms";
  cluster = await clusterOf({ name: "books", devenv }, { name: "authors", devenv });
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((terminal) => terminal.close()));
});
afterAll(() => cluster?.remove());

/** `devenv` alone in a terminal, once it watches. */
async function devenv(env: Readonly<Record<string, string>> = {}): Promise<Terminal> {
  const terminal = await openTerminal({ columns: 80, rows: 24, cwd: cluster.folder, env: { ...cluster.env, ...env } });
  opened.push(terminal);
  await terminal.type(`node ${CLI}; echo "code $?"`);
  await terminal.press("Enter");
  await terminal.until(/watching \d+ folders/);
  return terminal;
}

/** The process of devenv in a terminal. */
async function pidIn(terminal: Terminal): Promise<number> {
  const { stdout } = await systemProcesses.run("pgrep", ["-P", String(await terminal.shell())]);
  return Number(stdout.trim());
}

/** A way to the daemon that can be cut. */
async function linkTo(path: string, socket: string): Promise<{ cut(): Promise<void> }> {
  const connections = new Set<Socket>();
  const server = createServer((incoming) => {
    const outgoing = connect(socket);
    for (const each of [incoming, outgoing]) {
      connections.add(each);
      each.on("error", () => each.destroy());
      each.on("close", () => connections.delete(each));
    }
    incoming.pipe(outgoing).pipe(incoming);
  });
  server.listen(path);
  await once(server, "listening");
  return {
    async cut() {
      const closed = once(server, "close");
      server.close();
      for (const connection of connections) connection.destroy();
      await closed;
    },
  };
}

describe("devenv alone", () => {
  test("shows every service as status does, with its log below", async () => {
    const terminal = await devenv();
    for (const shown of [
      /listens on :8080/,
      /▸ ● books +ready +ci +ci:124 +\d+[sm] .*books:8080/,
      / {2}● authors +ready +ci +ci:124/,
      new RegExp(`${cluster.cluster} on docker`),
    ]) {
      await terminal.until(shown);
    }
    await terminal.until(/▸ ● books .*ci:124 +\d+[sm] +[\d.]+% +[\d.]+[KM] +books:8080/); // what it uses
  });

  test("swaps a service when it is saved, and shows the times of the swap", async () => {
    const terminal = await devenv();
    await cluster.saveVersion("books", "two");
    await terminal.until(/✔ #\d+ runs local:[\da-f]{12}/, SWAP_MS);
    await terminal.until(/detect \d+.*build \d+.*ready \d+.* = \d+ ms/);
    expect(await cluster.answer("books")).toContain("two");
    await terminal.until(/▸ ● books +ready +local +local:/);
  });

  test("shows the compiler's words for a save that does not build, and takes them away when it is mended", async () => {
    const terminal = await devenv();
    await terminal.press("Down");
    const good = await readFile(cluster.source("authors"), "utf8");
    await cluster.save("authors", good.replace("func main() {", "func main() {\n\tfoo()"));
    await terminal.until(/▸ ● authors +ready ✖ build[\s\S]*undefined: foo/, SWAP_MS);
    await cluster.saveVersion("authors", "x");
    await cluster.save("authors", good);
    await terminal.until((screen) => /▸ ● authors +ready /.test(screen) && !screen.includes("undefined: foo"), SWAP_MS);
  });

  test("shows why a save was rolled back: the words of the crash", async () => {
    const terminal = await devenv();
    await terminal.press("Down");
    const good = await readFile(cluster.source("authors"), "utf8");
    await cluster.save("authors", good.replace("func main() {", 'func main() {\n\tpanic("boom")'));
    await terminal.until(/▸ ↶ authors +rolled back/, SWAP_MS);
    await terminal.until(/│ panic: boom/);
    await cluster.save("authors", good.replace("func main() {", "func main() {\n\t_ = 1"));
    await terminal.until(/▸ ● authors +ready /, SWAP_MS);
  });

  test("r restarts the chosen service in its container and says how long it took", async () => {
    const terminal = await devenv();
    const before = await cluster.container("books");
    await terminal.press("r");
    await terminal.until(/✔ .*books answers again after \d+(\.\d)? m?s/);
    const after = await cluster.container("books");
    expect(after.id).toBe(before.id);
  });

  test("goes along when the cluster is brought down and up again in another terminal", async () => {
    const terminal = await devenv();
    await cluster.run("down");
    await terminal.until(/○ books +off/);
    await terminal.until(/not running: bring it up/);
    await terminal.press("r");
    await terminal.until(/✖ .*\n.*→ Bring it up|✖ books/);
    await cluster.run("up");
    await terminal.until(/● books +ready/);
    await terminal.until(/watching \d+ folders/);
  });

  test("says where an edited profile has a mistake, until it is mended", async () => {
    const terminal = await devenv();
    const text = await readFile(cluster.profile, "utf8");
    await writeFile(cluster.profile, text.replace("    image:", "    imag:"));
    await terminal.until(/✖ profile \d+:\d+ .*imag/);
    await writeFile(cluster.profile, text);
    await terminal.until(/watching \d+ folders/);
  });

  test("says that the daemon went away, and is right again when it is back", async () => {
    const link = join(cluster.folder, "docker.sock");
    const first = await linkTo(link, inject("dockerSocket"));
    const terminal = await devenv({ DOCKER_HOST: `unix://${link}` });
    await first.cut();
    await terminal.until((screen) => screen.includes("✖ ") && !screen.includes("● books"));
    const second = await linkTo(link, inject("dockerSocket"));
    await terminal.until(/● books +ready/);
    await terminal.until(/watching \d+ folders/);
    await terminal.press("r");
    await terminal.until(/✔ .*books answers again/);
    await terminal.press("q", "q");
    await terminal.until(/^code 0$/m);
    await second.cut();
  });

  test("q leaves the cluster as it is and says so", async () => {
    const terminal = await devenv();
    await terminal.press("q", "q");
    const screen = await terminal.until(/^code 0$/m);
    expect(screen).toContain(`Cluster ${cluster.cluster} goes on as it is; \`devenv down\` ends it.`);
    expect(await terminal.state()).toEqual({ isAlternate: false, hasCursor: true });
    expect((await cluster.status("books")).state).toBe("ready");
  });

  test("TERM from outside gives the terminal back and ends it with 130", async () => {
    const terminal = await devenv();
    process.kill(await pidIn(terminal), "SIGTERM");
    await terminal.until(/^code 130$/m);
    expect(await terminal.state()).toEqual({ isAlternate: false, hasCursor: true });
  });

  test("a terminal that is closed ends it, and leaves the cluster as it is", async () => {
    const terminal = await devenv();
    const pid = await pidIn(terminal);
    await terminal.close();
    opened.pop();
    await eventually(
      () => isAlive(pid),
      (alive) => !alive,
    );
    expect((await cluster.status("books")).state).toBe("ready");
  });
});

describe("devenv alone without a terminal", () => {
  test("prints the status and says that a terminal would show it live", async () => {
    const { code, stdout } = await cluster.run();
    expect(code).toBe(0);
    expect(stdout).toMatch(/● +books +ready/);
    expect(stdout).toContain("On a terminal, `devenv` alone shows this live.");
  });

  test("with --json it is what status --json is", async () => {
    const { stdout } = await cluster.run("--json");
    expect(JSON.parse(stdout)).toMatchObject({
      cluster: cluster.cluster,
      services: [{ name: "books" }, { name: "authors" }],
    });
  });

  test("a command that there is none of is an error, with the nearest one", async () => {
    const { code, stderr } = await cluster.run("statsu");
    expect(code).toBe(2);
    expect(stderr).toContain("devenv has no command statsu");
    expect(stderr).toContain("did you mean status?");
  });
});
