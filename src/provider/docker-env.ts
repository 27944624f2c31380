import { dockerHost, type Endpoint } from "../model/endpoint.ts";
import { userFailure } from "../model/failure.ts";

/** The shells that `devenv docker-env` writes for. */
export const SHELLS = ["bash", "zsh", "sh", "fish", "tcsh", "csh", "powershell", "cmd", "elvish"] as const;
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

export interface ShellCode {
  /** Take the variables back rather than set them. */
  readonly unset: boolean;
  /** Words of the command line that led here, for the line that says how to use the code: ` --profile books`. */
  readonly given?: string;
}

/**
 * Shell code that sets the variables, or unsets all of them, with a last line that says how to use it. Each command ends
 * in a semicolon where shells have it, so that an `eval` without quotes, which joins the lines, works too.
 * @throws Failure (user) for a value that cannot be written in that shell: a path with a line break, say.
 */
export function dockerEnv(endpoint: Endpoint, shell: Shell, { unset, given = "" }: ShellCode): string {
  const write = WRITERS[shell];
  const lines = Object.entries(dockerVariables(endpoint)).map(([name, value]) =>
    unset || value === null ? write.unset(name) : write.set(name, writable(value, shell)),
  );
  const command = `devenv docker-env --shell ${shell}${given}${unset ? " --unset" : ""}`;
  return `${[...lines, write.usage(command)].join("\n")}\n`;
}

/** What these shells have no way to write; no path and no address that Docker makes has any of it. */
const UNWRITABLE: Partial<Record<Shell, RegExp>> = { tcsh: /[\r\n]/, csh: /[\r\n]/, cmd: /[\r\n"]/ };

function writable(value: string, shell: Shell): string {
  if (!UNWRITABLE[shell]?.test(value)) return value;
  throw userFailure(`${JSON.stringify(value)} cannot be written in ${shell}`, {
    hint: "`devenv docker-env -o json` has the values as data.",
  });
}

/** The person's shell by $SHELL, or what Windows sets in its place; what is none of ours understands the code of sh. */
export function detectShell(environment: Readonly<NodeJS.ProcessEnv>): Shell {
  const path = environment.SHELL;
  if (path) return shellNamed(path.replace(/^.*[\\/]/, "").replace(/\.exe$/i, "")) ?? "sh";
  if (environment.PSModulePath) return "powershell";
  return environment.ComSpec ? "cmd" : "sh";
}

/** The shell that a name means. */
export function shellNamed(name: string): Shell | undefined {
  if (name === "pwsh") return "powershell";
  if (["dash", "ash", "ksh", "mksh"].includes(name)) return "sh";
  return SHELLS.find((known) => known === name);
}

interface Writer {
  set(name: string, value: string): string;
  unset(name: string): string;
  /** The last line, which does nothing. */
  usage(command: string): string;
}

const POSIX: Writer = {
  // Inside single quotes nothing has a meaning but the quote itself.
  set: (name, value) => `export ${name}='${value.replaceAll("'", "'\\''")}';`,
  unset: (name) => `unset ${name};`,
  usage: (command) => `# Run: eval "$(${command})"`,
};

const CSH: Writer = {
  // The history's mark means something inside single quotes, too, unless a backslash stands before it.
  set: (name, value) => `setenv ${name} '${value.replaceAll("'", "'\\''").replaceAll("!", "\\!")}';`,
  unset: (name) => `unsetenv ${name};`,
  // At its prompt, and so in an eval there, it knows no comments.
  usage: (command) => `: 'Run: eval "\`${command}\`"';`,
};

const WRITERS: Readonly<Record<Shell, Writer>> = {
  bash: POSIX,
  zsh: POSIX,
  sh: POSIX,
  fish: {
    set: (name, value) => `set -gx ${name} '${value.replace(/[\\']/g, "\\$&")}';`,
    unset: (name) => `set -e ${name};`,
    usage: (command) => `# Run: ${command} | source`,
  },
  tcsh: CSH,
  csh: CSH,
  powershell: {
    // PowerShell takes the typographic quotes for quotes as well.
    set: (name, value) => `$Env:${name} = '${value.replace(/['\u2018\u2019\u201a\u201b]/g, "$&$&")}';`,
    unset: (name) => `Remove-Item Env:\\${name} -ErrorAction SilentlyContinue;`,
    usage: (command) => `# Run: ${command} | Out-String | Invoke-Expression`,
  },
  cmd: {
    // A line that FOR hands on is not searched for %VARIABLES% again, and the quotes keep & and its like as they are.
    set: (name, value) => `SET "${name}=${value}"`,
    unset: (name) => `SET "${name}="`,
    usage: (command) => `REM Run: @FOR /f "tokens=*" %i IN ('${command}') DO @%i`,
  },
  elvish: {
    set: (name, value) => `set-env ${name} '${value.replaceAll("'", "''")}';`,
    unset: (name) => `unset-env ${name};`,
    usage: (command) => `# Run: eval (${command} | slurp)`,
  },
};
