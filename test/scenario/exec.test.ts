import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { begin, type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

const SPEAKS = "/devenv/bin/tool";

describe("devenv exec", () => {
  let workspace: TestWorkspace;
  let view: ClusterView;

  beforeAll(async () => {
    workspace = await makeWorkspace(
      [{ name: "web" }, { name: "tool", ci: "speaks", devenv: "      restart: process" }],
      `unix://${inject("dockerSocket")}`,
    );
    view = viewOf(workspace);
    await view.editProfile(`[${SPEAKS}]`, `[${SPEAKS}, waits]`);
    expect((await workspace.run("up")).output).toContain("is up on docker");
  });
  afterAll(() => workspace.remove());

  it("passes the program's output and exit code on", async () => {
    const said = await workspace.run("exec", "web", SPEAKS, "says", "out", "--", "err");
    expect([said.stdout, said.stderr, said.code]).toEqual(["out\n", "err\n", 0]);
    expect((await workspace.run("exec", "web", SPEAKS, "exits", "42")).code).toBe(42);
  });

  it("gives the program what is piped in, to its end", async () => {
    const input = "x".repeat(1_000_000);
    const { stdout, stderr, code } = await view.runWith({ input }, "exec", "web", SPEAKS, "echoes");
    expect(stdout).toBe(input);
    expect(stderr).toBe("1000000 bytes\n");
    expect(code).toBe(0);
  });

  it("sets variables, by value or with the one from here", async () => {
    const given = await workspace.run("exec", "-e", "COLOUR=dark green", "web", SPEAKS, "env", "COLOUR");
    expect(given.stdout).toBe("dark green\n");
    const here = await view.runWith(
      { env: { COLOUR: "from here" } },
      "exec",
      "-e",
      "COLOUR",
      "web",
      SPEAKS,
      "env",
      "COLOUR",
    );
    expect(here.stdout).toBe("from here\n");
  });

  it("runs in the folder and as the user that it is told, without a terminal where there is none", async () => {
    const { stdout } = await workspace.run("exec", "-w", "/devenv/bin", "-u", "1234", "web", SPEAKS, "whereabouts");
    expect(stdout).toBe("/devenv/bin 1234 terminal=false\n");
  });

  it("leaves the program's own options alone, also those that devenv has", async () => {
    const { stdout } = await workspace.run("exec", "web", SPEAKS, "says", "--json", "-e", "--help");
    expect(stdout).toBe("--json\n-e\n--help\n");
    const failing = await workspace.run("exec", "nope", SPEAKS, "says", "--json");
    expect(failing.stdout).toBe("");
    expect(failing.stderr).toContain("has no service nope");
  });

  it("names the shell that every container has where the image has none", async () => {
    const { code, output, stderr } = await workspace.run("exec", "web", "sh");
    expect(output).toContain('"sh": executable file not found');
    expect(stderr).toContain("→ `devenv exec web /devenv/init/busybox sh` is a shell");
    // Docker 20.10 has the one, newer ones the other.
    expect([126, 127]).toContain(code);
    const shell = await workspace.run("exec", "web", "/devenv/init/busybox", "sh", "-c", "echo $0 $((6 * 7))");
    expect(shell.stdout).toBe("sh 42\n");
  });

  it("says what to do where the service does not run", async () => {
    await view.docker("stop", "-t", "1", `${workspace.cluster}-web-1`);
    const { code, stderr } = await workspace.run("exec", "web", SPEAKS, "says", "hello");
    expect(stderr).toMatch(/✖ web does not run: Exited \(\d+\)/);
    expect(stderr).toContain("→ Bring it up with `devenv up test`.");
    expect(code).toBe(1);
    expect((await workspace.run("up")).code).toBe(0);
  });

  it("ends on Ctrl-C with 130", async () => {
    const running = begin(workspace, ["exec", "web", "/devenv/init/busybox", "sh", "-c", "echo runs; sleep 60"]);
    await running.until(/^runs$/);
    expect((await running.end("SIGINT")).code).toBe(130);
  });
});
