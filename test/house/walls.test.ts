import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkWalls, printed } from "../../scripts/walls.ts";

/** A small house in which every wall stands. */
const CLEAN: Record<string, string> = {
  "main.ts": `import { Command } from "commander";\nimport { up } from "./flow/up.ts";\nprocess.exit(new Command() && up());\n`,
  "model/names.ts": `export type Name = string;\nexport const at = (ms: number) => new Date(ms).toISOString();\n`,
  "plan/plan.ts": `import type { Name } from "../model/names.ts";\nexport const plan = (process: { exit: Name }) => process.exit;\n`,
  "host/process.ts": `export const run = async () => ({ ...(await import("execa")), path: process.env.PATH, now: Date.now() });\n`,
  "host/held-child.ts": `import { spawn } from "node:child_process";\nexport const start = spawn;\n`,
  "docker/daemon.ts": `import type Docker from "dockerode";\nimport { run } from "../host/process.ts";\nexport type D = Docker;\nexport const d = run;\n`,
  "flow/up.ts": `import { d } from "../docker/daemon.ts";\nimport { plan } from "../plan/plan.ts";\nexport const up = () => Number(d && plan);\n`,
  "cli/up.ts": `import { up } from "../flow/up.ts";\nexport const command = up;\n`,
  "tui/screen.tsx": `import { Text } from "ink";\nimport { at } from "../model/names.ts";\nexport const Screen = () => <Text>{at(0)}</Text>;\n`,
};

let src: string;

beforeEach(() => {
  src = mkdtempSync(join(tmpdir(), "devenv-walls-"));
});

afterEach(() => rmSync(src, { recursive: true }));

function house(files: Record<string, string>): string[] {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(src, path)), { recursive: true });
    writeFileSync(join(src, path), text);
  }
  return checkWalls(src).violations.map(
    ({ path, at, rule, arrow }) => `${path}:${at.line}:${at.column} ${rule} ${arrow}`,
  );
}

test("a house in which every wall stands passes, and was looked at", () => {
  expect(house(CLEAN)).toEqual([]);
  expect(checkWalls(src)).toMatchObject({ files: 9, imports: 12 });
});

test("an empty folder does not pass", () => {
  expect(house({})).toEqual([`:1:1 empty ${src}`]);
});

test("a violation is printed with place, arrow, rule, reason and advice", () => {
  house({ "plan/a.ts": `\nimport { x } from "../docker/d.ts";\n`, "docker/d.ts": "export const x = 1;\n" });
  const [violation] = checkWalls(src).violations;
  if (violation === undefined) throw new Error("none found");
  expect(printed(violation, "src")).toBe(
    [
      "src/plan/a.ts:2:19  plan -> docker  [layer]",
      "    arrows point down the layers only",
      "    hand it in from above (flow, main.ts), or move the shared part down",
      "",
    ].join("\n"),
  );
});

/** Each plants one violation into the clean house: file, text, and what is to be said of it. */
const PLANTED: [string, string, string, string][] = [
  // Layers, in every way an import can be written.
  [
    "a static import upwards",
    "plan/a.ts",
    `import { d } from "../docker/daemon.ts";`,
    "plan/a.ts:1:19 layer plan -> docker",
  ],
  [
    "a type import upwards",
    "plan/a.ts",
    `import type { D } from "../docker/daemon.ts";`,
    "plan/a.ts:1:24 layer plan -> docker",
  ],
  [
    "a type written as import()",
    "plan/a.ts",
    `type D = import("../docker/daemon.ts").D;`,
    "plan/a.ts:1:17 layer plan -> docker",
  ],
  ["a lazy import upwards", "host/a.ts", `await import("../flow/up.ts");`, "host/a.ts:1:14 layer host -> flow"],
  ["an export from above", "host/a.ts", `export { up } from "../flow/up.ts";`, "host/a.ts:1:20 layer host -> flow"],
  [
    "an export of everything above",
    "host/a.ts",
    `\nexport * from "../flow/up.ts";`,
    "host/a.ts:2:15 layer host -> flow",
  ],
  ["an import for its effect", "host/a.ts", `import "../flow/up.ts";`, "host/a.ts:1:8 layer host -> flow"],
  ["a require", "host/a.ts", `require("../flow/up.ts");`, "host/a.ts:1:9 layer host -> flow"],
  ["flow that reaches cli", "flow/a.ts", `import "../cli/up.ts";`, "flow/a.ts:1:8 layer flow -> cli"],
  ["model that imports a room", "model/a.ts", `import "../plan/plan.ts";`, "model/a.ts:1:8 layer model -> plan"],
  ["two pure rooms side by side", "state/a.ts", `import "../plan/plan.ts";`, "state/a.ts:1:8 layer state -> plan"],
  ["an import of main.ts", "cli/a.ts", `import "../main.ts";`, "cli/a.ts:1:8 layer cli -> main.ts"],
  [
    "an import from outside src",
    "cli/a.ts",
    `import "../../test/x.ts";`,
    "cli/a.ts:1:8 outside cli -> ../../test/x.ts",
  ],
  [
    "tui that reaches the daemon",
    "tui/a.tsx",
    `import type { D } from "../docker/daemon.ts";`,
    "tui/a.tsx:1:24 layer tui -> docker",
  ],
  ["tui that reaches a provider", "tui/a.tsx", `import "../provider/p.ts";`, "tui/a.tsx:1:8 layer tui -> provider"],
  ["tui that reaches a flow", "tui/a.tsx", `import "../flow/up.ts";`, "tui/a.tsx:1:8 layer tui -> flow"],
  ["tui that reaches a delivery", "tui/a.tsx", `import "../delivery/mount.ts";`, "tui/a.tsx:1:8 layer tui -> delivery"],
  [
    "a computed import",
    "cli/a.ts",
    `const n: string = "x";\nawait import(n);`,
    "cli/a.ts:2:14 computed-import import(?)",
  ],
  // Purity.
  ["a package in model", "model/a.ts", `import * as z from "zod";`, "model/a.ts:1:20 pure model -> zod"],
  ["a package in plan", "plan/a.ts", `import type { X } from "zod";`, "plan/a.ts:1:24 pure plan -> zod"],
  ["node: in swap", "swap/a.ts", `import { join } from "node:path";`, "swap/a.ts:1:22 pure swap -> node:path"],
  ["Date.now in state", "state/a.ts", "export const t = () => Date.now();", "state/a.ts:1:24 pure state -> Date.now"],
  ["new Date() in plan", "plan/a.ts", "export const t = new Date();", "plan/a.ts:1:18 pure plan -> Date.now"],
  ["a timer in swap", "swap/a.ts", "setTimeout(() => 1, 5);", "swap/a.ts:1:1 pure swap -> setTimeout"],
  [
    "a timer behind globalThis",
    "swap/a.ts",
    "globalThis.setTimeout(() => 1, 5);",
    "swap/a.ts:1:1 pure swap -> setTimeout",
  ],
  [
    "a timer handed on",
    "swap/a.ts",
    "export const t = { timer: setTimeout };",
    "swap/a.ts:1:27 pure swap -> setTimeout",
  ],
  [
    "performance in plan",
    "plan/a.ts",
    "export const t = performance.now();",
    "plan/a.ts:1:18 pure plan -> performance.now",
  ],
  [
    "process in plan",
    "plan/a.ts",
    "export const t = process.platform;",
    "plan/a.ts:1:18 pure plan -> process.platform",
  ],
  [
    "process taken apart in plan",
    "plan/a.ts",
    "export const { platform } = process;",
    "plan/a.ts:1:16 pure plan -> process.platform",
  ],
  ["chance in plan", "plan/a.ts", "export const t = Math.random();", "plan/a.ts:1:18 pure plan -> Math.random"],
  // A package has one room.
  ["execa", "docker/a.ts", `import { execa } from "execa";`, "docker/a.ts:1:23 package-room docker -> execa"],
  ["proper-lockfile", "flow/a.ts", `import "proper-lockfile";`, "flow/a.ts:1:8 package-room flow -> proper-lockfile"],
  [
    "write-file-atomic",
    "cli/a.ts",
    `import "write-file-atomic";`,
    "cli/a.ts:1:8 package-room cli -> write-file-atomic",
  ],
  ["dockerode", "flow/a.ts", `await import("dockerode");`, "flow/a.ts:1:14 package-room flow -> dockerode"],
  ["docker-modem", "flow/a.ts", `import "docker-modem";`, "flow/a.ts:1:8 package-room flow -> docker-modem"],
  [
    "a type of dockerode",
    "flow/a.ts",
    `type D = import("dockerode").Container;`,
    "flow/a.ts:1:17 package-room flow -> dockerode",
  ],
  ["chokidar", "host/a.ts", `import "chokidar";`, "host/a.ts:1:8 package-room host -> chokidar"],
  ["yaml", "flow/a.ts", `import "yaml";`, "flow/a.ts:1:8 package-room flow -> yaml"],
  ["listr2", "flow/a.ts", `import "listr2";`, "flow/a.ts:1:8 package-room flow -> listr2"],
  ["commander", "tui/a.ts", `import "commander";`, "tui/a.ts:1:8 package-room tui -> commander"],
  [
    "@bomb.sh/tab",
    "flow/a.ts",
    `import "@bomb.sh/tab/commander";`,
    "flow/a.ts:1:8 package-room flow -> @bomb.sh/tab/commander",
  ],
  ["ink", "cli/a.ts", `import "ink";`, "cli/a.ts:1:8 package-room cli -> ink"],
  ["react", "cli/a.ts", `import "react/jsx-runtime";`, "cli/a.ts:1:8 package-room cli -> react/jsx-runtime"],
  ["@inkjs/ui", "cli/a.ts", `import "@inkjs/ui";`, "cli/a.ts:1:8 package-room cli -> @inkjs/ui"],
  // The process.
  [
    "node:child_process",
    "host/a.ts",
    `import "node:child_process";`,
    "host/a.ts:1:8 forbidden-module host -> node:child_process",
  ],
  ["child_process", "host/a.ts", `import "child_process";`, "host/a.ts:1:8 forbidden-module host -> child_process"],
  [
    "child_process in main.ts",
    "main.ts",
    `import "node:child_process";`,
    "main.ts:1:8 forbidden-module main.ts -> node:child_process",
  ],
  [
    "process under another name",
    "host/a.ts",
    `import p from "node:process";`,
    "host/a.ts:1:15 forbidden-module host -> node:process",
  ],
  [
    "createRequire",
    "host/a.ts",
    `import { createRequire } from "node:module";`,
    "host/a.ts:1:31 forbidden-module host -> node:module",
  ],
  ["process.exit", "cli/a.ts", "if (1) {\n  process.exit(1);\n}", "cli/a.ts:2:3 exit cli -> process.exit"],
  ["process['exit']", "cli/a.ts", `process["exit"](1);`, "cli/a.ts:1:1 exit cli -> process.exit"],
  ["exit taken out of process", "cli/a.ts", "const { exit } = process;", "cli/a.ts:1:9 exit cli -> process.exit"],
  ["process.exit handed on", "cli/a.ts", "export const end = process.exit;", "cli/a.ts:1:20 exit cli -> process.exit"],
  [
    "a write to process.env",
    "provider/a.ts",
    `process.env.DOCKER_HOST = "x";`,
    "provider/a.ts:1:1 env provider -> process.env.DOCKER_HOST",
  ],
  [
    "a write by a computed name",
    "host/a.ts",
    `const k = "A";\nprocess.env[k] ??= "x";`,
    "host/a.ts:2:1 env host -> process.env.*",
  ],
  ["process.env replaced", "main.ts", "process.env = {};", "main.ts:1:1 env main.ts -> process.env"],
  ["a delete from process.env", "host/a.ts", "delete process.env.A;", "host/a.ts:1:8 env host -> process.env.A"],
  [
    "Object.assign to process.env",
    "host/a.ts",
    "Object.assign(process.env, {});",
    "host/a.ts:1:15 env host -> process.env",
  ],
  // Names and kinds.
  ["a file named utils", "host/utils.ts", "", "host/utils.ts:1:1 name utils"],
  ["a folder named helpers", "host/helpers/a.ts", "", "host/helpers/a.ts:1:1 name helpers"],
  ["a file named common", "flow/common.ts", "", "flow/common.ts:1:1 name common"],
  ["a file named misc", "flow/misc.ts", "", "flow/misc.ts:1:1 name misc"],
  ["a folder named lib", "cli/lib/a.ts", "", "cli/lib/a.ts:1:1 name lib"],
  ["a file named string-utils", "cli/string-utils.ts", "", "cli/string-utils.ts:1:1 name string-utils"],
  ["an unknown room", "attic/a.ts", "", "attic/a.ts:1:1 room attic"],
  ["a file beside main.ts", "app.ts", "", "app.ts:1:1 room app.ts"],
  ["a source in JavaScript", "cli/a.js", "", "cli/a.js:1:1 language cli/a.js"],
  ["a file that does not parse", "cli/a.ts", "const = 1;", "cli/a.ts:1:7 unreadable syntax"],
];

describe("planted", () => {
  test.each(PLANTED)("%s", (_, path, text, expected) => {
    expect(house({ ...CLEAN, [path]: `${text}\n` })).toEqual([expected]);
  });
});

describe("circles", () => {
  test("of files, types and lazy imports included", () => {
    const planted = {
      "cli/a.ts": `import "./b.ts";\n`,
      "cli/b.ts": `import type { C } from "./c.ts";\n`,
      "cli/c.ts": `\nexport type C = 1;\nawait import("./a.ts");\n`,
    };
    expect(house({ ...CLEAN, ...planted })).toEqual([
      "cli/c.ts:3:14 cycle cli/a.ts -> cli/b.ts -> cli/c.ts -> cli/a.ts",
    ]);
  });

  test("of a file with itself", () => {
    expect(house({ ...CLEAN, "cli/a.ts": `import "./a.ts";\n` })).toEqual(["cli/a.ts:1:8 cycle cli/a.ts -> cli/a.ts"]);
  });

  test("of rooms, where no file is in one", () => {
    const planted = {
      "host/a.ts": `import "../watch/a.ts";\n`,
      "watch/a.ts": "",
      "watch/b.ts": `import "../host/b.ts";\n`,
      "host/b.ts": "",
    };
    expect(house({ ...CLEAN, ...planted })).toEqual(["watch/b.ts:1:8 room-cycle host -> watch -> host"]);
  });
});

test("the machine's globals as mere names are no violation in a pure room", () => {
  const text = `
    export interface Row { process: string; fetch?: () => void; performance: number }
    export const row = (process: string): Row => ({ process, performance: 1 });
    export const of = (row: Row) => row.process + row.performance + Math.max(1, 2) + Date.UTC(2026, 1) + new Date(5).getTime();
    export type Timer = (console: string) => void;
    export function console(setTimeout: number) { return setTimeout; }
  `;
  expect(house({ ...CLEAN, "state/a.ts": text })).toEqual([]);
});
