import { basename } from "node:path";
import { dockerHost, type Endpoint } from "../model/endpoint.ts";

/** The shells that `devenv docker-env` writes for. */
export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;
export type Shell = (typeof SHELLS)[number];

/** The variables that Docker's own client reads, with null for one that has to be unset. For `-o json` too. */
export type DockerVariables = Readonly<Record<"DOCKER_HOST" | "DOCKER_TLS_VERIFY" | "DOCKER_CERT_PATH", string | null>>;

/** The values that point Docker's client at an endpoint. DOCKER_HOST wins over any context, so that needs no change. */
export function dockerVariables({ address }: Endpoint): DockerVariables {
  const tls = address.kind === "tcp" ? address.tls : undefined;
  return {
    DOCKER_HOST: dockerHost(address),
    DOCKER_TLS_VERIFY: tls ? "1" : null,
    DOCKER_CERT_PATH: tls ? tls.folder : null,
  };
}

/**
 * Shell code that sets the variables, or unsets all of them, with a last line that says how to use it. Each command ends
 * in a semicolon, so that an `eval` without quotes, which joins the lines, works too.
 */
export function dockerEnv(endpoint: Endpoint, shell: Shell, unset: boolean): string {
  const write = WRITERS[shell];
  const lines = Object.entries(dockerVariables(endpoint)).map(([name, value]) =>
    unset || value === null ? write.unset(name) : write.set(name, value),
  );
  return `${[...lines, `# ${write.usage(unset ? " --unset" : "")}`].join("\n")}\n`;
}

/** The person's shell by the value of $SHELL; what is none of ours understands bash's code, like sh and dash. */
export function detectShell(shell: string | undefined): Shell {
  const name = basename(shell ?? "").replace(/\.exe$/i, "");
  if (name === "pwsh") return "powershell";
  return SHELLS.find((known) => known === name) ?? "bash";
}

interface Writer {
  set(name: string, value: string): string;
  unset(name: string): string;
  usage(flag: string): string;
}

const posix = (shell: string): Writer => ({
  // Inside single quotes nothing has a meaning but the quote itself.
  set: (name, value) => `export ${name}='${value.replaceAll("'", "'\\''")}';`,
  unset: (name) => `unset ${name};`,
  usage: (flag) => `Run: eval "$(devenv docker-env --shell ${shell}${flag})"`,
});

const WRITERS: Readonly<Record<Shell, Writer>> = {
  bash: posix("bash"),
  zsh: posix("zsh"),
  fish: {
    set: (name, value) => `set -gx ${name} '${value.replace(/[\\']/g, "\\$&")}';`,
    unset: (name) => `set -e ${name};`,
    usage: (flag) => `Run: devenv docker-env --shell fish${flag} | source`,
  },
  powershell: {
    // PowerShell takes the typographic quotes for quotes as well.
    set: (name, value) => `$Env:${name} = '${value.replace(/['\u2018\u2019\u201a\u201b]/g, "$&$&")}';`,
    unset: (name) => `Remove-Item Env:\\${name} -ErrorAction SilentlyContinue;`,
    usage: (flag) => `Run: devenv docker-env --shell powershell${flag} | Out-String | Invoke-Expression`,
  },
};
