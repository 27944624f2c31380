import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { systemProcesses } from "../../../src/host/process.ts";
import type { FailureReport } from "../../../src/model/failure.ts";
import { cannotWatch } from "../../../src/watch/limits.ts";
import { temporaryFolder } from "./watching.ts";

/** In a user namespace of its own the limit can be lowered without root, and for nobody else. */
const limited = (watches: number, program: string) => [
  "-Ur",
  "sh",
  "-c",
  `echo ${watches} > /proc/sys/user/max_inotify_watches && ${program}`,
  "sh",
];
const isPossible = (await systemProcesses.run("unshare", limited(20, "true"))).code === 0;

const words = (stdout: string) =>
  Object.assign(
    {},
    ...stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ) as {
    told?: FailureReport;
    thrown?: FailureReport;
    left?: number;
    ready?: number;
  };

describe.skipIf(!isPossible)("when the system's file watches are used up", () => {
  async function watchFolders(count: number, limit: number) {
    const root = await temporaryFolder();
    const folders = Array.from({ length: count }, (_, index) => join(root, String(index)));
    for (const folder of folders) await mkdir(folder);
    const program = 'exec "$0" --import tsx test/unit/watch/watch-until-full.ts "$@"';
    const args = limited(limit, program.replace('"$0"', `"${process.execPath}"`));
    const finished = await systemProcesses.run("unshare", [...args, ...folders]);
    return words(finished.stdout);
  }

  test("the first is told as a failure with the setting, its value and the command, and nothing is watched", async () => {
    const { told, thrown, left, ready } = await watchFolders(30, 20);
    expect(ready).toBeUndefined();
    expect(thrown).toEqual(told);
    expect(left).toBe(0);
    expect(told?.class).toBe("environment");
    expect(told?.message).toContain("limit of file watches is reached: user.max_inotify_watches is 20");
    expect(told?.message).toContain("devenv needs 30 of them");
    expect(told?.hint).toContain("sudo sysctl user.max_inotify_watches=524288");
  });

  test("fifty folders need fifty watches, not one for each file", async () => {
    expect((await watchFolders(50, 60)).ready).toBe(50);
  });
});

describe("other reasons why a folder cannot be watched", () => {
  const error = (code: string) => Object.assign(new Error(`${code}: no`), { code });

  test("too many open files names both limits", async () => {
    const { message, hint } = await cannotWatch("/ws/books", error("EMFILE"), () => 3);
    expect(message).toContain("too many open files");
    expect(hint).toContain("fs.inotify.max_user_instances");
  });

  test("anything else names the folder and what the system said", async () => {
    expect((await cannotWatch("/ws/books", error("EACCES"), () => 3)).message).toBe(
      "/ws/books cannot be watched: EACCES: no",
    );
  });
});
