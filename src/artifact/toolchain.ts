import { createHash } from "node:crypto";
import type { Processes } from "../host/process.ts";
import type { Platform } from "../model/artifact.ts";
import type { Builder } from "../model/builder.ts";
import type { Service } from "../model/profile.ts";
import { flagsOf } from "./go-build.ts";

export interface ToolchainOptions {
  readonly processes: Processes;
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  readonly signal?: AbortSignal | undefined;
}

type Buildable = Pick<Service, "image" | "artifact"> & { readonly repo: string; readonly build: Builder };

/** Raised when devenv builds otherwise from the same: then no earlier build is what a new one would be. */
const EDITION = 1;

/**
 * What decides a build's result besides its sources, as a SHA-256: the builder with all its keys, the platform, the
 * versions of the tools and the variables that they heed. For what is no `go` build, every variable may matter but those
 * of the terminal and the session, and so may the commit that is checked out, which scripts like to write into things.
 * Undefined where a tool cannot be asked: then nothing may be taken for the same.
 */
export async function toolchainOf(
  service: Buildable,
  platform: Platform,
  options: ToolchainOptions,
): Promise<string | undefined> {
  const { image, artifact, repo, build } = service;
  const said = await Promise.all(
    questions(build).map(async ([command, ...args]) => {
      const env = build.kind === "go" ? goEnvironment(build.cgo, platform, build.env) : build.env;
      const { signal } = options;
      const finished = await options.processes.run(command, args, { cwd: repo, env, ...(signal && { signal }) });
      // A repository without a commit, or no repository at all, is as good an answer.
      return finished.code === 0 ? finished.stdout : command === "git" ? "" : undefined;
    }),
  );
  options.signal?.throwIfAborted();
  if (said.includes(undefined)) return undefined;
  const flags = build.kind === "go" ? flagsOf({ service, platform }, build) : [];
  const variables = build.kind === "go" ? [] : lasting(options.environment);
  const all = [
    EDITION,
    repo,
    image,
    artifact,
    build,
    flags,
    platform,
    variables,
    said.map((text) => stable(text ?? "")),
  ];
  return createHash("sha256").update(JSON.stringify(all)).digest("hex");
}

const HEAD = ["git", "rev-parse", "--verify", "--quiet", "HEAD"] as const;

function questions(build: Builder): readonly (readonly [string, ...string[]])[] {
  switch (build.kind) {
    case "go":
      return [["go", "env"], ...(build.cgo ? [["sh", "-c", '"$(go env CC)" --version'] as const] : [])];
    case "cargo":
      return [["cargo", "--version", "--verbose"], ["rustc", "--version", "--verbose"], HEAD];
    case "node":
      return [["node", "--version"], HEAD];
    case "command":
      return [HEAD];
    default:
      return build satisfies never;
  }
}

const goEnvironment = (cgo: boolean, { os, arch }: Platform, env: Builder["env"]) => ({
  ...{ GOOS: os, GOARCH: arch, CGO_ENABLED: cgo ? "1" : "0" },
  ...env,
});

/** `go env` names a temporary folder in the flags for gcc, which are made from the other variables. */
const stable = (said: string): string => said.replace(/^GOGCCFLAGS=.*$/m, "");

/** Variables of a terminal, a session or a shell, which are others each time and make no other build. */
const FLEETING =
  /^(_|PWD|OLDPWD|SHLVL|TERM|TERM_.*|COLORTERM|COLUMNS|LINES|WINDOWID|DISPLAY|WAYLAND_DISPLAY|TTY|GPG_TTY|PS\d|HISTFILE|HISTSIZE|TMUX.*|STY|SSH_.*|XDG_(SESSION|SEAT|VTNR|RUNTIME).*|DBUS_.*|INVOCATION_ID|JOURNAL_STREAM|MAIL|PPID|LS_COLORS|VSCODE_.*|ITERM.*|KITTY.*|ALACRITTY.*|DESKTOP_.*|SESSION_MANAGER|npm_.*|INIT_CWD)$/;

const lasting = (environment: Readonly<NodeJS.ProcessEnv>): readonly (readonly [string, string | undefined])[] =>
  Object.entries(environment)
    .filter(([name]) => !FLEETING.test(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
