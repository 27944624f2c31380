import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { remoteOf } from "../../../src/host/git/connections.ts";
import { overwrittenFiles, parseBranches, parseRawDiff, parseStatusPaths } from "../../../src/host/git/porcelain.ts";
import { operationUnderWay, readFetchHead, readHead } from "../../../src/host/git/state.ts";
import { gitEnvironment } from "../../../src/host/git/surroundings.ts";
import { recogniseRepository } from "../../../src/host/git/work-tree.ts";
import { systemProcesses } from "../../../src/host/process.ts";
import { eventually } from "../../harness/eventually.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "devenv-git-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const IDENTITY = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main"];
const git = async (...args: string[]): Promise<string> => {
  const { code, stdout, output } = await systemProcesses.run("git", [...IDENTITY, ...args], { cwd: folder });
  if (code !== 0) throw new Error(output);
  return stdout.trim();
};
const commit = () => git("commit", "--quiet", "--allow-empty", "--message", "x");
const place = () => ({ gitDir: join(folder, ".git"), commonDir: join(folder, ".git") });

describe("what is checked out is read from the files as git reads it", () => {
  beforeEach(() => git("init", "--quiet"));

  test("on a branch without a commit", () => {
    expect(readHead(place())).toEqual({ branch: "main", commit: undefined });
  });

  test("on a branch whose ref is a file, and then packed", async () => {
    await commit();
    await git("switch", "--quiet", "--create", "topic/ünïcode");
    const tip = await git("rev-parse", "HEAD");
    expect(readHead(place())).toEqual({ branch: "topic/ünïcode", commit: tip });
    await git("pack-refs", "--all");
    expect(readHead(place())).toEqual({ branch: "topic/ünïcode", commit: tip });
    await commit();
    expect(readHead(place())).toEqual({ branch: "topic/ünïcode", commit: await git("rev-parse", "HEAD") });
  });

  test("detached", async () => {
    await commit();
    await git("checkout", "--quiet", "--detach");
    expect(readHead(place())).toEqual({ branch: undefined, commit: await git("rev-parse", "HEAD") });
  });

  test.each(["rubbish", "ref: refs/heads/.invalid"])("unknown where it says %s", async (text) => {
    await writeFile(join(folder, ".git/HEAD"), `${text}\n`);
    expect(readHead(place())).toBe("unknown");
  });
});

test.each([
  ["rebase-merge/", "rebase"],
  ["rebase-apply/", "rebase"],
  ["rebase-apply/applying", "am"],
  ["MERGE_HEAD", "merge"],
  ["CHERRY_PICK_HEAD", "cherry-pick"],
  ["REVERT_HEAD", "revert"],
  ["sequencer/", "cherry-pick"],
  ["BISECT_LOG", "bisect"],
  ["nothing", undefined],
])("%s means %s", async (name, operation) => {
  if (name.includes("/")) await mkdir(join(folder, name.split("/")[0] ?? ""));
  if (!name.endsWith("/")) await writeFile(join(folder, name), "");
  expect(operationUnderWay(folder)).toBe(operation);
});

test("of FETCH_HEAD only the commits for the current branch count", async () => {
  const [one, two] = ["a".repeat(40), "b".repeat(40)];
  await writeFile(
    join(folder, "FETCH_HEAD"),
    `${one}\t\tbranch 'main' of x\n${two}\tnot-for-merge\tbranch 'not\tfor' of x\n`,
  );
  expect(readFetchHead(folder)).toEqual([one]);
});

describe("a folder is recognised by its files", () => {
  test("as a repository, a bare one, a linked worktree, or nothing", async () => {
    await git("init", "--quiet", "main");
    await git("init", "--quiet", "--bare", "bare");
    await git("-C", "main", "commit", "--quiet", "--allow-empty", "--message", "x");
    await git("-C", "main", "worktree", "add", "--quiet", "../linked");
    await git("init", "--quiet", "--separate-git-dir", join(folder, "apart"), "separate");
    const kinds = await Promise.all(
      ["main", "bare", "linked", "separate", "nothing"].map(
        async (name) => (await recogniseRepository(join(folder, name)))?.kind,
      ),
    );
    expect(kinds).toEqual(["repository", "bare", "worktree", "repository", undefined]);
    const linked = await recogniseRepository(join(folder, "linked"));
    expect(linked?.commonDir).toBe((await recogniseRepository(join(folder, "main")))?.gitDir);
  });
});

test("paths with blanks and newlines are read whole", () => {
  const blob = "c".repeat(40);
  const zero = "0".repeat(40);
  const dirty = parseStatusPaths(
    `1 .M N... 100644 100644 100644 ${blob} ${blob} a b\nc\0u UU N... 1 2 3 4 x y z in two\0`,
  );
  expect(dirty).toEqual([
    { path: "a b\nc", index: `100644 ${blob}` },
    { path: "in two", index: "" },
  ]);
  expect(parseRawDiff(`:100644 000000 ${blob} ${zero} D\0a b\nc\0`)).toEqual([
    { path: "a b\nc", from: `100644 ${blob}`, to: `000000 ${zero}` },
  ]);
});

test("a change that is staged just as it comes is not overwritten, any other is", () => {
  const [one, two, zero] = [`100644 ${"1".repeat(40)}`, `100644 ${"2".repeat(40)}`, `000000 ${"0".repeat(40)}`];
  const incoming = [
    { path: "same", from: zero, to: one },
    { path: "other", from: one, to: two },
    { path: "gone", from: one, to: zero },
    { path: "mode", from: one, to: two },
  ];
  const dirty = [
    { path: "same", index: one },
    { path: "other", index: one },
    { path: "gone", index: zero },
    { path: "mode", index: two.replace("100644", "100755") },
    { path: "elsewhere", index: one },
  ];
  expect(overwrittenFiles(dirty, incoming)).toEqual(["other", "mode"]);
});

test("a list of branches tells what each follows", () => {
  const [branch] = parseBranches("topic\0abc\0refs/remotes/o/topic\0o\0refs/heads/topic\0behind 3\0\n");
  expect(branch).toMatchObject({ name: "topic", isBehindOnly: true, isCheckedOut: false, remote: "o" });
  expect(parseBranches("a\0b\0c\0d\0e\0ahead 1, behind 2\0/w\n")[0]).toMatchObject({
    isBehindOnly: false,
    isCheckedOut: true,
  });
});

test.each([
  ["ssh://git@host:2222/a/b.git", { kind: "ssh", host: "git@host:2222" }],
  ["git@host:a/b.git", { kind: "ssh", host: "git@host" }],
  ["git+ssh://host/a", { kind: "ssh", host: "host" }],
  ["https://host/a.git", { kind: "network", host: "host" }],
  ["git://host/a.git", { kind: "network", host: "host" }],
  ["file:///a/b.git", { kind: "local" }],
  ["../a:b/c.git", { kind: "local" }],
  ["/a/b.git", { kind: "local" }],
])("%s is reached as it looks", (url, remote) => {
  expect(remoteOf(url)).toEqual(remote);
});

describe("git is run so that it asks nobody", () => {
  test("and the person's own ssh command stays", () => {
    const own = gitEnvironment({ GIT_SSH_COMMAND: "ssh -i key", GIT_DIR: "/elsewhere" });
    expect(own).toMatchObject({
      GIT_SSH_COMMAND: "ssh -i key -o BatchMode=yes",
      GIT_TERMINAL_PROMPT: "0",
      GIT_ASKPASS: "",
    });
    expect(own).toHaveProperty("GIT_DIR", undefined);
    expect(gitEnvironment({ GIT_SSH: "plink" })).not.toHaveProperty("GIT_SSH_COMMAND");
  });

  test("and settings that came with the environment stay", async () => {
    const given = { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "user.name", GIT_CONFIG_VALUE_0: "Grace" };
    const env = { ...given, ...gitEnvironment(given) };
    const asked = await systemProcesses.run("git", ["config", "--get-regexp", "^(user.name|gc.auto)$"], {
      cwd: folder,
      env,
    });
    expect(asked.stdout).toContain("user.name Grace");
    expect(asked.stdout).toContain("gc.auto 0");
  });
});

describe("a program that must finish", () => {
  test("is waited for, with its words, and not ended by the signal or the time limit", async () => {
    const ending = new AbortController();
    // It waits for `go`, and for nobody once its folder is gone.
    const script = `echo out; echo err >&2; touch started
      until test -e go || ! test -e started; do sleep 0.02; done; touch finished; rm go`;
    const isThere = (name: string) => existsSync(join(folder, name));
    const options = { cwd: folder, mustFinish: true, signal: ending.signal };
    const running = systemProcesses.run("sh", ["-c", script], options);
    await eventually(() => isThere("started"), Boolean);
    ending.abort();
    await writeFile(join(folder, "go"), "");
    expect(await running).toMatchObject({ code: 0, timedOut: false });
    expect((await running).output).toBe("out\nerr\n");
    await rm(join(folder, "finished"));
    const late = await systemProcesses.run("sh", ["-c", script], {
      ...options,
      signal: new AbortController().signal,
      timeoutMs: 100,
    });
    expect(late).toMatchObject({ timedOut: true, code: undefined });
    expect(isThere("finished")).toBe(false);
    await writeFile(join(folder, "go"), "");
    expect(await eventually(() => isThere("finished"), Boolean)).toBe(true);
  });
});
