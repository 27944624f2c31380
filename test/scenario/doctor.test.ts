import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import type { Check } from "../../src/model/check.ts";
import { openTerminal } from "../harness/terminal.ts";
import { CLI, makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

describe("devenv doctor", () => {
  let workspace: TestWorkspace;
  let profile: string;
  const pins = () => join(workspace.folder, "pins.yaml");

  beforeAll(async () => {
    workspace = await makeWorkspace([{ name: "web" }, { name: "api" }], `unix://${inject("dockerSocket")}`);
    profile = readFileSync(workspace.profile, "utf8");
  });
  afterAll(() => workspace.remove());
  afterEach(() => {
    writeFileSync(workspace.profile, profile);
    rmSync(pins(), { force: true });
  });

  /** `state name: what`, of each check, and the exit code. */
  async function diagnosis(): Promise<{ code: number | undefined; checks: Check[]; lines: string[] }> {
    const { code, stdout } = await workspace.run("doctor", "--json");
    const { checks } = JSON.parse(stdout) as { checks: Check[] };
    return { code, checks, lines: checks.map(({ state, name, what }) => `${state} ${name}: ${what}`) };
  }

  it("finds nothing wrong where nothing is, and says what it looked at", async () => {
    const { code, lines } = await diagnosis();
    expect(lines.map((line) => line.split(":")[0])).toEqual([
      "ok daemon",
      "ok platform",
      "ok delivery",
      "ok clock",
      "ok container",
      "ok mount",
      "ok data",
      "ok programs",
      "ok watches",
      "ok kvm",
      "ok ci",
      "ok store",
      "ok disk",
      "ok links",
      "ok tools",
      "ok pins",
    ]);
    expect(lines.find((line) => line.startsWith("ok ci"))).toMatch(
      /^ok ci: file:\/.*\/ci has builds of 2 services, the newest of \d{4}-/,
    );
    expect(code).toBe(0);
    expect((await workspace.run("doctor")).stdout).toContain("All is well.");
  });

  it("says that nothing can be brought up where CI has nothing, and exits with 3", async () => {
    renameSync(join(workspace.folder, "ci"), join(workspace.folder, "away"));
    try {
      const { code, checks } = await diagnosis();
      const ci = checks.find(({ name }) => name === "ci");
      expect(ci).toMatchObject({ name: "ci", state: "bad", why: "there is nothing that web and api could run" });
      expect(ci?.what).toContain("there is no");
      expect(ci?.do).toContain("devenv publish");
      expect(code).toBe(3);
    } finally {
      renameSync(join(workspace.folder, "away"), join(workspace.folder, "ci"));
    }
  });

  it("names a variable of the credentials that is not set", async () => {
    const source = 'source: "jenkins:http://127.0.0.1:9/job/{service}", path: a, credentials: { token: CI_TOKEN }';
    writeFileSync(workspace.profile, profile.replace('source: "file:./ci"', source));
    const { code, checks } = await diagnosis();
    const credentials = checks.find(({ name }) => name === "credentials");
    expect(credentials).toMatchObject({ state: "bad", what: expect.stringContaining("CI_TOKEN is not set") });
    expect(code).toBe(3);
  });

  it("warns of plain http to another machine, and not to this one", async () => {
    const http = (host: string) => `source: "http://${host}/ci/"`;
    writeFileSync(workspace.profile, profile.replace('source: "file:./ci"', http("ci.invalid")));
    expect((await diagnosis()).lines).toContainEqual(
      "warn transport: http://ci.invalid/ci/ is asked without encryption",
    );
    writeFileSync(workspace.profile, profile.replace('source: "file:./ci"', http("127.0.0.1:9")));
    expect((await diagnosis()).lines.join("\n")).not.toContain("transport");
  });

  it("tells a pin of a service that is not there, and of a build that CI no longer has", async () => {
    writeFileSync(pins(), "pins:\n  web: { build: 99 }\n  wbe: { build: 124 }\n");
    const { code, lines, checks } = await diagnosis();
    expect(lines).toContainEqual(`warn pins: wbe is pinned, and profile ${workspace.cluster} has no such service`);
    expect(lines).toContainEqual("bad pins: web is pinned to ci:99, which CI no longer has");
    expect(checks.at(-1)?.do).toContain("devenv unpin web");
    expect(code).toBe(3);
  });

  it("goes on at a word on a terminal, and keeps a command whole", async () => {
    writeFileSync(pins(), "pins:\n  web: { build: 99 }\n");
    const terminal = await openTerminal({ columns: 60, rows: 40, cwd: workspace.folder, env: workspace.env });
    try {
      await terminal.type(`clear; ${process.execPath} ${CLI} doctor`);
      await terminal.press("Enter");
      const screen = await terminal.until(/^1 thing stops/m);
      expect(screen).toMatch(/^✔ looking at every layer +\d/m);
      expect(screen).toContain(
        [
          "✖  pins          web is pinned to ci:99, which CI no longer",
          "                 has",
          "                 there is nothing to run",
          "                 → pin another one",
          "                   (`devenv artifacts list web` shows them),",
          "                   or run `devenv unpin web`",
        ].join("\n"),
      );
    } finally {
      await terminal.close();
    }
  });

  it("tells every mistake of the pins file at its place", async () => {
    writeFileSync(pins(), "pins:\n  web: 124\n  api: { build: true }\n");
    const { code, lines } = await diagnosis();
    expect(lines.filter((line) => line.startsWith("bad pins"))).toEqual([
      `bad pins: ${pins()}:2:8 the pin of web must be a mapping`,
      `bad pins: ${pins()}:3:17 build of the pin of api must be a text, and is true`,
    ]);
    expect(code).toBe(3);
  });

  it("only warns of a CI that is away when what runs is here already", async () => {
    expect((await workspace.run("up")).code).toBe(0);
    renameSync(join(workspace.folder, "ci"), join(workspace.folder, "away"));
    try {
      const { code, checks } = await diagnosis();
      expect(checks.find(({ name }) => name === "ci")).toMatchObject({
        state: "warn",
        why: expect.stringContaining("nothing newer"),
      });
      expect(code).toBe(0);
      expect((await workspace.run("doctor")).stdout).toContain("Nothing stops `devenv up`; 1 thing is worth knowing.");
    } finally {
      renameSync(join(workspace.folder, "away"), join(workspace.folder, "ci"));
    }
  });
});
