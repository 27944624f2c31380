import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { giveSecrets, keep } from "../harness/secrets.ts";
import { openTerminal, type Terminal } from "../harness/terminal.ts";
import { CLI, makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

const dockerHost = `unix://${inject("dockerSocket")}`;
const devenv = `${process.execPath} ${CLI}`;

describe("secrets on a terminal", () => {
  let workspace: TestWorkspace;
  let terminal: Terminal;

  beforeAll(async () => {
    workspace = await makeWorkspace([{ name: "web", yaml: "    secrets: [api]" }], dockerHost);
    await giveSecrets(workspace, "{ command: sh vault.sh }", "\nsecrets:\n  api: { external: true }\n");
    const ask = "stty -echo; printf 'Vault password: ' > /dev/tty; read -r word < /dev/tty; stty echo; echo api=$word";
    await keep(workspace, "vault.sh", `${ask}; echo 'unsealed' >&2\n`);
    terminal = await openTerminal({ columns: 100, rows: 30, cwd: workspace.folder, env: workspace.env });
  });
  afterAll(async () => {
    await terminal.close();
    await workspace.remove();
  });

  it("a command for secrets may ask for a password there, and what it says is seen", async () => {
    await terminal.type(`${devenv} up; echo code $?`);
    await terminal.press("Enter");
    await terminal.until(/^Vault password:$/m);
    await terminal.type("open-sesame");
    await terminal.press("Enter");
    const screen = await terminal.until(/code \d/, 60_000);
    expect(screen).toContain("unsealed");
    expect(screen).toContain("code 0");
    expect(screen).not.toContain("open-sesame");
    const { stdout } = await workspace.run("exec", "web", "/devenv/init/busybox", "cat", "/run/secrets/api");
    expect(stdout).toBe("open-sesame");
  });

  it("Ctrl-C ends the asking, and nothing is started", async () => {
    await terminal.type(`clear; ${devenv} secrets check; echo code $?`);
    await terminal.press("Enter");
    // The one that is asked for now: what was on the screen before is cleared only by the shell.
    await terminal.until((screen) => /^Vault password:$/m.test(screen) && !screen.includes("code 0"));
    await terminal.press("C-c");
    await terminal.until(/code 130/);
  });
});
