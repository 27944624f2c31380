/** `npm run walls`: checks the walls of the house (docs/architecture.md) over src. Exit code 1 where one is broken. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { fileCycles, roomCycles } from "./walls/cycles.ts";
import type { Violation } from "./walls/rules.ts";
import { violationsOf } from "./walls/rules.ts";
import { readSource } from "./walls/source.ts";

export interface Report {
  readonly files: number;
  readonly imports: number;
  readonly violations: readonly Violation[];
}

export function checkWalls(src: string): Report {
  const sources = sourceFiles(src).map((path) => readSource(path, readFileSync(join(src, path), "utf8")));
  const violations = [...sources.flatMap(violationsOf), ...fileCycles(sources), ...roomCycles(sources)];
  return {
    files: sources.length,
    imports: sources.reduce((sum, source) => sum + source.imports.length, 0),
    violations: violations.length > 0 || sources.length > 0 ? violations : [nothingThere(src)],
  };
}

/** A check that looked at nothing has not passed. */
function nothingThere(src: string): Violation {
  return {
    rule: "empty",
    path: "",
    at: { line: 1, column: 1 },
    arrow: src,
    why: "no source file was found",
    instead: "call it with the folder that holds the sources",
  };
}

function sourceFiles(src: string): string[] {
  return readdirSync(src, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]sx?$/.test(entry.name))
    .map((entry) => relative(src, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

export function printed(violation: Violation, src: string): string {
  const { path, at, arrow, rule, why, instead } = violation;
  const place = `${join(src, path)}:${at.line}:${at.column}`;
  return `${place}  ${arrow}  [${rule}]\n    ${why}\n    ${instead}\n`;
}

function main(): number {
  const src = process.argv[2] ?? relative(process.cwd(), join(import.meta.dirname, "../src"));
  const { files, imports, violations } = checkWalls(src);
  for (const violation of violations) process.stdout.write(printed(violation, src));
  process.stdout.write(`walls: ${files} files, ${imports} imports, ${violations.length} violations\n`);
  return violations.length === 0 ? 0 : 1;
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = main();
}
