import { chmod, mkdir, open, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Files, makeTeam, type Team } from "../harness/repositories.ts";

let team: Team;
beforeEach(async () => {
  team = await makeTeam();
});
afterEach(() => team.remove());

const tip = (name: string) => team.git(name, "rev-parse", "HEAD");

describe("a repository that can be fast-forwarded", () => {
  test("is, and is told with its commits, who made them and how many files they change", async () => {
    await team.repository("api");
    await team.push("api", { "a.txt": "1\n" }, "add a");
    await team.push("api", { "b.txt": "1\n", "README.md": "new\n" }, "add b");
    const { code, row } = await team.report();
    expect(code).toBe(0);
    expect(row("api")).toMatchObject({ outcome: "moved", move: { count: 2, files: 3, authors: ["Ada"] } });
    expect(row("api").move?.to).toBe(await tip("api"));
    expect(await team.git("api", "status", "--porcelain")).toBe("");
    expect((await team.report()).row("api").outcome).toBe("current");
  });

  test("keeps uncommitted changes that the update does not touch: staged, unstaged, untracked, ignored, stashed", async () => {
    await team.repository("api", { "a.txt": "1\n", "b.txt": "1\n", "c.txt": "1\n", ".gitignore": "*.log\n" });
    await team.write("api", { "a.txt": "stash me\n" });
    await team.git("api", "stash");
    await team.write("api", { "a.txt": "staged\n" });
    await team.git("api", "add", "a.txt");
    await team.write("api", { "b.txt": "unstaged\n", "new.txt": "untracked\n", "x.log": "ignored\n" });
    await team.push("api", { "c.txt": "2\n" });
    const before = await team.snapshot("api");
    const { row } = await team.report();
    expect(row("api").outcome).toBe("moved");
    const after = await team.snapshot("api");
    for (const kept of ["a.txt", "b.txt", "new.txt", "x.log", ".git/logs/refs/stash", ".git/config"]) {
      expect(after[kept], kept).toBe(before[kept]);
    }
    expect(after["c.txt"]).not.toBe(before["c.txt"]);
    expect(await team.git("api", "status", "--porcelain")).toBe("M  a.txt\n M b.txt\n?? new.txt");
  });

  test("runs its hooks as git does; what they print is kept apart", async () => {
    const path = await team.repository("api");
    await hook(path, "post-merge", 'echo "hello from $(basename "$PWD")"; touch ../hook-ran');
    await team.push("api", { "a.txt": "1\n" });
    const { row } = await team.report();
    expect(row("api")).toMatchObject({ outcome: "moved", hooks: expect.stringContaining("hello from api") });
    expect(await readdir(team.workspace)).toContain("hook-ran");
  });

  test("has moved also when its hook fails, or never ends", async () => {
    for (const [name, script] of [
      ["fails", "exit 3"],
      ["hangs", "sleep 20"],
    ] as const) {
      const path = await team.repository(name);
      await hook(path, "post-merge", script);
      await team.push(name, { "a.txt": "1\n" });
    }
    const { code, row } = await team.report("--timeout", "3s");
    expect([row("fails").outcome, row("hangs").outcome, code]).toEqual(["moved", "moved", 0]);
    expect(row("hangs").hooks).toContain("still runs");
  });

  test("is fast-forwarded whatever its configuration says of pulls and merges", async () => {
    await team.repository("api");
    for (const [key, value] of [
      ["pull.rebase", "true"],
      ["merge.ff", "false"],
      ["merge.autoStash", "true"],
      ["branch.main.mergeOptions", "--squash"],
      ["branch.main.rebase", "interactive"],
      ["log.showSignature", "true"],
      ["status.showUntrackedFiles", "all"],
    ] as const) {
      await team.git("api", "config", key, value);
    }
    await team.push("api", { "a.txt": "1\n" });
    expect((await team.report()).row("api").outcome).toBe("moved");
    expect(await tip("api")).toBe(await team.git("api", "rev-parse", "origin/main"));
    expect(await team.git("api", "log", "--merges", "--oneline")).toBe("");
  });

  test("is found by the variables of no other repository", async () => {
    await team.repository("api");
    await team.repository("other");
    await team.push("api", { "a.txt": "1\n" });
    const other = await team.snapshot("other");
    const strange = {
      GIT_DIR: join(team.at("other"), ".git"),
      GIT_WORK_TREE: team.at("other"),
      GIT_INDEX_FILE: "/nowhere",
    };
    Object.assign(team.env, strange);
    const { row } = await team.report("--only", "api");
    for (const name of Object.keys(strange)) Reflect.deleteProperty(team.env, name);
    expect(row("api").outcome).toBe("moved");
    expect(await team.snapshot("other")).toEqual(other);
  });
});

async function hook(path: string, name: string, script: string): Promise<void> {
  const file = join(path, ".git/hooks", name);
  await mkdir(join(path, ".git/hooks"), { recursive: true });
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

/** A repository in a state in which it is left alone, and what is said of it. */
interface Case {
  readonly state: string;
  readonly make: () => Promise<unknown>;
  readonly words: string | RegExp;
  readonly command?: string | RegExp;
  readonly files?: Files;
  readonly isFailure?: boolean;
  /** What `--strict` makes of it. */
  readonly strict?: number;
}

const upstreamMoves = () => team.push("api", { "shared.txt": "theirs\n", "new/file.txt": "theirs\n" });

const CASES: readonly Case[] = [
  {
    state: "local commits that are not pushed",
    make: () => team.commit("api", { "mine.txt": "1\n" }),
    words: "1 local commit not pushed",
    command: /push$/,
    strict: 0,
  },
  {
    state: "commits on both sides",
    make: async () => {
      await team.commit("api", { "mine.txt": "1\n" });
      await upstreamMoves();
    },
    words: "diverged: ahead 1, behind 1",
    command: /rebase @\{upstream\}/,
  },
  {
    state: "an unstaged change that would be overwritten",
    make: async () => {
      await upstreamMoves();
      await team.write("api", { "shared.txt": "mine\n" });
    },
    words: "the update would overwrite uncommitted changes in shared.txt",
    command: /diff HEAD -- shared.txt$/,
  },
  {
    state: "a staged change that would be overwritten",
    make: async () => {
      await upstreamMoves();
      await team.write("api", { "shared.txt": "mine\n" });
      await team.git("api", "add", "shared.txt");
    },
    words: /overwrite uncommitted changes in shared.txt/,
  },
  {
    state: "a deletion of a file that the update changes",
    make: async () => {
      await upstreamMoves();
      await team.git("api", "rm", "--quiet", "shared.txt");
    },
    words: /overwrite uncommitted changes in shared.txt/,
  },
  {
    state: "a file that was taken out of the index and goes with the update",
    make: async () => {
      await team.push("api", { "shared.txt": null });
      await team.git("api", "rm", "--quiet", "--cached", "shared.txt");
    },
    words: /overwrite uncommitted changes in shared.txt/,
  },
  {
    state: "an untracked file where the update brings one",
    make: async () => {
      await upstreamMoves();
      await team.write("api", { "new/file.txt": "mine\n" });
    },
    words: /overwrite uncommitted changes in new\/file.txt/,
  },
  {
    state: "an untracked file where the update needs a folder",
    make: async () => {
      await upstreamMoves();
      await team.write("api", { new: "mine\n" });
    },
    words: /overwrite uncommitted changes in new/,
  },
  {
    state: "an ignored file where the update brings one, which git would overwrite without a word",
    make: async () => {
      await team.push("api", { "local.log": "theirs\n" });
      await team.write("api", { "local.log": "mine\n" });
      await team.git("api", "config", "core.excludesFile", join(team.folder, "ignore"));
      await writeFile(join(team.folder, "ignore"), "*.log\n");
    },
    words: /overwrite uncommitted changes in local.log/,
  },
  {
    state: "a symbolic link where the update brings a folder",
    make: async () => {
      await upstreamMoves();
      await team.write("api", { new: "-> /tmp" });
    },
    words: /overwrite uncommitted changes in new/,
  },
  {
    state: "no branch checked out",
    make: async () => {
      await upstreamMoves();
      await team.git("api", "checkout", "--quiet", "--detach");
    },
    words: "detached: no branch is checked out",
  },
  {
    state: "a branch without an upstream",
    make: async () => {
      await upstreamMoves();
      await team.git("api", "switch", "--quiet", "--create", "mine");
    },
    words: "mine has no upstream",
    command: /branch --set-upstream-to=/,
  },
  {
    state: "no remote at all",
    make: () => team.git("api", "remote", "remove", "origin"),
    words: "main has no upstream",
  },
  {
    state: "an upstream that is gone",
    make: async () => {
      await team.push("api", { "a.txt": "1\n" }, "topic", "topic");
      await team.git("api", "fetch", "--quiet");
      await team.git("api", "switch", "--quiet", "topic");
      await team.git("api", "push", "--quiet", "origin", "--delete", "topic");
    },
    words: "upstream gone: the remote has no topic any more",
  },
  {
    state: "an upstream that is gone, and was the only branch that is fetched",
    make: async () => {
      await team.push("api", { "a.txt": "1\n" }, "topic", "topic");
      await rm(team.at("api"), { recursive: true });
      const origin = `file://${team.origin("api")}`;
      await team.git("..", "clone", "--quiet", "--depth", "1", "--branch", "topic", origin, team.at("api"));
      await team.git("api", "push", "--quiet", "origin", "--delete", "topic");
    },
    words: "upstream gone: the remote has no topic any more",
  },
  {
    state: "a rebase under way",
    make: async () => {
      await upstreamMoves();
      await team.commit("api", { "shared.txt": "mine\n" });
      await team.git("api", "fetch", "--quiet");
      await team.git("api", "rebase", "origin/main").catch(() => {});
    },
    words: "a rebase is under way",
    command: /rebase --continue$/,
  },
  {
    state: "a merge under way",
    make: async () => {
      await team.git("api", "switch", "--quiet", "--create", "other");
      await team.commit("api", { "shared.txt": "other\n" });
      await team.git("api", "switch", "--quiet", "main");
      await team.git("api", "merge", "--no-commit", "--no-ff", "other");
      await upstreamMoves();
    },
    words: "a merge is under way",
  },
  {
    state: "a cherry-pick under way",
    make: async () => {
      await team.git("api", "switch", "--quiet", "--create", "other");
      await team.commit("api", { "shared.txt": "other\n" });
      await team.git("api", "switch", "--quiet", "main");
      await team.write("api", { "shared.txt": "in between\n" });
      await upstreamMoves();
      await team.git("api", "commit", "--quiet", "--all", "--message", "mine");
      await team.git("api", "push", "--quiet", "--force");
      await team.git("api", "cherry-pick", "other").catch(() => {});
      await team.git("api", "fetch", "--quiet");
      await colleaguePushesOnTop();
    },
    words: "a cherry-pick is under way",
  },
  {
    state: "a bisect under way",
    make: async () => {
      await upstreamMoves();
      await team.git("api", "bisect", "start");
    },
    words: "a bisect is under way",
    command: /bisect reset$/,
  },
  {
    state: "an index that is locked by a stale file",
    make: async () => {
      await upstreamMoves();
      await writeFile(join(team.at("api"), ".git/index.lock"), "");
    },
    words: /its index is locked by a file that no process has open, \d+ minutes old/,
    command: /^rm .*index\.lock/,
  },
  {
    state: "a remote that is not there",
    make: () => rm(team.origin("api"), { recursive: true }),
    words: /^fetch failed: .*does not appear to be a git repository/,
    command: /fetch$/,
    isFailure: true,
  },
  {
    state: "a HEAD that says nothing",
    make: () => writeFile(join(team.at("api"), ".git/HEAD"), "rubbish\n"),
    words: /^not readable: /,
    isFailure: true,
  },
  {
    state: "a history that has nothing in common with the upstream's",
    make: async () => {
      await team.git("api", "switch", "--quiet", "--orphan", "strange");
      await team.commit("api", { "x.txt": "1\n" });
      await team.git("api", "branch", "--quiet", "--set-upstream-to=origin/main");
    },
    words: "its history and the upstream's have no commit in common",
  },
];

/** On top of what the developer has just pushed. */
async function colleaguePushesOnTop(): Promise<void> {
  const place = join(team.folder, "colleague/api");
  await rm(place, { recursive: true });
  await team.git("api", "clone", "--quiet", team.origin("api"), place);
  await upstreamMoves();
}

describe("a repository is left alone, and nothing of it changed, with", () => {
  test.each(CASES)("$state", async ({ make, words, command, isFailure, strict }) => {
    await team.repository("api", { "README.md": "1\n", "shared.txt": "1\n" });
    await make();
    const isRubbish = isFailure === true && String(words).includes("readable");
    const before = isRubbish ? {} : await team.snapshot("api");
    const { code, row } = await team.report();
    expect(row("api").outcome).toBe("left");
    if (typeof words === "string") expect(row("api").words).toBe(words);
    else expect(row("api").words).toMatch(words);
    if (command !== undefined) expect(row("api").command).toMatch(command);
    expect(code).toBe(isFailure === true ? 1 : 0);
    if (!isRubbish) expect(await team.snapshot("api")).toEqual(before);
    expect((await team.pullAll("--strict", "--quiet")).code).toBe(strict ?? 1);
  });

  test("an index that a live process has locked, named with it", async () => {
    await team.repository("api");
    await team.push("api", { "a.txt": "1\n" });
    const before = await team.snapshot("api");
    const lock = await open(join(team.at("api"), ".git/index.lock"), "wx");
    const { row } = await team.report();
    expect(row("api").words).toContain(`(pid ${process.pid})`);
    expect(row("api").command).toBeNull();
    await lock.close();
    await rm(join(team.at("api"), ".git/index.lock"));
    expect(await team.snapshot("api")).toEqual(before);
  });

  test("a shallow history that does not reach the upstream's", async () => {
    const path = await team.repository("api");
    await team.push("api", { "a.txt": "1\n" });
    await rm(path, { recursive: true });
    await team.git("..", "clone", "--quiet", "--depth", "1", `file://${team.origin("api")}`, path);
    await team.git("api", "commit", "--quiet", "--allow-empty", "--message", "mine");
    const colleague = join(team.folder, "colleague/api");
    await team.git("api", "-C", colleague, "switch", "--quiet", "--orphan", "fresh");
    await team.git("api", "-C", colleague, "commit", "--quiet", "--allow-empty", "--message", "anew");
    await team.git("api", "-C", colleague, "push", "--quiet", "--force", "origin", "fresh:main");
    const before = await team.snapshot("api");
    const { row } = await team.report();
    expect(row("api").words).toMatch(/^shallow: /);
    expect(row("api").command).toMatch(/fetch --unshallow$/);
    expect(await team.snapshot("api")).toEqual(before);
  });
});
