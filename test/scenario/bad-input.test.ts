import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import { viewOf } from "../harness/cluster-view.ts";
import { makeMinikubeStandIn } from "../harness/minikube-stand-in.ts";
import { CLI, makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

describe("wrong words", () => {
  let workspace: TestWorkspace;

  beforeAll(async () => {
    workspace = await makeWorkspace([{ name: "gateway" }, { name: "books" }], `unix://${inject("dockerSocket")}`);
  });
  afterAll(() => workspace.remove());

  /** What is said of them, and the exit code. */
  const said = async (...args: string[]) => {
    const { stdout, stderr, code } = await workspace.run(...args);
    expect(stdout).toBe("");
    expect(code).toBe(2);
    return stderr;
  };

  it("an unknown profile is answered with the nearest one", async () => {
    expect(await said("up", "tset")).toBe(
      `✖ there is no profile tset in ${join(workspace.folder, "profiles")}\n  → did you mean test?\n`,
    );
    expect(await said("status", "-p", "zzz")).toContain("→ the profiles are test");
    expect(await said("up", "profiles/nope.yaml")).toContain("there is no profile");
  });

  it("an unknown service is answered with the nearest ones, by every command that takes one", async () => {
    for (const command of ["logs", "restart", "exec"]) {
      const text = await said(command, "gatewya", ...(command === "exec" ? ["true"] : []));
      expect(text).toContain("has no service gatewya\n  → Did you mean gateway?");
    }
    expect(await said("logs", "zzz")).toContain("→ It has gateway, books.");
  });

  it("an unknown command is answered with the nearest ones", async () => {
    expect(await said("stauts")).toBe("✖ devenv has no command stauts\n  → did you mean status?\n");
    expect(await said("frobnicate")).toContain("→ `devenv --help` lists them.");
  });

  it("an unknown option is answered with the nearest one, and with where the options are told", async () => {
    expect(await said("up", "--dri-run")).toBe(
      "✖ unknown option '--dri-run'\n  → Did you mean --dry-run? `devenv up --help` tells what it takes.\n",
    );
    expect(await said("logs", "-n", "many")).toContain("It takes a whole number.");
    expect(await said("logs", "--since", "yesterday")).toContain("→ Give a time like");
    expect(await said("exec")).toContain("missing required argument 'service'");
    expect(await said("engine", "stort")).toContain("It takes status, start or stop.");
  });

  it("are told as JSON where JSON was asked for", async () => {
    for (const args of [["up", "tset"], ["logs", "gatewya"], ["stauts"], ["up", "--dri-run"], ["exec"]]) {
      const { stdout, stderr, code } = await workspace.run(...args, "--json");
      expect(JSON.parse(stdout)).toEqual({
        type: "failed",
        failure: { class: "user", message: expect.any(String), hint: expect.any(String) },
      });
      expect([stderr, code]).toEqual(["", 2]);
    }
  });

  it("a machine of minikube's that is not there is told as that, before anybody is to say that it may go", async () => {
    const { bin } = await makeMinikubeStandIn(workspace.folder, {
      version: { stdout: '{"minikubeVersion":"v1.38.1"}\n' },
      status: { stdout: "", code: 85 },
    });
    const env = { PATH: `${bin}:${process.env.PATH}` };
    const { code, stderr } = await viewOf(workspace).runWith({ env }, "minikube", "delete");
    expect(stderr).toContain(`there is no machine devenv-${workspace.cluster} of minikube's`);
    expect(code).toBe(3);
  });

  it("outside of any workspace the way to one is told", async () => {
    const { stderr, code } = await systemProcesses.run(process.execPath, [CLI, "up"], { cwd: "/", env: workspace.env });
    expect(stderr).toMatch(/no workspace|profiles/);
    expect(stderr).toContain("→");
    expect(code).toBe(2);
  });
});

describe("a wrong profile", () => {
  let workspace: TestWorkspace;
  let file: string;

  beforeAll(async () => {
    workspace = await makeWorkspace([{ name: "web" }], `unix://${inject("dockerSocket")}`);
    file = join(workspace.folder, "profiles/wrong.yaml");
  });
  afterAll(() => workspace.remove());

  it("is told with file, line, column and the line itself, all problems at once", async () => {
    const lines = [
      "name: wrong",
      "services:",
      "  web:",
      "    image: scratch",
      '    prots: ["80:80"]',
      "    depends_on: [nope]",
    ];
    await writeFile(file, `${lines.join("\n")}\n`);
    const { code, stderr } = await workspace.run("up", "wrong");
    expect(stderr.split("\n").map((line) => line.trimEnd())).toEqual([
      "✖ wrong.yaml has 2 problems",
      "  • unknown key prots under services.web",
      `    ${file}:5:5`,
      '    5 |     prots: ["80:80"]',
      "      |     ^",
      "    → did you mean ports?",
      "  • web depends on nope, which is no service of this profile",
      `    ${file}:6:18`,
      "    6 |     depends_on: [nope]",
      "      |                  ^",
      "    → the services are only this one",
      "",
    ]);
    expect(code).toBe(2);
  });

  it("that is no YAML is told the same way", async () => {
    await writeFile(file, "name: wrong\nservices:\n  web: [\n    image\n");
    const { code, stderr } = await workspace.run("up", "wrong");
    expect(stderr).toContain("✖ wrong.yaml has a problem");
    expect(stderr).toMatch(/wrong\.yaml:\d+:\d+\n {4}\d+ \| .*\n {6}\| +\^/);
    expect(code).toBe(2);
  });

  it("is told as JSON with the positions as numbers", async () => {
    await writeFile(file, "name: wrong\nservices:\n  web: { image: scratch, prots: [] }\n");
    const { stdout, code } = await workspace.run("up", "wrong", "--json");
    const { failure } = JSON.parse(stdout);
    expect(failure.problems[0]).toMatchObject({
      message: "unknown key prots under services.web",
      where: { file, line: 3, column: 26, text: "  web: { image: scratch, prots: [] }" },
    });
    expect(code).toBe(2);
  });
});
