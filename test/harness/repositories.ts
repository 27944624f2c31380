import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Finished, systemProcesses } from "../../src/host/process.ts";
import { CLI } from "./workspace.ts";

/** Files by path; a null takes one away, `-> target` makes a symbolic link. */
export type Files = Readonly<Record<string, string | null>>;

/** A report of `pull-all --json`, as far as the tests look at it. */
export interface Report {
  readonly repositories: readonly ReportRow[];
}

export interface ReportRow {
  readonly name: string;
  readonly outcome: string;
  readonly words?: string;
  readonly command?: string | null;
  readonly reason?: { readonly kind: string };
  readonly move?: { readonly count: number; readonly files: number; readonly authors: string[]; readonly to: string };
  readonly hooks?: string;
  readonly branches: readonly { readonly branch: string }[];
  readonly services: readonly string[];
}

/** A team: bare repositories that everyone pushes to, and one developer's workspace with clones of them. */
export interface Team {
  readonly folder: string;
  readonly workspace: string;
  readonly env: Readonly<Record<string, string>>;
  /** Absolute path of a clone. */
  at(name: string): string;
  /** Absolute path of the bare repository that a clone comes from. */
  origin(name: string): string;
  /** Makes a repository with a first commit on main, and the developer's clone of it. */
  repository(name: string, files?: Files): Promise<string>;
  /** A colleague pushes a commit. */
  push(name: string, files: Files, subject?: string, branch?: string): Promise<void>;
  /** So many repositories r1, r2, … in `folder` of the workspace, each with an address made of its origin's path. */
  many(count: number, folder: string, url: (origin: string) => string): Promise<void>;
  /** Runs git in a clone; throws with its words when it fails. */
  git(name: string, ...args: readonly string[]): Promise<string>;
  write(name: string, files: Files): Promise<void>;
  commit(name: string, files: Files, subject?: string): Promise<void>;
  /** All that is the developer's, by what it is: files, index, refs (but those that follow a remote), stash, configuration. */
  snapshot(name: string): Promise<Readonly<Record<string, string>>>;
  /** `devenv pull-all`. */
  pullAll(...args: readonly string[]): Promise<Finished>;
  /** The same with `--json`, as rows by name, and the exit code. */
  report(...args: readonly string[]): Promise<{ code: number | undefined; row: (name: string) => ReportRow }>;
  remove(): Promise<void>;
}

export async function makeTeam(more: Readonly<Record<string, string>> = {}): Promise<Team> {
  const folder = await mkdtemp(join(tmpdir(), "devenv-team-"));
  const workspace = join(folder, "work");
  await mkdir(workspace);
  await writeFile(join(workspace, "devenv.yaml"), "");
  const env = { ...(await ownConfiguration(folder)), ...more };
  const at = (name: string) => join(workspace, name);
  const origin = (name: string) => join(folder, "origin", `${plain(name)}.git`);
  const colleague = (name: string) => join(folder, "colleague", plain(name));
  const gitIn = async (cwd: string, ...args: readonly string[]) => {
    const { code, stdout, output } = await systemProcesses.run("git", args, { cwd, env });
    if (code !== 0) throw new Error(`git ${args.join(" ")}: ${output}`);
    return stdout.trim();
  };
  const commitIn = async (cwd: string, files: Files, subject: string) => {
    await writeAll(cwd, files);
    await gitIn(cwd, "add", "--all");
    await gitIn(cwd, "commit", "--quiet", "--message", subject);
  };
  const repository = async (name: string, files: Files = { "README.md": `# ${name}\n` }) => {
    await gitIn(folder, "init", "--quiet", "--bare", origin(name));
    await gitIn(folder, "clone", "--quiet", origin(name), colleague(name));
    await commitIn(colleague(name), files, "first");
    await gitIn(colleague(name), "push", "--quiet", "--set-upstream", "origin", "main");
    await gitIn(folder, "clone", "--quiet", origin(name), at(name));
    return at(name);
  };
  const pullAll = (...args: readonly string[]) =>
    systemProcesses.run(process.execPath, [CLI, "pull-all", ...args], { cwd: workspace, env, timeoutMs: 90_000 });
  return {
    folder,
    workspace,
    env,
    at,
    origin,
    repository,
    async push(name, files, subject = "next", branch = "main") {
      const place = colleague(name);
      const known = await gitIn(place, "branch", "--list", branch);
      await gitIn(place, "switch", "--quiet", ...(known === "" ? ["--create"] : []), branch);
      await commitIn(place, files, subject);
      await gitIn(place, "push", "--quiet", "--set-upstream", "origin", branch);
    },
    async many(count, below, url) {
      const script = `mkdir -p "work/$BELOW"; test -d origin/seed.git || exit 1
        for i in $(seq 1 ${count}); do
          test -d origin/r$i.git || cp -r origin/seed.git origin/r$i.git
          test -d colleague/r$i || cp -r colleague/seed colleague/r$i
          cp -r work/seed "work/$BELOW/r$i"
          git -C "work/$BELOW/r$i" config remote.origin.url "$(printf "$URL" "$PWD/origin/r$i.git")"
          git -C colleague/r$i config remote.origin.url "$PWD/origin/r$i.git"
        done`;
      if (!existsSync(at("seed"))) await repository("seed");
      const options = { cwd: folder, env: { ...env, URL: url("%s"), BELOW: below } };
      const { code, output } = await systemProcesses.run("sh", ["-c", script], options);
      if (code !== 0) throw new Error(output);
    },
    git: (name, ...args) => gitIn(at(name), ...args),
    write: (name, files) => writeAll(at(name), files),
    commit: (name, files, subject = "mine") => commitIn(at(name), files, subject),
    snapshot: (name) => snapshot(at(name), gitIn),
    pullAll,
    async report(...args) {
      const { code, stdout, output } = await pullAll("--json", ...args);
      const report = parse(stdout, output);
      const row = (name: string) => {
        const found = report.repositories.find((each) => each.name === name);
        if (found === undefined) throw new Error(`no ${name} in ${stdout}`);
        return found;
      };
      return { code, row };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Of a clone that lies beside the workspace, too. */
const plain = (name: string): string => name.replace(/^(\.\.\/)+/, "");

function parse(stdout: string, output: string): Report {
  try {
    return JSON.parse(stdout) as Report;
  } catch {
    throw new Error(`no report: ${output}`);
  }
}

/** Nothing of the machine's configuration, and a name to commit under. */
async function ownConfiguration(folder: string): Promise<Record<string, string>> {
  const config = join(folder, "gitconfig");
  const lines = [
    "[user]",
    "name = Ada",
    "email = ada@example.org",
    "[init]",
    "defaultBranch = main",
    '[protocol "file"]',
    "allow = always",
  ];
  await writeFile(config, `${lines.join("\n")}\n`);
  const xdg = Object.fromEntries(
    ["CACHE", "STATE", "CONFIG"].map((name) => [`XDG_${name}_HOME`, join(folder, ".xdg")]),
  );
  return { ...xdg, HOME: folder, GIT_CONFIG_GLOBAL: config, GIT_CONFIG_NOSYSTEM: "1", NO_COLOR: "1", DEVENV_ROOT: "" };
}

async function writeAll(folder: string, files: Files): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    await rm(path, { recursive: true, force: true });
    if (content === null) continue;
    await mkdir(dirname(path), { recursive: true });
    if (content.startsWith("-> ")) await symlink(content.slice(3), path);
    else await writeFile(path, content);
  }
}

type GitIn = (cwd: string, ...args: readonly string[]) => Promise<string>;

async function snapshot(path: string, gitIn: GitIn): Promise<Record<string, string>> {
  const gitDir = await gitIn(path, "rev-parse", "--absolute-git-dir");
  const refs = await gitIn(
    path,
    "for-each-ref",
    "--format=%(refname) %(objectname)",
    "refs/heads",
    "refs/tags",
    "refs/stash",
  );
  const own = [
    "HEAD",
    "index",
    "config",
    "logs/refs/stash",
    "MERGE_HEAD",
    "CHERRY_PICK_HEAD",
    "BISECT_LOG",
    "index.lock",
  ];
  const kept = await Promise.all(own.map(async (name) => [`.git/${name}`, await hashOf(join(gitDir, name))]));
  return { refs, ...Object.fromEntries(kept), ...(await filesIn(path, "")) };
}

/** Content, mode and kind of every file below a folder, git's own left out. */
async function filesIn(top: string, below: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(join(top, below), { withFileTypes: true })) {
    const name = join(below, entry.name);
    if (entry.name === ".git") continue;
    if (entry.isDirectory()) Object.assign(found, { [`${name}/`]: "folder" }, await filesIn(top, name));
    else found[name] = `${(await lstat(join(top, name))).mode.toString(8)} ${await hashOf(join(top, name))}`;
  }
  return found;
}

async function hashOf(path: string): Promise<string> {
  const facts = await lstat(path).catch(() => undefined);
  if (facts === undefined) return "none";
  const content = facts.isSymbolicLink() ? await readlink(path) : await readFile(path);
  return createHash("sha256").update(content).digest("hex");
}
