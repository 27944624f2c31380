import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { eventually } from "../harness/eventually.ts";
import { openTerminal, type Terminal } from "../harness/terminal.ts";
import { CLI, makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

describe("Ctrl-C on a terminal", () => {
  let workspace: TestWorkspace;
  let view: ClusterView;
  let terminal: Terminal;

  beforeAll(async () => {
    workspace = await makeWorkspace([{ name: "web" }, { name: "other" }], `unix://${inject("dockerSocket")}`);
    view = viewOf(workspace);
    await view.editProfile("[/devenv/bin/web]", "[/devenv/bin/web]\n    environment: { PORT: '9090' }");
    await view.editProfile("within: 5s", "within: 60s");
    terminal = await openTerminal({ columns: 100, rows: 24, cwd: workspace.folder, env: workspace.env });
  });
  // The last one closes the terminal.
  afterAll(() => workspace.remove());

  /** Types a command that runs devenv, and after it its exit code. */
  const enter = async (args: string) => {
    await terminal.type(`clear; ${process.execPath} ${CLI} ${args}; echo "ended with $?"`);
    await terminal.press("Enter");
  };

  it("ends a waiting up with 130, and leaves the screen and the cursor as they were", async () => {
    await enter("up");
    await terminal.until(/web .*wait for web/);
    await terminal.press("C-c");
    const screen = await terminal.until(/ended with 130\n\$$/m);
    expect(screen).toContain("✖ interrupted");
    expect(await terminal.state()).toEqual({ isAlternate: false, hasCursor: true });
    // What is typed is seen again, once.
    await terminal.type("echo typed");
    expect(await terminal.until(/echo typed/)).not.toContain("echo typedecho");
    await terminal.press("Enter");
  });

  it("goes to the program in exec, and not to devenv", async () => {
    await view.editProfile("'9090'", "'8080'");
    expect((await workspace.run("up")).code).toBe(0);
    await enter("exec web /devenv/init/busybox sh");
    await terminal.until(/^\/ #$/m);
    // Its size comes to a terminal once there is a program in it.
    await terminal.type(
      "trap 'echo caught; exit 7' INT; until stty size | grep '24 100'; do :; done; while :; do sleep 1; done",
    );
    await terminal.press("Enter");
    await terminal.until(/^24 100$/m);
    await terminal.press("C-c");
    await terminal.until(/^(\^C)?caught$/m);
    await terminal.until(/ended with 7\n\$$/m);
    expect(await terminal.state()).toEqual({ isAlternate: false, hasCursor: true });
  });

  it("ends followed logs with 130", async () => {
    await enter("logs -f web");
    await terminal.until(/ci listens/);
    await terminal.press("C-c");
    const screen = await terminal.until(/ended with 130/);
    expect(screen).not.toContain("✖");
  });

  it("is what a terminal that is closed comes to: the old container is back, and answers", async () => {
    const before = (await view.container("web"))?.Id;
    await view.editProfile("'8080'", "'9090'");
    await enter("up");
    await terminal.until(/web .*replace web/);
    await eventually(
      () => view.container("web"),
      (web) => web?.State.Status === "running" && web.Id !== before,
    );
    await terminal.close();
    await eventually(
      () => view.answer("web"),
      (said) => said === "ci",
    );
    expect((await view.container("web"))?.Id).toBe(before);
    await eventually(view.containers, (names) => names.length === 2);
  });
});
