import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Position } from "../model/failure.ts";

/**
 * `handlers/books.go:12:5: undefined: x`, `/ws/books/go.mod:3: …`; paths are relative to where go ran. Groups: the file,
 * the line, perhaps the column.
 */
const GO = /^(?:go: |vet: )?([^\s:][^:\n]*\.(?:go|mod|sum|work|s)):(\d+)(?::(\d+))?:? /m;

/** The place that rustc points at below its first `error`; those of warnings before it do not count. */
const CARGO = /^error\b(?:.*\n)+?[ \t]*--> (.+?):(\d+):(\d+)$/m;

/** What the compilers of JavaScript and TypeScript say: tsc `src/a.ts(3,5): error`, esbuild and vite `src/a.ts:3:5`. */
const NODE = /^[^\w./]*([\w./@-][^\s:()]*\.[cm]?[jt]sx?)[:(](\d+)[:,](\d+)/m;

const PATTERNS = { go: GO, cargo: CARGO, node: NODE } as const;

/** The first place in a source file that a compiler's output names, with the line itself when it can be read. */
export async function firstPlace(
  of: keyof typeof PATTERNS,
  output: string,
  folder: string,
): Promise<Position | undefined> {
  const found = PATTERNS[of].exec(of === "node" ? fromFirstError(output) : output);
  if (found?.[1] === undefined) return undefined;
  const file = resolve(folder, found[1]);
  const line = Number(found[2]);
  const text = await readFile(file, "utf8").then(
    (source) => source.split("\n")[line - 1]?.replace(/\r$/, ""),
    () => undefined,
  );
  return { file, line, column: Number(found[3] ?? 1), ...(text !== undefined && { text }) };
}

/** From the first line that speaks of an error: what comes before it warns. Bundlers name the place on a later line. */
function fromFirstError(output: string): string {
  const start = output.search(/^.*\berror\b/im);
  return start < 0 ? output : output.slice(start);
}
