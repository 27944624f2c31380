import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemProcesses } from "../../../src/host/process.ts";
import type { Address, Endpoint } from "../../../src/model/endpoint.ts";
import { detectShell, dockerEnv, dockerVariables, type Shell, shellNamed } from "../../../src/provider/docker-env.ts";

const endpoint = (address: Address): Endpoint => ({
  provider: "docker",
  address,
  platform: { os: "linux", arch: "amd64" },
  mountsHostFolders: true,
  reachesContainers: true,
  sharesSockets: true,
  publishedOn: "127.0.0.1",
  version: "28.1.1",
});
const socket = (path: string) => endpoint({ kind: "unix", path });
const tls = { ca: "", cert: "", key: "", folder: "/home/me/cert s" };
const REMOTE = endpoint({ kind: "tcp", host: "10.0.0.1", port: 2376, tls });

const NAMES = ["DOCKER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"] as const;
const set = { unset: false };
const unset = { unset: true };

/** How a person of a shell has the code in a file carried out, as its last line says, and then prints a variable. */
interface RealShell {
  readonly shell: Shell;
  /** The program, where it is called otherwise. */
  readonly program?: string;
  readonly args?: readonly string[];
  /** @param file holds the code; `devenv docker-env` would print it */
  readonly script: (file: string) => string;
}

/** Not a shell's own, and with a zero byte after each value, so that line breaks are seen. */
const PRINT = `/usr/bin/printenv -0 ${NAMES.join(" ")}`;
const REAL_SHELLS: readonly RealShell[] = [
  { shell: "bash", script: (file) => `eval "$(cat ${file})"; ${PRINT}` },
  { shell: "sh", program: "dash", script: (file) => `eval "$(cat ${file})"; ${PRINT}` },
  { shell: "sh", program: "busybox", args: ["sh"], script: (file) => `eval "$(cat ${file})"; ${PRINT}` },
  { shell: "zsh", script: (file) => `eval "$(cat ${file})"; ${PRINT}` },
  { shell: "fish", script: (file) => `cat ${file} | source; ${PRINT}` },
  { shell: "tcsh", args: ["-f"], script: (file) => `eval "\`cat ${file}\`"; ${PRINT}` },
  { shell: "csh", args: ["-f"], script: (file) => `eval "\`cat ${file}\`"; ${PRINT}` },
  { shell: "elvish", script: (file) => `eval (cat ${file} | slurp); try { ${PRINT} } catch e { }` },
];

/** Every character that means something to one of these shells. */
const PATH = `/home/o'neil $HOME/\`x\` "y" \\z;&!a !! #b*[?]{q,r}~ %PATH% \u2019 é|<>()^=\ttab/docker.sock`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "devenv-shells-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The variables that are set when a shell has run the code: those that are not are left out. */
async function evaluated(
  { shell, program = shell, args = [], script }: RealShell,
  code: string,
  before: Record<string, string> = {},
): Promise<string[]> {
  const file = join(folder, "code");
  writeFileSync(file, code);
  const { stdout, stderr, missing } = await systemProcesses.run(program, [...args, "-c", script(file)], {
    env: { ...Object.fromEntries(NAMES.map((name) => [name, undefined])), LC_ALL: "C.UTF-8", ...before },
  });
  expect({ missing, stderr }).toEqual({ missing: false, stderr: "" });
  return stdout.split("\0").slice(0, -1);
}

/** In the form that the test's own shell is asked in. */
const BASH = REAL_SHELLS[0] as RealShell;

/** Which of them are not here: a test that is skipped says so. `scripts/prerequisites --for test` brings all but elvish. */
const missing = new Set<RealShell>();
for (const real of REAL_SHELLS) {
  const { shell, program = shell, args = [] } = real;
  if ((await systemProcesses.run(program, [...args, "-c", "exit 0"])).missing) missing.add(real);
}

for (const real of REAL_SHELLS)
  describe.skipIf(missing.has(real))(`the code for ${real.program ?? real.shell}`, () => {
    it("points it at a socket, whatever is in its path", async () => {
      expect(await evaluated(real, dockerEnv(socket(PATH), real.shell, set))).toEqual([`unix://${PATH}`]);
    });

    it("gives certificates to a daemon with TLS, and takes another daemon's away", async () => {
      expect(await evaluated(real, dockerEnv(REMOTE, real.shell, set))).toEqual([
        "tcp://10.0.0.1:2376",
        "1",
        "/home/me/cert s",
      ]);
      const before = { DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/old" };
      expect(await evaluated(real, dockerEnv(socket("/d.sock"), real.shell, set), before)).toEqual(["unix:///d.sock"]);
    });

    it("unsets what it set, and what was not set", async () => {
      const before = { DOCKER_HOST: "unix:///d.sock", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/old" };
      expect(await evaluated(real, dockerEnv(REMOTE, real.shell, unset), before)).toEqual([]);
      expect(await evaluated(real, dockerEnv(REMOTE, real.shell, unset))).toEqual([]);
    });
  });

describe("docker-env", () => {
  it("survives any path in bash, line breaks included", async () => {
    const paths = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !text.includes("\0"));
    await fc.assert(
      fc.asyncProperty(paths, async (text) => {
        expect(await evaluated(BASH, dockerEnv(socket(`/${text}\n`), "bash", set))).toEqual([`unix:///${text}\n`]);
      }),
      { numRuns: 15 },
    );
  });

  it("works in an eval without quotes, which joins the lines", async () => {
    const unquoted = { ...BASH, script: (file: string) => `eval $(cat ${file}); ${PRINT}` };
    expect((await evaluated(unquoted, dockerEnv(REMOTE, "bash", set)))[0]).toBe("tcp://10.0.0.1:2376");
  });

  it("quotes for PowerShell, which takes typographic quotes for quotes", () => {
    expect(dockerEnv(socket("/a'b\u2019c $d"), "powershell", set)).toBe(
      [
        "$Env:DOCKER_HOST = 'unix:///a''b\u2019\u2019c $d';",
        "Remove-Item Env:\\DOCKER_TLS_VERIFY -ErrorAction SilentlyContinue;",
        "Remove-Item Env:\\DOCKER_CERT_PATH -ErrorAction SilentlyContinue;",
        "# Run: devenv docker-env --shell powershell | Out-String | Invoke-Expression",
        "",
      ].join("\n"),
    );
  });

  it("writes for cmd what FOR hands on", () => {
    expect(dockerEnv(socket("/a'b & c"), "cmd", set)).toBe(
      [
        `SET "DOCKER_HOST=unix:///a'b & c"`,
        'SET "DOCKER_TLS_VERIFY="',
        'SET "DOCKER_CERT_PATH="',
        `REM Run: @FOR /f "tokens=*" %i IN ('devenv docker-env --shell cmd') DO @%i`,
        "",
      ].join("\n"),
    );
  });

  it.each(["tcsh", "csh", "cmd"] as const)("writes nothing that %s would take for something else", (shell) => {
    const breaking = () => dockerEnv(socket("/a\nrm -rf /"), shell, set);
    expect(breaking).toThrow(expect.objectContaining({ class: "user", hint: expect.stringContaining("-o json") }));
  });

  it("says how to use it with what was given, and how to unset, when it unsets", () => {
    expect(dockerEnv(REMOTE, "zsh", { ...unset, given: " --profile books" })).toContain(
      '# Run: eval "$(devenv docker-env --shell zsh --profile books --unset)"',
    );
  });

  it("gives the values as data too", () => {
    expect(dockerVariables(socket("/d.sock"))).toEqual({
      DOCKER_HOST: "unix:///d.sock",
      DOCKER_TLS_VERIFY: null,
      DOCKER_CERT_PATH: null,
    });
  });
});

describe("the shell that a person uses", () => {
  it.each([
    [{ SHELL: "/usr/bin/zsh" }, "zsh"],
    [{ SHELL: "/usr/bin/fish" }, "fish"],
    [{ SHELL: "/bin/tcsh" }, "tcsh"],
    [{ SHELL: "/opt/microsoft/powershell/7/pwsh" }, "powershell"],
    [{ SHELL: "C:\\Program Files\\Git\\bin\\bash.exe", ComSpec: "cmd.exe" }, "bash"],
    [{ SHELL: "/bin/dash" }, "sh"],
    [{ SHELL: "/usr/bin/some-shell" }, "sh"],
    [{}, "sh"],
    [{ PSModulePath: "C:\\Modules", ComSpec: "C:\\Windows\\system32\\cmd.exe" }, "powershell"],
    [{ ComSpec: "C:\\Windows\\system32\\cmd.exe" }, "cmd"],
  ])("of %o is %s", (environment, shell) => {
    expect(detectShell(environment)).toBe(shell);
  });

  it("has other names, too", () => {
    expect(["pwsh", "ksh", "bash", "bahs"].map(shellNamed)).toEqual(["powershell", "sh", "bash", undefined]);
  });
});
