// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Compose's variables are what is tested
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import { type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { startDevenv } from "../harness/devenv.ts";
import { eventually } from "../harness/eventually.ts";
import { type Leak, leaksBelow, leaksIn, leaksInDocker, watchArguments } from "../harness/leaks.ts";
import { giveSecrets, keep } from "../harness/secrets.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

const dockerHost = `unix://${inject("dockerSocket")}`;

const pem = Array.from({ length: 6 }, () => randomBytes(48).toString("base64")).join("\n");
const PLANTED = {
  file: 'planted "file" <7f3a9c&e1> pässword',
  pem: `-----BEGIN PRIVATE KEY-----\n${pem}\n-----END PRIVATE KEY-----`,
  key: "planted-key-5f2e81c09b",
  variable: "planted/variable+b7d1=40",
  environment: "planted environment 91cc",
  command: "planted-command-4be7712d",
};
const planted = Object.values(PLANTED);

/** Prints every secret of a container in every shape that programs print them in, and goes on. */
const LEAKY = `
  leaky:
    image: scratch
    stop_grace_period: 0s
    command:
      - /devenv/init/busybox
      - sh
      - -c
      - |
        B=/devenv/init/busybox; cd /run/secrets
        for f in *; do
          $$B cat $$f; echo; $$B base64 $$f; $$B od -An -tx1 $$f | $$B tr -d ' \\n'; echo
          echo "Authorization: Basic $$(printf 'shop:%s' "$$($$B cat $$f)" | $$B base64 | $$B tr -d '\\n')"
          echo "{\\"password\\":\\"$$($$B sed 's/"/\\\\"/g; s/&/\\\\u0026/g' $$f | $$B tr '\\n' ' ')\\"}"
          printf 'split:'; $$B cat $$f; $$B sleep 0.1; echo :end
        done
        echo "all: $$DATABASE"; echo printed
        exec $$B sleep 100000
    environment: { DATABASE: "postgres://shop:\${PLANTED_VARIABLE}@db/x" }
    secrets: [file, pem, key, environment]
secrets:
  file: { file: ../keys/file }
  pem: { file: ../keys/pem }
  key: { external: true, name: PLANTED_KEY }
  environment: { environment: PLANTED_ENVIRONMENT }
`;

/** A program that ends right after it has printed what it was given. */
const TELLS_ALL = `package main

import (
	"fmt"
	"os"
)

func main() {
	files, _ := os.ReadDir("/run/secrets")
	for _, file := range files {
		content, _ := os.ReadFile("/run/secrets/" + file.Name())
		fmt.Printf("%s\\n%q\\n", content, content)
	}
	os.Exit(3)
}
`;

describe("a secret's value", () => {
  let workspace: TestWorkspace;
  let view: ClusterView;
  let args: ReturnType<typeof watchArguments>;
  const output: string[] = [];

  beforeAll(async () => {
    const web = { name: "web", yaml: "    secrets: [file, pem, key, environment]" };
    workspace = await makeWorkspace([web, { name: "page" }], dockerHost);
    view = viewOf(workspace);
    await view.editProfile(
      "{ go: ./cmd/page }",
      '{ command: "cat ../../keys/file; base64 ../../keys/pem >&2; exit 1" }',
    );
    await giveSecrets(workspace, "keys/shop.secrets", LEAKY);
    await keep(workspace, "keys/file", `${PLANTED.file}\n`);
    await keep(workspace, "keys/pem", `${PLANTED.pem}\n`);
    await keep(workspace, "keys/shop.secrets", `PLANTED_KEY=${PLANTED.key}\nPLANTED_VARIABLE=${PLANTED.variable}\n`);
    args = watchArguments(planted);
  });
  afterAll(() => workspace.remove());

  const given = { PLANTED_ENVIRONMENT: PLANTED.environment };
  /** Runs devenv and keeps all that it writes. */
  const devenv = async (words: readonly string[], env: Record<string, string> = {}) => {
    const finished = await view.runWith({ env: { ...given, ...env } }, ...words);
    output.push(`$ devenv ${words.join(" ")}\n${finished.stdout}${finished.stderr}`);
    return finished;
  };
  /** Once `leaky` has printed all that it prints. */
  const printedLog = async (): Promise<string> => {
    const log = async () => {
      const { code, stdout, output: told } = await devenv(["logs"]);
      if (code !== 0) throw new Error(told);
      return stdout;
    };
    return eventually(log, (text) => /^leaky +\| printed$/m.test(text), { withinMs: 60_000 });
  };
  /** The lines that give a value away. */
  const leaks = () =>
    output.flatMap((text) => text.split("\n")).filter((line) => leaksIn(line, planted, "").length > 0);
  /** `devenv watch` while a person saves; `after` is what is waited for. */
  const watching = async (words: readonly string[], save: () => Promise<void>, after: string) => {
    const running = startDevenv({ ...workspace, env: { ...workspace.env, ...given } }, ["watch", ...words], (line) =>
      output.push(line),
    );
    await running.untilLine((line) => line.includes("Watching") || line.includes('"watching"'));
    await save();
    await running.untilLine((line) => line.includes(after));
    await running.interrupt();
  };

  it("stays out of what `up`, its plan and a second `up` print", async () => {
    for (const words of [["up", "--dry-run"], ["up", "--dry-run", "--json"], ["up"], ["up", "--json"]]) {
      expect(await devenv(words)).toMatchObject({ code: 0 });
    }
    await view.docker("rm", "-f", `${workspace.cluster}-leaky-1`);
    expect(await devenv(["up", "--json"])).toMatchObject({ code: 0 });
    expect(leaks()).toEqual([]);
  });

  it("stays out of the log, in whichever way a program has printed it", async () => {
    const log = await printedLog();
    expect(log).toContain("all: postgres://shop:[secret]@db/x");
    expect(log).toMatch(/^leaky +\| Authorization: Basic .{0,20}\[secret\]/m);
    expect(log).toContain("split:[secret]");
    await devenv(["logs", "--json"]);
    await devenv(["logs", "-t", "leaky"]);
    // A program's log holds what it printed: that is what would be shown.
    expect(leaksIn(await view.docker("logs", `${workspace.cluster}-leaky-1`), planted, "docker logs")).toHaveLength(5);
    expect(leaks()).toEqual([]);
  });

  it("stays out of the log when it is no longer what the profile gives", async () => {
    await keep(workspace, "keys/file", "another value\n");
    await devenv(["logs"]);
    await keep(workspace, "keys/file", `${PLANTED.file}\n`);
    expect(leaks()).toEqual([]);
  });

  it("stays out of what every other command prints", async () => {
    for (const words of [
      ["status"],
      ["config"],
      ["config", "--hash"],
      ["secrets", "check"],
      ["profiles"],
      ["restart", "web"],
      ["use", "web=off"],
      ["use", "--list"],
      ["use", "--clear"],
    ]) {
      await devenv(words);
      await devenv([...words, "--json"]);
    }
    expect(output.join("\n")).toContain("DATABASE: postgres://shop:[secret]@db/x");
    expect(leaks()).toEqual([]);
  });

  it("stays out of what a failing save tells: of a compiler, of a crash", async () => {
    for (const words of [[], ["--json"]]) {
      const isJson = words.length > 0;
      await watching(words, () => workspace.saveVersion("page", "new"), isJson ? '"buildFailed"' : "does not build");
      const crash = () => writeFile(workspace.source("web"), TELLS_ALL);
      await watching(words, crash, isJson ? '"rolledBack"' : "rolled back to");
    }
    expect(output.join("\n").match(/\[secret\]/g)?.length).toBeGreaterThan(20);
    expect(leaks()).toEqual([]);
  });

  it("stays out of what `up` tells of a service that does not come up", async () => {
    await view.editProfile("  page:\n", `${dying}  page:\n`);
    expect(await devenv(["up"])).toMatchObject({ code: 1 });
    expect(output.at(-1)).toMatch(/│ \[secret\]/);
    await devenv(["up", "--json"]);
    await devenv(["status", "--json"]);
    await view.editProfile(dying, "");
    expect(leaks()).toEqual([]);
  });

  it("stays out of what is wrong with a profile, also where the line itself has it", async () => {
    const wrong = [
      'ports: ["${PLANTED_KEY}"]',
      "command: [x, '--password=${PLANTED_VARIABLE}']",
      `imagee: ${PLANTED.key}`,
      'labels: { x: "${PLANTED_KEY}" }',
    ];
    for (const line of wrong) {
      await view.editProfile("  page:\n", `  wrong:\n    image: x\n    ${line}\n  page:\n`);
      for (const words of [["up"], ["config", "--json"]]) expect(await devenv(words)).toMatchObject({ code: 2 });
      await view.editProfile(`  wrong:\n    image: x\n    ${line}\n`, "");
    }
    expect(leaks()).toEqual([]);
  });

  it("stays out of the report of a bug", async () => {
    // Once it watches, and so knows the secrets.
    const bug = `const { write } = process.stdout; process.stdout.write = (text, ...rest) => {
      if (/watching/i.test(text))
        setImmediate(() => { throw new Error("lost ${PLANTED.key}", { cause: "${PLANTED.variable}" }) });
      return write.call(process.stdout, text, ...rest);
    };`;
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(bug)}` };
    for (const words of [["watch"], ["watch", "--json"]]) {
      const { code, stdout, stderr } = await devenv(words, env);
      expect({ code, told: stdout + stderr }).toMatchObject({
        code: 1,
        told: expect.stringContaining("lost [secret]"),
      });
    }
    expect(leaks()).toEqual([]);
  });

  it("of a command stays out of all of them, too", async () => {
    await keep(workspace, "keys/vault.sh", `echo PLANTED_KEY=${PLANTED.command}; echo says ${PLANTED.command} >&2\n`);
    await view.editProfile("secrets: keys/shop.secrets", "secrets: { command: sh keys/vault.sh }");
    await view.editProfile("${PLANTED_VARIABLE}", "nothing");
    for (const words of [["secrets", "check"], ["up"], ["up", "--json"], ["config"], ["status", "--json"]]) {
      expect(await devenv(words)).toMatchObject({ code: 0 });
    }
    const log = await printedLog();
    expect(log).toContain("[secret]");
    expect(leaks()).toEqual([]);
  });

  it("is in no file of devenv's: state, journal, cache, configuration", async () => {
    expect(await leaksBelow(join(workspace.folder, ".xdg"), planted)).toEqual([]);
  });

  it("is in nothing that the daemon tells everyone: arguments, labels, images, networks, volumes", async () => {
    expect(await leaksInDocker(workspace, planted)).toEqual([]);
  });

  it("was the argument of no process", async () => {
    expect(await args.end()).toEqual([]);
  });

  it("would have been found in each of these places", async () => {
    await keep(workspace, ".xdg/state/devenv/planted", Buffer.from(`a:${PLANTED.key}`).toString("hex"));
    expect(await leaksBelow(join(workspace.folder, ".xdg"), planted)).toMatchObject([{ value: PLANTED.key }]);
    const label = [
      "--label",
      `dev.devenv.cluster=${workspace.cluster}`,
      "--label",
      `x=${encodeURIComponent(PLANTED.file)}`,
    ];
    const image = (await view.container("web"))?.Image ?? "";
    await view.docker("create", ...label, image, "/x");
    expect(await leaksInDocker(workspace, planted)).toMatchObject([{ value: PLANTED.file }]);
    const looking = watchArguments(planted);
    const seen = new AbortController();
    let found: Leak[] = [];
    const onLine = async () => {
      found = await looking.end();
      seen.abort();
    };
    await systemProcesses.run("sh", ["-c", `echo runs; sleep 60; : ${PLANTED.command}`], {
      signal: seen.signal,
      onLine,
    });
    expect(found).toMatchObject([{ value: PLANTED.command }]);
  });
});

const dying = `  dying:
    image: scratch
    command: [/devenv/init/busybox, sh, -c, "/devenv/init/busybox cat /run/secrets/*; exit 4"]
    secrets: [file, pem]
    x-devenv: { ready: { tcp: true, port: 8080, within: 5s } }
`;
