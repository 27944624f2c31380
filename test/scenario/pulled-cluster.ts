import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { inject } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import { type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

/** Three services that are built here, and two of CI's; all of them made of one shared repository. */
export const LOCAL = ["books", "authors", "reviews"] as const;
const CI = ["web", "search"] as const;
/** Their repository, and that of the profile around it. */
export const SHOP = "repos/shop";

/** A cluster whose code and profile lie in repositories that a colleague pushes to, too. */
export interface PulledCluster extends TestWorkspace, ClusterView {
  /** A colleague changes files of a repository (`SHOP`, or `.`) and pushes. */
  push(repository: string, files: Readonly<Record<string, string>>): Promise<void>;
  /** The files with which every service says a text. */
  saying(text: string): Readonly<Record<string, string>>;
  /** `devenv pull-all --json`: the lines of its output, and its exit code. */
  pullAll(...args: string[]): Promise<{ readonly code: number | undefined; readonly lines: readonly PullLine[] }>;
}

/** A line of `pull-all --json`, as far as the tests look at it. */
export interface PullLine {
  readonly type: string;
  readonly cluster?: string;
  readonly services?: readonly { service: string; outcome: string; from: string | null; to: string | null }[];
  readonly local?: readonly string[];
  readonly watcher?: string | null;
  readonly command?: string | null;
  readonly rebuilt?: readonly { service: string; outcome: string; failure?: { message: string } }[] | null;
  readonly profile?: { is: string; changed?: string[]; failure?: { message: string } } | null;
  readonly repositories?: readonly { name: string; outcome: string; services: readonly string[] }[];
}

const program = (service: string, first = "") => `package main

import (
	"fmt"
	"net/http"

	"shop/motto"
)

func main() {
	${first}
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "${service} says "+motto.Text) })
	panic(http.ListenAndServe(":8080", nil))
}
`;

/** A main.go of a service that ends at its start. */
export const crashing = (service: string) => program(service, `panic("from the pull")`);
export const wellBehaved = (service: string) => program(service);

/** Brings it up. @param every `x-devenv.repos_every` */
export async function pulledCluster(every?: string): Promise<PulledCluster> {
  const local = "      mode: local\n      settle: 1s\n      ready: { http: /healthz, port: 8080, within: 10s }";
  const recipes = [...LOCAL.map((name) => ({ name, devenv: local })), ...CI.map((name) => ({ name }))];
  const workspace = await makeWorkspace(recipes, `unix://${inject("dockerSocket")}`);
  const { folder, profile } = workspace;
  const git = async (cwd: string, ...args: string[]) => {
    const identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main"];
    const { code, output } = await systemProcesses.run("git", [...identity, ...args], { cwd });
    if (code !== 0) throw new Error(`git ${args.join(" ")}: ${output}`);
  };
  const write = async (top: string, files: Readonly<Record<string, string>>) => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(top, path)), { recursive: true });
      await writeFile(join(top, path), text);
    }
  };
  const colleague = (name: string) => join(folder, ".others", name === "." ? "workspace" : "shop");
  /** What lies there becomes a repository with an origin, and a colleague's clone of it. */
  const share = async (name: string) => {
    const [here, origin] = [join(folder, name), `${colleague(name)}.git`];
    await git(folder, "init", "-q", "--bare", origin);
    await git(here, "init", "-q");
    await git(here, "add", "--all");
    await git(here, "commit", "-qm", "first");
    await git(here, "remote", "add", "origin", origin);
    await git(here, "push", "-q", "-u", "origin", "main");
    await git(folder, "clone", "-q", origin, colleague(name));
  };
  const saying = (text: string) => ({ "motto/motto.go": `package motto\n\nconst Text = ${JSON.stringify(text)}\n` });
  await rm(join(folder, "repos"), { recursive: true });
  const programs = [...LOCAL, ...CI].map((name) => [`cmd/${name}/main.go`, program(name)] as const);
  await write(join(folder, SHOP), {
    "go.mod": "module shop\n\ngo 1.19\n",
    ...saying("first"),
    ...Object.fromEntries(programs),
  });
  const text = (await readFile(profile, "utf8")).replace(/repo: repos\/.*/g, `repo: ${SHOP}`);
  const timing = every === undefined ? "" : `  repos_every: ${every}\n`;
  await writeFile(profile, text.replace("x-devenv:\n  provider", `x-devenv:\n${timing}  provider`));
  await write(folder, { ".gitignore": "/repos/\n/ci/\n/.xdg/\n/.others/\n" });
  await share(SHOP);
  await share(".");
  const up = await workspace.run("up");
  if (up.code !== 0) throw new Error(`the cluster does not come up:\n${up.output}`);
  return {
    ...workspace,
    ...viewOf(workspace),
    saying,
    async push(name, files) {
      await write(colleague(name), files);
      await git(colleague(name), "add", "--all");
      await git(colleague(name), "commit", "-qm", "next");
      await git(colleague(name), "push", "-q");
    },
    async pullAll(...args) {
      const { code, stdout } = await workspace.run("pull-all", "--json", ...args);
      return {
        code,
        lines: stdout
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line) as PullLine),
      };
    },
  };
}
