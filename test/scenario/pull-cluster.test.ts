import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTerminal } from "../harness/terminal.ts";
import { CLI } from "../harness/workspace.ts";
import {
  crashing,
  LOCAL,
  type PulledCluster,
  type PullLine,
  pulledCluster,
  SHOP,
  wellBehaved,
} from "./pulled-cluster.ts";

let cluster: PulledCluster;

beforeAll(async () => {
  cluster = await pulledCluster();
  const pinned = await cluster.run("pin", "search", "124");
  expect(pinned.code, pinned.output).toBe(0);
});
afterAll(() => cluster?.remove());

const outcomes = (line: PullLine | undefined) =>
  Object.fromEntries((line?.services ?? []).map(({ service, outcome }) => [service, outcome]));

test("CI's new builds of what moved are swapped in, a pin is kept, and what runs local builds is named", async () => {
  await cluster.push(SHOP, cluster.saying("second"));
  await cluster.ciBuilds({ web: "web 125", search: "search 125" });
  const before = await cluster.identities();
  const { code, lines } = await cluster.pullAll();
  expect(code).toBe(0);
  const [pulled, refreshed] = lines;
  expect(pulled?.repositories?.filter(({ outcome }) => outcome === "moved")).toMatchObject([
    { name: SHOP, services: [...LOCAL, "web", "search"] },
  ]);
  expect(refreshed).toMatchObject({ type: "refreshed", cluster: cluster.cluster, local: LOCAL, watcher: null });
  expect(refreshed?.command).toBe("devenv use books=local authors=local reviews=local");
  expect(outcomes(refreshed)).toEqual({ web: "swapped", search: "pinned" });
  expect(await cluster.answer("web")).toBe("web 125");
  expect(await cluster.answer("search")).toBe("ci");
  const after = await cluster.identities();
  for (const name of LOCAL.map((service) => `${cluster.cluster}-${service}-1`)) expect(after[name]).toBe(before[name]);
  expect((await cluster.pullAll()).lines).toHaveLength(1);
});

test("at a terminal one question is asked for all that run local builds, and enter has them built as saves", async () => {
  await cluster.push(SHOP, cluster.saying("third"));
  const terminal = await openTerminal({ columns: 80, rows: 24, cwd: cluster.folder, env: cluster.env });
  try {
    await terminal.type(`clear; node ${CLI} pull-all; echo "code $?"`);
    await terminal.press("Enter");
    await terminal.until(/books, authors, reviews run local builds of what moved\. Rebuild\?/, 60_000);
    await terminal.press("Enter");
    const screen = await terminal.until(/code 0/, 60_000);
    for (const service of LOCAL) expect(screen).toMatch(new RegExp(`✔ ${service} #\\d+ runs local:`));
  } finally {
    await terminal.close();
  }
  for (const service of LOCAL) expect(await cluster.answer(service)).toBe(`${service} says third`);
  const history = await cluster.run("history", "books", "--json");
  expect(history.output).toContain("committed");
});

test("a pulled commit that crashes at its start is rolled back and told, and the others run on the new one", async () => {
  await cluster.push(SHOP, { ...cluster.saying("fourth"), "cmd/books/main.go": crashing("books") });
  const { code, lines } = await cluster.pullAll("--yes");
  expect(code).toBe(1);
  expect(lines[0]?.repositories?.find(({ name }) => name === SHOP)?.outcome).toBe("moved");
  const rebuilt = Object.fromEntries((lines[1]?.rebuilt ?? []).map((row) => [row.service, row]));
  expect(rebuilt.books).toMatchObject({
    outcome: "rolledBack",
    failure: { message: expect.stringContaining("books") },
  });
  expect([rebuilt.authors?.outcome, rebuilt.reviews?.outcome]).toEqual(["swapped", "swapped"]);
  expect(await cluster.answer("books")).toBe("books says third");
  expect(await cluster.answer("authors")).toBe("authors says fourth");
});

test("a profile that moved is told with what it changes, and one with mistakes with those", async () => {
  const text = await readFile(cluster.profile, "utf8");
  await cluster.push(".", { "profiles/test.yaml": text.replace("  web:\n", "  web:\n    labels: { added: yes }\n") });
  const { lines } = await cluster.pullAll();
  expect(lines[1]).toMatchObject({ profile: { is: "changed", changed: ["web"] }, services: [], local: [] });
  await cluster.push(".", { "profiles/test.yaml": text.replace("  web:\n", "  web:\n    labelz: {}\n") });
  const wrong = await cluster.run("pull-all");
  expect(wrong.code).toBe(0);
  expect(wrong.output).toContain("the profile that came has mistakes");
  expect(wrong.output).toContain("unknown key labelz");
  await cluster.push(".", { "profiles/test.yaml": text });
  await cluster.run("pull-all", "-q");
});

test("what CI cannot be asked about fails the refresh, and not what the pull says", async () => {
  await cluster.push(SHOP, { ...cluster.saying("fifth"), "cmd/books/main.go": wellBehaved("books") });
  await cluster.editProfile("file:./ci", "file:./no-ci");
  const { code, stdout, stderr } = await cluster.run("pull-all");
  expect(code).toBe(1);
  expect(stdout).toMatch(/✔ repos\/shop .*1 commit/);
  expect(stderr).toContain("no-ci");
  await cluster.editProfile("file:./no-ci", "file:./ci");
});

test("--no-cluster leaves it alone; so does a pull while no daemon answers, which is a note, or nothing runs", async () => {
  await cluster.push(SHOP, cluster.saying("sixth"));
  expect((await cluster.pullAll("--no-cluster")).lines).toHaveLength(1);
  await cluster.push(SHOP, cluster.saying("seventh"));
  const env = { DOCKER_HOST: "unix:///nowhere/docker.sock" };
  const silent = await cluster.runWith({ env }, "pull-all");
  expect(silent.code).toBe(0);
  expect(silent.stderr).toContain("nothing of the cluster is refreshed: no Docker daemon answers");
  await cluster.run("down");
  await cluster.push(SHOP, cluster.saying("eighth"));
  const { code, lines } = await cluster.pullAll();
  expect([code, lines.length]).toEqual([0, 1]);
});
