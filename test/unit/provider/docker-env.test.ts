import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { systemProcesses } from "../../../src/host/process.ts";
import type { Address, Endpoint } from "../../../src/model/endpoint.ts";
import { detectShell, dockerEnv, dockerVariables } from "../../../src/provider/docker-env.ts";

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

/** What a shell has in the three variables after it ran the code. */
async function evaluated(shell: string, code: string, before: Record<string, string> = {}): Promise<string[]> {
  const names = ["DOCKER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"];
  const show = names.map((name) => `printf '%s\\0' "$\{${name}-unset}"`).join("\n");
  const { stdout } = await systemProcesses.run(shell, ["-c", `${code}\n${show}`], { env: before });
  return stdout.split("\0").slice(0, -1);
}

describe("docker-env", () => {
  it("points a shell at a socket, whatever is in its path", async () => {
    const path = `/home/o'neil $HOME/\`x\` "y" \\z;&\n#/docker.sock`;
    for (const shell of ["bash", "sh"]) {
      expect(await evaluated(shell, dockerEnv(socket(path), "bash", false))).toEqual([
        `unix://${path}`,
        "unset",
        "unset",
      ]);
    }
  });

  it("survives any path in bash", async () => {
    const paths = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !text.includes("\0"));
    await fc.assert(
      fc.asyncProperty(paths, async (text) => {
        expect((await evaluated("bash", dockerEnv(socket(`/${text}`), "bash", false)))[0]).toBe(`unix:///${text}`);
      }),
      { numRuns: 15 },
    );
  });

  it("gives certificates to a daemon with TLS, and takes another daemon's away", async () => {
    const before = { DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/old" };
    expect(await evaluated("bash", dockerEnv(REMOTE, "bash", false))).toEqual([
      "tcp://10.0.0.1:2376",
      "1",
      "/home/me/cert s",
    ]);
    expect(await evaluated("bash", dockerEnv(socket("/d.sock"), "bash", false), before)).toEqual([
      "unix:///d.sock",
      "unset",
      "unset",
    ]);
  });

  it("unsets what it set", async () => {
    const before = { DOCKER_HOST: "unix:///d.sock", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/old" };
    expect(await evaluated("bash", dockerEnv(REMOTE, "bash", true), before)).toEqual(["unset", "unset", "unset"]);
  });

  it("works in an eval without quotes, which joins the lines", async () => {
    const code = `eval $(printf %s '${dockerEnv(REMOTE, "bash", false).replaceAll("'", "'\\''")}')`;
    expect((await evaluated("bash", code))[0]).toBe("tcp://10.0.0.1:2376");
  });

  it("quotes for fish", () => {
    expect(dockerEnv(socket("/a'b\\c d"), "fish", false)).toBe(
      [
        "set -gx DOCKER_HOST 'unix:///a\\'b\\\\c d';",
        "set -e DOCKER_TLS_VERIFY;",
        "set -e DOCKER_CERT_PATH;",
        "# Run: devenv docker-env --shell fish | source",
        "",
      ].join("\n"),
    );
  });

  it("quotes for PowerShell, which takes typographic quotes for quotes", () => {
    expect(dockerEnv(socket("/a'b\u2019c $d"), "powershell", false)).toBe(
      [
        "$Env:DOCKER_HOST = 'unix:///a''b\u2019\u2019c $d';",
        "Remove-Item Env:\\DOCKER_TLS_VERIFY -ErrorAction SilentlyContinue;",
        "Remove-Item Env:\\DOCKER_CERT_PATH -ErrorAction SilentlyContinue;",
        "# Run: devenv docker-env --shell powershell | Out-String | Invoke-Expression",
        "",
      ].join("\n"),
    );
  });

  it("says how to unset, when it unsets", () => {
    expect(dockerEnv(REMOTE, "zsh", true)).toContain('# Run: eval "$(devenv docker-env --shell zsh --unset)"');
  });

  it("gives the values as data too", () => {
    expect(dockerVariables(socket("/d.sock"))).toEqual({
      DOCKER_HOST: "unix:///d.sock",
      DOCKER_TLS_VERIFY: null,
      DOCKER_CERT_PATH: null,
    });
  });
});

it.each([
  ["/usr/bin/zsh", "zsh"],
  ["/usr/bin/fish", "fish"],
  ["/opt/microsoft/powershell/7/pwsh", "powershell"],
  ["pwsh.exe", "powershell"],
  ["/bin/bash", "bash"],
  ["/bin/dash", "bash"],
  [undefined, "bash"],
])("takes %s for %s", (path, shell) => {
  expect(detectShell(path)).toBe(shell);
});
