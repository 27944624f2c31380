import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import { CLI, makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

const dockerHost = `unix://${inject("dockerSocket")}`;

/** The shells that take the code as it is, where the machine has them; bash is on every one that runs these tests. */
const SHELLS: readonly (readonly [string, (devenv: string) => string])[] = [
  ["bash", (devenv) => `eval "$(${devenv} --shell bash)"; printf %s "$DOCKER_HOST"`],
  ["bash", (devenv) => `eval $(${devenv} --shell bash); printf %s "$DOCKER_HOST"`],
  ["zsh", (devenv) => `eval "$(${devenv} --shell zsh)"; printf %s "$DOCKER_HOST"`],
  ["fish", (devenv) => `${devenv} --shell fish | source; printf %s "$DOCKER_HOST"`],
  ["tcsh", (devenv) => `eval "\`${devenv} --shell tcsh\`"; printf %s "$DOCKER_HOST"`],
  [
    "pwsh",
    (devenv) => `${devenv} --shell powershell | Out-String | Invoke-Expression; Write-Host -NoNewline $Env:DOCKER_HOST`,
  ],
];

const missing = new Set<string>();
for (const [shell] of SHELLS) {
  if ((await systemProcesses.run(shell, ["-c", "exit 0"])).missing) missing.add(shell);
}

describe("devenv docker-env", () => {
  let workspace: TestWorkspace;
  beforeAll(async () => {
    workspace = await makeWorkspace([{ name: "web" }], dockerHost);
  });
  afterAll(() => workspace.remove());

  for (const [shell, script] of SHELLS) {
    it.skipIf(missing.has(shell))(
      `points Docker's client at the cluster's daemon in ${script("devenv docker-env")}`,
      async () => {
        // The daemon has to be found, but what the shell is left with must come from the code alone.
        const devenv = `env DOCKER_HOST=${dockerHost} ${process.execPath} ${CLI} docker-env`;
        const env = { ...workspace.env, DOCKER_HOST: "tcp://nowhere:1", SHELL: "/bin/sh" };
        const { stdout, stderr, code } = await systemProcesses.run(shell, ["-c", script(devenv)], {
          cwd: workspace.folder,
          env,
        });
        expect(stderr).toBe("");
        expect(stdout).toBe(dockerHost);
        expect(code).toBe(0);
      },
    );
  }

  it("takes it back with --unset", async () => {
    const devenv = `${process.execPath} ${CLI} docker-env`;
    const script = `eval "$(${devenv})"; eval "$(${devenv} --unset)"; printf %s "\${DOCKER_HOST-unset}"`;
    const { stdout } = await systemProcesses.run("bash", ["-c", script], { cwd: workspace.folder, env: workspace.env });
    expect(stdout).toBe("unset");
  });

  it("gives the variables as data with -o json and with --json", async () => {
    const variables = { DOCKER_HOST: dockerHost, DOCKER_TLS_VERIFY: null, DOCKER_CERT_PATH: null };
    expect(JSON.parse((await workspace.run("docker-env", "-o", "json")).stdout)).toEqual(variables);
    expect(JSON.parse((await workspace.run("docker-env", "--json")).stdout)).toEqual(variables);
  });

  it("writes for the shell that it is told, and says how to use it", async () => {
    const { stdout: fish } = await workspace.run("docker-env", "--shell", "fish");
    expect(fish).toContain(`set -gx DOCKER_HOST '${dockerHost}';`);
    expect(fish).toContain("# Run: devenv docker-env --shell fish | source");
    const { stdout: powershell } = await workspace.run("docker-env", "--shell", "powershell");
    expect(powershell).toContain(`$Env:DOCKER_HOST = '${dockerHost}';`);
  });

  it("refuses a shell and a format that it does not know", async () => {
    const shell = await workspace.run("docker-env", "--shell", "bahs");
    expect(shell.stderr).toContain("no shell called bahs is known");
    expect(shell.stderr).toContain("bash, zsh, sh, fish, tcsh, csh, powershell, cmd, elvish");
    expect(shell.code).toBe(2);
    const format = await workspace.run("docker-env", "-o", "jsn");
    expect(format.stderr).toContain("Allowed choices are json.");
    expect(format.code).toBe(2);
  });
});
