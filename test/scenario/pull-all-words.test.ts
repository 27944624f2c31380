import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import { makeTeam, type Team } from "../harness/repositories.ts";
import { openTerminal } from "../harness/terminal.ts";
import { CLI } from "../harness/workspace.ts";

let team: Team;
beforeEach(async () => {
  team = await makeTeam();
});
afterEach(() => team.remove());

/** One that moves, one that is current, one that needs a person, one whose remote is not there. */
async function four(): Promise<void> {
  for (const name of ["d-gone", "c-busy", "b-moves", "a-same"]) await team.repository(name, { "a.txt": "1\n" });
  await team.push("b-moves", { "a.txt": "2\n" }, "say it louder");
  await team.push("c-busy", { "a.txt": "2\n" });
  await team.write("c-busy", { "a.txt": "mine\n" });
  await team.git("d-gone", "remote", "set-url", "origin", "/nowhere");
}

test("the summary is in the order of the names: what moved, what needs you with the command, and counts", async () => {
  await four();
  const from = (await team.git("b-moves", "rev-parse", "HEAD")).slice(0, 8);
  const { code, stdout } = await team.pullAll();
  const to = (await team.git("b-moves", "rev-parse", "HEAD")).slice(0, 8);
  expect(code).toBe(1);
  const [moved, subject, empty, busy, diff, gone, fetch, , counts, ...rest] = stdout.split("\n");
  expect([moved, subject, empty]).toEqual([
    `✔ b-moves  ${from} -> ${to}, 1 commit, 1 file, by Ada`,
    "    say it louder",
    "",
  ]);
  expect(busy).toBe("! c-busy   the update would overwrite uncommitted changes in a.txt");
  expect(diff).toBe(`    git -C ${team.at("c-busy")} diff HEAD -- a.txt`);
  expect(gone).toMatch(/^✖ d-gone {3}fetch failed: '\/nowhere' does not appear to be a git repository/);
  expect(fetch).toBe(`    git -C ${team.at("d-gone")} fetch`);
  expect(counts).toBe("4 repositories: 1 up to date, 1 fast-forwarded, 1 left alone, 1 failed");
  expect(rest).toEqual([""]);
});

test("--quiet prints only what needs you, and nothing when nothing does", async () => {
  await four();
  const { stdout } = await team.pullAll("--quiet");
  expect(stdout).not.toContain("b-moves");
  expect(stdout).toContain("c-busy");
  expect((await team.pullAll("--quiet", "--only", "a-*", "b-*")).stdout).toBe("");
});

test("a profile that cannot be read is noted, and keeps no repository where it is", async () => {
  await four();
  await team.write(".", { "profiles/shop.yaml": "services: [\n" });
  const { code, stdout, stderr } = await team.pullAll("--only", "b-moves");
  expect(stderr).toContain("no profile is read: shop.yaml has");
  expect([code, stdout.includes("✔ b-moves")]).toEqual([0, true]);
});

test("on a terminal a bar and the repositories under way are shown, and give way to the summary", async () => {
  await four();
  // A remote that is held up until the screen has been seen.
  const gate = join(team.folder, "gate");
  const slow = join(team.folder, "slow-upload-pack");
  await writeFile(slow, `#!/bin/sh\nuntil test -e '${gate}'; do sleep 0.05; done\nexec git-upload-pack "$@"\n`);
  await chmod(slow, 0o755);
  await team.git("a-same", "config", "remote.origin.uploadpack", slow);
  const terminal = await openTerminal({ columns: 100, rows: 24, cwd: team.workspace, env: team.env });
  try {
    await terminal.type(`${process.execPath} ${CLI} pull-all; echo "ended $?"`);
    await terminal.press("Enter");
    await terminal.until((screen) => /█ *.*75 % 3 of 4/.test(screen) && /a-same {2}fetching/.test(screen));
    await writeFile(gate, "");
    const screen = await terminal.until(/^ended 1$/m);
    expect(screen).toContain("4 repositories: 1 up to date, 1 fast-forwarded, 1 left alone, 1 failed");
    expect(screen).not.toMatch(/fetching|█/);
  } finally {
    await terminal.close();
  }
});

test("Ctrl-C ends what is fetched at once, and leaves nothing of git's behind", async () => {
  await four();
  const slow = join(team.folder, "slow-upload-pack");
  await writeFile(slow, `#!/bin/sh\ntouch '${team.folder}/begun'\nsleep 100\n`);
  await chmod(slow, 0o755);
  await team.git("a-same", "config", "remote.origin.uploadpack", slow);
  const before = await team.snapshot("a-same");
  const script = `"$@" & until test -e ../begun; do sleep 0.05; done; kill -INT $!; wait $!; echo "code $?"`;
  const options = { cwd: team.workspace, env: team.env, timeoutMs: 30_000 };
  const ended = await systemProcesses.run("bash", ["-mc", script, "bash", process.execPath, CLI, "pull-all"], options);
  expect(ended.output).toContain("interrupted");
  expect(ended.stdout).toContain("code 130");
  expect(await team.snapshot("a-same")).toEqual(before);
  expect((await systemProcesses.run("find", [join(team.at("a-same"), ".git"), "-name", "*.lock"])).stdout).toBe("");
});
