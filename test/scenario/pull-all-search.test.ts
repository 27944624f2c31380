import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeTeam, type Team } from "../harness/repositories.ts";

let team: Team;
beforeEach(async () => {
  team = await makeTeam();
});
afterEach(() => team.remove());

const namesOf = async (...args: string[]): Promise<string[]> => {
  const { stdout } = await team.pullAll("--json", ...args);
  return (JSON.parse(stdout) as { repositories: { name: string }[] }).repositories.map(({ name }) => name);
};

test("repositories are found under the workspace, its repos/, the roots of devenv.yaml and those that are named", async () => {
  for (const name of ["api", "repos/web", "../further/tool", "../more/extra", "repos/group/deep"]) {
    await team.repository(name);
  }
  await mkdir(join(team.workspace, "no-repository"));
  await symlink(team.at("api"), team.at("again"));
  await writeFile(join(team.workspace, "devenv.yaml"), "roots: [../further]\n");
  const [tool, extra] = [join(team.folder, "further/tool"), join(team.folder, "more/extra")];
  expect(await namesOf()).toEqual([tool, "api", "repos/web"]);
  expect(await namesOf("../more")).toEqual([tool, extra, "api", "repos/web"]);
  expect(await namesOf("../more/extra", "--depth", "2", "--exclude", "tool")).toEqual([
    extra,
    "api",
    "repos/group/deep",
    "repos/web",
  ]);
});

test("--only and --exclude take patterns of names, and a pattern that nothing fits is told", async () => {
  for (const name of ["api", "repos/web", "repos/web-admin"]) await team.repository(name);
  expect(await namesOf("--only", "web*")).toEqual(["repos/web", "repos/web-admin"]);
  expect(await namesOf("--only", "repos/*", "--exclude", "*-admin")).toEqual(["repos/web"]);
  const { code, output } = await team.pullAll("--only", "wbe");
  expect(code).toBe(2);
  expect(output).toContain("no repository fits wbe");
  expect(output).toContain("there are api, repos/web, repos/web-admin");
});

test("the workspace itself may be a repository", async () => {
  await team.repository("api");
  await team.git(".", "init", "--quiet");
  expect(await namesOf()).toEqual([".", "api"]);
});

test("linked worktrees of one repository are each brought forward", async () => {
  await team.repository("api");
  await team.push("api", { "a.txt": "1\n" }, "topic", "topic");
  await team.git("api", "fetch", "--quiet");
  await team.git("api", "worktree", "add", "--quiet", "../api-topic", "topic");
  await team.push("api", { "a.txt": "2\n" }, "more", "topic");
  await team.push("api", { "b.txt": "2\n" }, "more", "main");
  const { code, row } = await team.report();
  expect([code, row("api").outcome, row("api-topic").outcome]).toEqual([0, "moved", "moved"]);
  expect(await readFile(join(team.at("api-topic"), "a.txt"), "utf8")).toBe("2\n");
});

test("a submodule and a bare repository are recognised and left alone", async () => {
  await team.repository("library");
  await team.git(".", "init", "--quiet");
  await team.git(".", "submodule", "--quiet", "add", team.origin("library"), "part");
  await team.git(".", "init", "--quiet", "--bare", "store.git");
  await team.push("library", { "a.txt": "1\n" });
  const before = await team.snapshot("part");
  const { code, row } = await team.report();
  expect(row("part")).toMatchObject({ outcome: "left", reason: { kind: "submodule" } });
  expect(row("store.git")).toMatchObject({ outcome: "left", reason: { kind: "bare" } });
  expect(row("library").outcome).toBe("moved");
  expect(code).toBe(0);
  expect(await team.snapshot("part")).toEqual(before);
});

test("missing repositories of the profile are told, and with --clone cloned whole; services whose code moved are named", async () => {
  await team.repository("repos/api");
  await team.repository("repos/web");
  await mkdir(join(team.workspace, "profiles"));
  await writeFile(
    join(team.workspace, "profiles/shop.yaml"),
    `name: shop
x-devenv:
  repos:
    - { path: repos/api, url: "../origin/repos/api.git" }
    - { path: repos/web, url: "../origin/repos/web.git" }
services:
  api: { image: scratch, command: [/devenv/bin/api], x-devenv: { repo: repos/api, build: { go: ./cmd/api } } }
  jobs: { image: scratch, command: [/devenv/bin/jobs], x-devenv: { repo: repos/api, build: { go: ./cmd/jobs } } }
  web: { image: scratch, command: [/devenv/bin/web], x-devenv: { repo: repos/web, build: { go: ./cmd/web } } }
`,
  );
  await rm(team.at("repos/web"), { recursive: true });
  await team.push("repos/api", { "a.txt": "1\n" });
  const first = await team.report();
  expect(first.row("repos/web")).toMatchObject({ words: "not cloned", command: "devenv pull-all --clone" });
  expect(first.row("repos/api")).toMatchObject({ outcome: "moved", services: ["api", "jobs"] });
  const second = await team.report("--clone");
  expect(second.row("repos/web")).toMatchObject({ outcome: "cloned", services: ["web"] });
  expect(await team.git("repos/web", "status", "--porcelain", "--branch")).toBe("## main...origin/main");
  expect((await team.report()).row("repos/web").outcome).toBe("current");
});

test("--dry-run fetches nothing, --fetch-only moves nothing; both say what would be", async () => {
  await team.repository("api", { "a.txt": "1\n" });
  await team.repository("busy", { "a.txt": "1\n" });
  for (const name of ["api", "busy"]) await team.push(name, { "a.txt": "2\n" });
  await team.write("busy", { "a.txt": "mine\n" });
  expect((await team.report("--dry-run")).row("api").outcome).toBe("current");
  const before = await Promise.all(["api", "busy"].map(team.snapshot));
  for (const option of ["--fetch-only", "--dry-run"]) {
    const { code, row } = await team.report(option);
    expect(code, option).toBe(0);
    expect(row("api"), option).toMatchObject({ outcome: "behind", move: { count: 1 } });
    expect(row("busy").words, option).toBe("the update would overwrite uncommitted changes in a.txt");
  }
  expect((await team.report("--fetch-only", "--strict")).code).toBe(1);
  expect(await Promise.all(["api", "busy"].map(team.snapshot))).toEqual(before);
});

test("--all-branches brings other branches forward that only follow, and no others", async () => {
  await team.repository("api");
  for (const branch of ["follows", "diverges", "elsewhere"])
    await team.push("api", { [branch]: "1\n" }, branch, branch);
  await team.git("api", "fetch", "--quiet");
  for (const branch of ["follows", "diverges", "elsewhere"])
    await team.git("api", "branch", "--quiet", branch, `origin/${branch}`);
  await team.git("api", "switch", "--quiet", "diverges");
  await team.commit("api", { mine: "1\n" });
  await team.git("api", "switch", "--quiet", "main");
  await team.git("api", "worktree", "add", "--quiet", join(team.folder, "elsewhere"), "elsewhere");
  for (const branch of ["follows", "diverges", "elsewhere"])
    await team.push("api", { [branch]: "2\n" }, branch, branch);
  const diverges = await team.git("api", "rev-parse", "diverges");
  const elsewhere = await team.git("api", "rev-parse", "elsewhere");
  expect((await team.report()).row("api").branches).toEqual([]);
  const { row } = await team.report("--all-branches");
  expect(row("api").branches.map(({ branch }) => branch)).toEqual(["follows"]);
  expect(await team.git("api", "rev-parse", "follows")).toBe(await team.git("api", "rev-parse", "origin/follows"));
  expect(await team.git("api", "rev-parse", "diverges", "elsewhere")).toBe(`${diverges}\n${elsewhere}`);
});
