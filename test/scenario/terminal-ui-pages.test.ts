import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import { openTerminal, type Terminal } from "../harness/terminal.ts";
import { CLI } from "../harness/workspace.ts";
import { clusterOf, type TestCluster } from "./save-loop-cluster.ts";

let cluster: TestCluster;
let terminal: Terminal;
/** Where the team's repository lies, and somebody else's clone of it: outside of the workspace. */
let elsewhere: string;

beforeAll(async () => {
  cluster = await clusterOf({ name: "books" }, { name: "flood", ci: "floods-when-asked" });
  elsewhere = `${cluster.folder}-elsewhere`;
  await repositories();
  // Wide enough for a whole path.
  terminal = await openTerminal({ columns: 200, rows: 40, cwd: cluster.folder, env: cluster.env });
  await terminal.type(`node ${CLI}; echo "code $?"`);
  await terminal.press("Enter");
  await terminal.until(/watching \d+ folders/);
});
afterAll(async () => {
  await terminal?.close();
  await cluster?.remove();
  await rm(elsewhere, { recursive: true, force: true });
});

async function git(folder: string, ...args: readonly string[]): Promise<void> {
  const person = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"];
  const { code, output } = await systemProcesses.run("git", ["-C", folder, ...person, ...args]);
  if (code !== 0) throw new Error(`git ${args.join(" ")}: ${output}`);
}

/** That of books is a commit behind its origin; tools has no origin at all, and a file that is new. */
async function repositories(): Promise<void> {
  const [books, tools] = ["books", "tools"].map((name) => join(cluster.folder, "repos", name)) as [string, string];
  await mkdir(tools);
  await writeFile(join(tools, "a.txt"), "a");
  for (const folder of [books, tools]) {
    await git(folder, "init", "-q");
    await git(folder, "add", ".");
    await git(folder, "commit", "-qm", "first");
  }
  await writeFile(join(tools, "b.txt"), "b");
  await mkdir(elsewhere);
  await git(dirname(books), "clone", "-q", "--bare", books, join(elsewhere, "books.git"));
  await git(books, "remote", "add", "origin", join(elsewhere, "books.git"));
  await git(books, "fetch", "-q");
  await git(books, "branch", "-qu", "origin/main");
  await git(elsewhere, "clone", "-q", "books.git", "other");
  await writeFile(join(elsewhere, "other", "README"), "read me");
  await git(join(elsewhere, "other"), "add", ".");
  await git(join(elsewhere, "other"), "commit", "-qm", "second");
  await git(join(elsewhere, "other"), "push", "-q");
}

test("the log is searched and filtered, and what is shown of it is written to a file for the person alone", async () => {
  await terminal.press("Tab");
  await terminal.until(/books │ .*listens on :8080/);
  await terminal.type("/LISTENS");
  await terminal.press("Enter");
  await terminal.until(/scrolled back: f follows/);
  await terminal.type("N");
  await terminal.until(/no older line has LISTENS/);
  await terminal.press("Escape");
  await terminal.until((screen) => !screen.includes("LISTENS"));
  await terminal.type("f&no such line");
  await terminal.until(/no line with no such line/);
  await terminal.press("Escape");
  await terminal.until(/following ─[\s\S]*books │ /);
  await terminal.type(">");
  const [, count, path = ""] =
    /✔ (\d+) lines are in (\S+\.log)/.exec(await terminal.until(/✔ \d+ lines are in \S+\.log/)) ?? [];
  const text = await readFile(path, "utf8");
  expect(text.split("\n")).toHaveLength(Number(count) + 1);
  expect(text).toMatch(/^\d{4}-\d\d-\d\dT\S+Z books .*listens on :8080$/m);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("the repositories are pulled by P: each row says how it was, and then what became of it and why", async () => {
  await terminal.press("Tab");
  await terminal.until(/▸ ● repos\/books +main +=/);
  await terminal.until(/● repos\/tools +main +- +1 file/);
  await terminal.type("P");
  await terminal.until(/▸ ● repos\/books +main +=.* ago, 1 commit$/m);
  expect(await readFile(join(cluster.folder, "repos", "books", "README"), "utf8")).toBe("read me");
  await terminal.until(/! repos\/tools .*left alone: /);
  await terminal.type("j");
  await terminal.until(/── repos\/tools ─+\n! .+/);
});

/** Lines, and how many of them a second. */
const [LINES, RATE] = [50_000, 10_000];

test("ten thousand lines a second leave the keys their effect, and none of them is lost", async () => {
  await terminal.press("Escape");
  await terminal.until(/● flood +ready/);
  await terminal.type("Gl");
  await terminal.until(/── flood/);
  await cluster.answer("flood", `/flood?lines=${LINES}&rate=${RATE}`);
  await terminal.until(/line \d{3,} /); // more than the page has room for, so that there is something to scroll
  let keys = 0;
  for (let screen = ""; !screen.includes(`line ${LINES - 1} `); keys++) {
    await terminal.press("PageUp");
    await terminal.until(/scrolled back/);
    await terminal.press("f");
    screen = await terminal.until(/── flood · following/);
  }
  expect(keys).toBeGreaterThan(1); // they had it while the lines came, and not only after the last
  await terminal.type(">");
  const [, path = ""] = /✔ \d+ lines are in (\S+-flood-\S+\.log)/.exec(await terminal.until(/-flood-\S+\.log/)) ?? [];
  const numbers = [...(await readFile(path, "utf8")).matchAll(/ line (\d+) the quick/g)].map(([, number]) =>
    Number(number),
  );
  expect(numbers).toHaveLength(LINES);
  expect(numbers.every((number, at) => number === at)).toBe(true);
});
