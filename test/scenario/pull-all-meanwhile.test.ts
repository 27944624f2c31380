import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually } from "../harness/eventually.ts";
import { bash } from "../harness/random-repositories.ts";
import { makeTeam, type Team } from "../harness/repositories.ts";
import { CLI } from "../harness/workspace.ts";

let team: Team;
beforeEach(async () => {
  team = await makeTeam();
});
afterEach(() => team.remove());

test("what a person does while the remotes are asked counts: nothing is moved that was not there before", async () => {
  const doings: Readonly<Record<string, string>> = {
    branches: "git switch -q -c topic",
    detaches: "git checkout -q --detach",
    bisects: "git bisect start",
    commits: "git commit -q --allow-empty -m mine",
    nothing: "true",
  };
  const gate = join(team.folder, "gate");
  const slow = join(team.folder, "slow-upload-pack");
  await writeFile(
    slow,
    `#!/bin/sh\necho >> '${gate}.reached'\nuntil test -e '${gate}'; do sleep 0.05; done\nexec git-upload-pack "$@"\n`,
  );
  await chmod(slow, 0o755);
  for (const name of Object.keys(doings)) {
    await team.repository(name);
    await team.push(name, { "a.txt": "1\n" });
    await team.git(name, "config", "remote.origin.uploadpack", slow);
  }
  const pulled = team.report();
  await eventually(
    () => bash(team, team.folder, "cat gate.reached 2>/dev/null | wc -l"),
    (count) => Number(count) === Object.keys(doings).length,
  );
  const before: Record<string, unknown> = {};
  for (const [name, script] of Object.entries(doings)) {
    await bash(team, team.at(name), script);
    before[name] = await team.snapshot(name);
  }
  await writeFile(gate, "");
  const { code, row } = await pulled;
  for (const name of ["branches", "detaches", "bisects", "commits"]) {
    expect(row(name), name).toMatchObject({ outcome: "left", command: "devenv pull-all" });
    expect(row(name).words).toBe("it changed while its remote was asked");
    expect(await team.snapshot(name), name).toEqual(before[name]);
  }
  expect([row("nothing").outcome, code]).toEqual(["moved", 0]);
});

test("a filter that fails (a server for large files that is away) fails before any file is written", async () => {
  await team.repository("api", { ".gitattributes": "*.bin filter=large\n", "a.txt": "1\n", "b.bin": "1\n" });
  const filter = join(team.folder, "filter");
  await writeFile(filter, "#!/bin/sh\necho the server is away >&2\nexit 1\n");
  await chmod(filter, 0o755);
  await team.git("api", "config", "filter.large.smudge", filter);
  await team.git("api", "config", "filter.large.clean", "cat");
  await team.git("api", "config", "filter.large.required", "true");
  await team.push("api", { "a.txt": "2\n", "b.bin": "2\n", "z.txt": "2\n" });
  const before = await team.snapshot("api");
  const { row } = await team.report();
  expect(row("api").words).toMatch(/^git would not: the server is away; .*smudge filter large failed/);
  expect(await team.snapshot("api")).toEqual(before);
  await team.git("api", "config", "filter.large.smudge", "cat");
  expect((await team.report()).row("api").outcome).toBe("moved");
});

test.each(["KILL", "TERM", "INT"])(
  "a fast-forward that has begun is finished, also when SIG%s ends devenv",
  async (signal) => {
    await team.repository("api", { ".gitattributes": "*.bin filter=slow\n", "a.txt": "1\n", "b.bin": "1\n" });
    const filter = join(team.folder, "filter");
    // Tried once before; the second time is git's own, and is held up until devenv is gone.
    const wait = `test $(wc -l <'${filter}.runs') = 1 || until test -e '${filter}.go'; do sleep 0.05; done`;
    await writeFile(filter, `#!/bin/sh\necho >>'${filter}.runs'\n${wait}\ncat\n`);
    await chmod(filter, 0o755);
    await team.git("api", "config", "filter.slow.smudge", filter);
    await team.push("api", { "a.txt": "2\n", "b.bin": "2\n", "z.txt": "2\n" });
    const script = `"$NODE" "$CLI" pull-all >/dev/null 2>&1 & until test "$(wc -l <../filter.runs)" = 2; do sleep 0.05; done 2>/dev/null
    # Time in which it would be told to end.
    kill -${signal} -- -$!; { sleep 0.3; touch ../filter.go; } & wait %1; true`;
    await bash(team, team.workspace, `set -m; NODE='${process.execPath}' CLI='${CLI}'; ${script}`);
    await eventually(
      () =>
        bash(
          team,
          team.at("api"),
          "git status --porcelain; git rev-list --count HEAD..origin/main; ls .git/*.lock 2>/dev/null; true",
        ),
      (state) => state === "0\n",
    );
  },
);
