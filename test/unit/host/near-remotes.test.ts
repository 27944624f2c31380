import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { NearRemotes } from "../../../src/host/git/near-remotes.ts";
import { isNear, parseMounts } from "../../../src/host/git/own-disk.ts";
import { readFetchHead, readHead } from "../../../src/host/git/state.ts";
import { recogniseRepository } from "../../../src/host/git/work-tree.ts";
import { openGit } from "../../../src/host/git.ts";
import { type Processes, systemProcesses } from "../../../src/host/process.ts";

let seed: string;
beforeAll(async () => {
  seed = await mkdtemp(join(tmpdir(), "devenv-near-"));
  await writeFile(join(seed, "config"), "[user]\nname = Ada\nemail = ada@example.org\n[init]\ndefaultBranch = main\n");
  await shell(
    seed,
    seed,
    `git init --quiet --bare origin.git; git clone --quiet origin.git colleague; cd colleague
     for n in 1 2 3; do echo $n > a.txt; git add a.txt; git commit --quiet --message $n; git tag v$n; done
     git branch topic HEAD~1; git branch team/deep HEAD~1; git push --quiet --all; git push --quiet --tags
     git clone --quiet "file://$PWD/../origin.git" ../mine`,
  );
});
afterAll(() => rm(seed, { recursive: true, force: true }));

const environment = (folder: string) => ({
  PATH: process.env.PATH,
  HOME: folder,
  GIT_CONFIG_GLOBAL: join(folder, "config"),
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_SSL_CAINFO: "/nowhere",
});

async function shell(folder: string, cwd: string, script: string): Promise<void> {
  const { code, output } = await systemProcesses.run("sh", ["-ec", script], { cwd, env: environment(folder) });
  if (code !== 0) throw new Error(`${script}: ${output}`);
}

/** A bare `origin.git`, a clone of it, `mine`, and a colleague's. */
async function team(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "devenv-near-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await cp(seed, folder, { recursive: true, verbatimSymlinks: true });
  await shell(
    folder,
    folder,
    `git -C mine config remote.origin.url "file://$PWD/origin.git"; git -C colleague config remote.origin.url "$PWD/origin.git"`,
  );
  return folder;
}

/** Starts programs in an environment as if it were this process's, and notes what is started. */
function processesIn(environment: Readonly<Record<string, string | undefined>>) {
  const started: string[] = [];
  const processes: Processes = {
    run: (command, args, options) => {
      started.push([command, ...args].join(" "));
      return systemProcesses.run(command, args, { ...options, env: { ...environment, ...options?.env } });
    },
    stream: systemProcesses.stream,
  };
  return { environment, started, processes };
}

/** What is said of `mine`, and whether `git fetch` then found it to be so. */
async function ask(folder: string, more: Record<string, string> = {}) {
  const tree = await recogniseRepository(join(folder, "mine"));
  if (tree === undefined) throw new Error("no repository");
  const of = processesIn({ ...environment(folder), ...more });
  const head = readHead(tree);
  const branch = head !== "unknown" ? head.branch : undefined;
  const unmoved = await new NearRemotes(of).unmovedUpstream({ ...tree, name: "mine", url: undefined }, branch);
  const started = [...of.started];
  const before = await refs(folder);
  const { signal } = new AbortController();
  const fetched = await openGit(tree.path, { ...of, timeoutMs: 30_000, signal }).fetch([]);
  const isUnchanged = fetched.ok && (await refs(folder)) === before;
  return { unmoved, isUnchanged, fetched, upstream: readFetchHead(tree.gitDir), started };
}

async function refs(folder: string): Promise<string> {
  const args = ["for-each-ref", "--format=%(refname) %(objectname) %(symref)"];
  const { code, output } = await systemProcesses.run("git", args, { cwd: join(folder, "mine") });
  expect(code, output).toBe(0);
  return output;
}

/** What a colleague or an administrator does to the remote. */
const THEIRS = [
  "cd colleague; git commit --quiet --allow-empty --message new; git push --quiet",
  "cd colleague; git commit --quiet --allow-empty --message new; git push --quiet",
  "cd colleague; git push --quiet origin HEAD:new",
  "cd colleague; git push --quiet origin --delete topic",
  "cd colleague; git push --quiet --force origin HEAD~1:main",
  "cd colleague; git tag v9 HEAD~1; git push --quiet --tags",
  "cd colleague; git tag --annotate --message x v8 HEAD~2; git push --quiet --tags",
  "cd colleague; git tag --force v1 HEAD; git push --quiet --force --tags",
  "cd colleague; git push --quiet origin --delete v2",
  "cd colleague; git checkout --quiet --detach; git commit --quiet --allow-empty --message aside; git tag aside; git push --quiet --tags",
  "git -C origin.git pack-refs --all",
  "git -C origin.git gc --quiet",
  "git -C origin.git symbolic-ref refs/heads/alias refs/heads/main",
  "git -C origin.git symbolic-ref HEAD refs/heads/topic",
  "git -C origin.git config transfer.hideRefs refs/heads/topic",
  "git -C origin.git config uploadpack.hideRefs refs/tags",
  "git -C origin.git update-ref refs/heads/team/deep main",
  "git -C origin.git update-ref refs/changes/1 main",
  "git -C origin.git worktree add --quiet ../aside topic",
];

/** What a person does to their clone, or writes into their configuration. */
const MINE = [
  "git -C mine fetch --quiet",
  "git -C mine fetch --quiet",
  "git -C mine fetch --quiet",
  "git -C mine commit --quiet --allow-empty --message mine",
  "git -C mine pack-refs --all",
  "git -C mine switch --quiet topic",
  "git -C mine switch --quiet --create fresh",
  "git -C mine branch --quiet --set-upstream-to=origin/topic",
  "git -C mine tag --delete v3",
  "git -C mine tag own",
  "git -C mine update-ref refs/remotes/origin/main main~1",
  "git -C mine update-ref refs/remotes/origin/gone main",
  "git -C mine update-ref -d refs/remotes/origin/topic",
  "git -C mine config fetch.prune true",
  "git -C mine config remote.origin.prune true",
  "git -C mine config fetch.pruneTags true",
  "git -C mine config remote.origin.tagOpt --tags",
  "git -C mine config remote.origin.tagOpt --no-tags",
  "git -C mine config --add remote.origin.fetch '+refs/changes/*:refs/remotes/origin/changes/*'",
  "git -C mine config remote.origin.fetch '+refs/heads/t*:refs/remotes/origin/t*'",
  "git -C mine config --add remote.origin.url nowhere",
  `git -C mine config "url.$PWD/colleague/.git.insteadOf" "file://$PWD/origin.git"`,
  'git -C mine config remote.origin.url "$PWD/colleague/.git"',
  'git -C mine config remote.origin.url "$PWD/colleague"',
  "git -C mine config --add branch.main.merge refs/heads/topic",
  "git -C mine config branch.main.remote .",
  'git -C mine remote add other "$PWD/colleague"',
  'printf \'[remote "origin"]\\n\\ttagOpt = --tags\\n\' > more; git -C mine config include.path "$PWD/more"',
  "git -C mine worktree add --quiet ../linked topic",
  "git -C mine remote set-head origin --delete",
  "git config --global fetch.prune true",
  "git config --global fetch.pruneTags true",
  `git config --global "url.$PWD/colleague/.git.insteadOf" "file://$PWD/origin.git"`,
  "git config --global --add remote.origin.fetch '+refs/changes/*:refs/remotes/origin/changes/*'",
  "git config --global transfer.hideRefs refs/heads/topic",
  "printf '[fetch]\\n\\tpruneTags = true\\n' > more; git config --global includeIf.gitdir:/.path \"$PWD/more\"",
  'printf \'[remote "origin"]\\n\\ttagOpt = --tags\\n\' > more; git config --global include.path "$PWD/more"',
];

/** Numbers by lot that are the same in every run (mulberry32). */
function lots(seedOfAll: number): (below: number) => number {
  let state = seedOfAll;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const CASES = Number(process.env.NEAR_CASES ?? 40);

test("whatever is called unmoved, git fetch finds unmoved, too: remotes, clones and settings by lot", async () => {
  const lot = lots(Number(process.env.NEAR_SEED ?? 20261121));
  const some = (list: readonly string[], most: number) =>
    Array.from({ length: lot(most + 1) }, () => list[lot(list.length)] ?? "");
  let [told, found] = [0, 0];
  for (let number = 0; number < CASES; number++) {
    const folder = await team();
    const steps = [...some(THEIRS, 2), ...some(MINE, 3)];
    // What is no longer possible after the step before is not done.
    await shell(folder, folder, steps.map((step) => `( ${step} ) >/dev/null 2>&1 || true`).join("\n"));
    const { unmoved, isUnchanged, upstream, fetched } = await ask(folder);
    if (isUnchanged) found += 1;
    await rm(folder, { recursive: true, force: true });
    if (unmoved === undefined) continue;
    told += 1;
    expect({ isUnchanged, upstream }, `${steps.join(" | ")}; git: ${fetched.words}`).toEqual({
      isUnchanged: true,
      upstream: [unmoved],
    });
  }
  // Most of those that git finds unmoved were told without it, and some had moved.
  expect(told).toBeGreaterThan(CASES / 6);
  expect(found).toBeLessThan(CASES);
}, 240_000);

describe("a remote on this machine that has nothing new", () => {
  test.each([
    ["as it was cloned", "true"],
    ["after both sides packed their refs", "git -C mine pack-refs --all; git -C origin.git gc --quiet"],
    ["with a path for an address", 'git -C mine config remote.origin.url "$PWD/origin.git"'],
    [
      "that is a work tree of its own",
      'git -C mine config remote.origin.url "$PWD/colleague"; git -C mine fetch --quiet',
    ],
    ["while there are commits that were not pushed", "git -C mine commit --quiet --allow-empty --message mine"],
    ["while branches that are gone are kept", "git -C mine update-ref refs/remotes/origin/gone main"],
    [
      "and an include that has nothing to do with it",
      "echo '[user]' > more; git config --global include.path $PWD/more",
    ],
  ])("is told by its files, %s: one process for all repositories", async (_, script) => {
    const folder = await team();
    await shell(folder, folder, script);
    const { unmoved, upstream, isUnchanged, started } = await ask(folder);
    expect(isUnchanged).toBe(true);
    expect([unmoved]).toEqual(upstream);
    expect(started).toEqual(["git config --list --null --includes"]);
  });
});

describe("git is asked", () => {
  test.each([
    ["a new commit", "cd colleague; git commit --quiet --allow-empty --message new; git push --quiet"],
    [
      "a commit that came after refs were packed",
      "git -C origin.git pack-refs --all; git -C origin.git update-ref refs/heads/topic main",
    ],
    ["a new branch", "git -C origin.git branch new main"],
    ["a new tag", "git -C origin.git tag new main"],
    ["a branch that is being written", "touch origin.git/refs/heads/new.lock"],
    ["a damaged ref", "echo > origin.git/refs/heads/main"],
    ["the upstream gone", "git -C origin.git update-ref -d refs/heads/main"],
    ["a branch to be pruned", "git -C mine config fetch.prune true; git -C origin.git branch --quiet -D topic"],
    ["the same, by the person's settings", "git config --global fetch.prune true; git -C origin.git branch -qD topic"],
    ["a remote that is not there", "rm -r origin.git"],
    [
      "a bundle",
      'git -C colleague bundle create --quiet "$PWD/b" --all; git -C mine config remote.origin.url "$PWD/b"',
    ],
    [
      "a .git that is a file",
      "mkdir w; echo gitdir: $PWD/origin.git > w/.git; git -C mine config remote.origin.url $PWD/w",
    ],
    ["a link to it", "ln -s origin.git link; git -C mine config remote.origin.url $PWD/link"],
    ["a path that is not plain", "git -C mine config remote.origin.url file://$PWD/mine/../origin.git"],
    ["an encoded path", "git -C mine config remote.origin.url file://$PWD/origin%2Egit"],
    ["another host", "git -C mine config remote.origin.url file://localhost$PWD/origin.git"],
    ["a shallow remote", "git -C origin.git rev-parse main > origin.git/shallow"],
    ["a shallow clone", "git -C mine rev-parse main > mine/.git/shallow"],
    ["a partial clone", "git -C mine config remote.origin.promisor true"],
    ["another upload-pack", "git -C mine config remote.origin.uploadpack false"],
    ["a protocol that is not allowed", "git config --global protocol.file.allow never"],
    ["hidden refs", "git -C origin.git config transfer.hideRefs refs/heads/topic"],
    ["settings that are read under a condition", "git config --global includeIf.gitdir:/.path more"],
    ["settings that nobody knows yet", "git -C mine config fetch.somethingNew true"],
    ["settings written in another way", "printf '[fetch] somethingNew = 1\\n' >> mine/.git/config"],
    ["a value that goes on", "printf '[user]\\n\\tname = a\\\\\\n[fetch]\\n' >> mine/.git/config"],
    ["no branch", "git -C mine checkout --quiet --detach"],
    ["a branch that follows nothing", "git -C mine switch --quiet --create fresh"],
    ["a format that only git knows", "git -C origin.git config core.repositoryFormatVersion 1"],
    ["refs in another format", "mkdir origin.git/reftable"],
  ])("of %s", async (_, script) => {
    const folder = await team();
    await shell(folder, folder, script);
    expect((await ask(folder)).unmoved).toBeUndefined();
  });

  test.each(["GIT_NAMESPACE_SOON", "GIT_ALLOW_PROTOCOL", "GIT_TRACE", "GIT_PROTOCOL_FROM_USER"])(
    "where the environment has %s",
    async (name) => {
      const folder = await team();
      expect((await ask(folder)).unmoved).toBeDefined();
      expect((await ask(folder, { [name]: "0" })).unmoved).toBeUndefined();
    },
  );

  test("of what belongs to someone else, which git refuses to read", async () => {
    const folder = await team();
    const theirs = { uid: process.geteuid?.() === 0 ? "1234" : "" };
    if (theirs.uid === "") return;
    await shell(folder, folder, `chown ${theirs.uid} origin.git`);
    expect((await ask(folder)).unmoved).toBeUndefined();
  });
});

describe("a path is near where its file system is this machine's, and no link leads to it", () => {
  const mounts = parseMounts(
    [
      "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
      "30 22 0:40 / /mnt/team\\040share rw - nfs4 server:/ rw",
      "31 22 0:41 / /home rw shared:2 master:1 - btrfs /dev/sdb rw",
      "32 22 0:42 / /auto rw - autofs none rw",
      "",
    ].join("\n"),
  );

  test.each(["/mnt/team share", "/mnt/team share/api.git", "/auto/x", "relative", "/tmp/../etc"])(
    "%s is not",
    (path) => {
      expect(isNear(path, mounts, new Map())).toBe(false);
    },
  );

  test("and where nothing is known of file systems, none is", async () => {
    const folder = await mkdtemp(join(tmpdir(), "devenv-near-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await mkdir(join(folder, "api"));
    await symlink("api", join(folder, "link"));
    const near = (name: string, of = mounts) => isNear(join(folder, name), of, new Map());
    expect([near("api"), near("link"), near("gone"), near("api", new Map())]).toEqual([true, false, false, false]);
  });
});
