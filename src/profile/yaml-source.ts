import { type Document, parseAllDocuments, type YAMLError } from "yaml";
import type { Located } from "./located.ts";
import { locateDocument } from "./located-yaml.ts";
import type { ProblemList } from "./problem-list.ts";
import type { Place, SourceText } from "./source-text.ts";

/** A YAML file that was read: its documents, as many as there are between the lines of `---`. */
export interface YamlFile {
  readonly source: SourceText;
  /** Documents that say nothing are left out, unless the file has no other. */
  readonly documents: readonly Located[];
}

/** Tags of Compose: what a mark says is judged when files are merged. */
const MARKS = /^Unresolved tag: !(reset|override)$/;

/**
 * Parses a YAML file's text, noting what is wrong with it. Undefined when there is too little left to judge any
 * further. Never throws for what the text says.
 */
export function parseYaml(source: SourceText, problems: ProblemList): YamlFile | undefined {
  const at = (offset: number): Place => ({ source, offset });
  const refusal = unreadable(source.text);
  if (refusal !== undefined) {
    problems.atPlace(at(refusal.offset), refusal.message, refusal.hint);
    return undefined;
  }
  const parsed = parseDocuments(source.text);
  const complaints = parsed.flatMap(({ errors, warnings }) => [...errors, ...warnings]);
  const errors = complaints.filter(({ message }) => !MARKS.test(message));
  for (const error of firstOfEachLine(errors, source.text)) {
    problems.atPlace(at(offsetOf(error, source.text)), `YAML: ${error.message}`);
  }
  if (errors.length > 0) return undefined;
  const documents = parsed.map((document) => locateDocument(document, source, problems));
  if (documents.some((document) => document === undefined)) return undefined;
  const located = documents.filter((document) => document !== undefined);
  const written = located.filter((document) => !(document.kind === "scalar" && document.value === null));
  return { source, documents: written.length > 0 ? written : located.slice(0, 1) };
}

function parseDocuments(text: string): Document.Parsed[] {
  // Keys that are there twice are told by what reads the tree: the parser compares each with each.
  const options = { prettyErrors: false, uniqueKeys: false, version: "1.2", logLevel: "silent" } as const;
  const documents = parseAllDocuments(text, options);
  // An empty stream is an empty document to us.
  return Array.isArray(documents) && documents.length > 0
    ? (documents as Document.Parsed[])
    : (parseAllDocuments("---\n", options) as Document.Parsed[]);
}

/** More is no profile; the parser would take seconds, and much memory. */
const LARGEST_TEXT = 5_000_000;

/** Why a text cannot be given to the YAML parser at all. */
function unreadable(text: string): { message: string; hint?: string; offset: number } | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const control = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]/.exec(text.slice(0, LARGEST_TEXT));
  if (control !== null) {
    const code = control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    const hint = "is it a binary file, or in another encoding than UTF-8?";
    return { message: `a character that YAML does not allow (U+${code})`, hint, offset: control.index };
  }
  if (text.length > LARGEST_TEXT) return { message: "the file is too large for a profile", offset: 0 };
  return isNestedTooDeeply(text) ? { message: "the YAML is nested too deeply", offset: 0 } : undefined;
}

/**
 * The parser descends recursively, and Node itself dies ("RegExpCompiler Allocation failed") when the stack is nearly
 * used up: a text of ten thousand opening brackets must not reach it. The count is coarse, and generous for that.
 */
function isNestedTooDeeply(text: string): boolean {
  if (/^[ \t?:-]{400}/m.test(text)) return true;
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth = bracket === "[" || bracket === "{" ? depth + 1 : Math.max(0, depth - 1);
    if (depth > 200) return true;
  }
  return false;
}

/** Of a line that is indented wrongly the first word is meant, and not its start. */
function offsetOf({ code, pos }: YAMLError, text: string): number {
  const [start] = pos;
  return code === "BAD_INDENT" ? start + (/^ */.exec(text.slice(start, start + 1000))?.[0].length ?? 0) : start;
}

/** One broken bracket makes the parser stumble several times in the same line; the first word of it is enough. */
function firstOfEachLine(errors: readonly YAMLError[], text: string): YAMLError[] {
  const seen = new Set<number>();
  return errors.filter(({ pos }) => {
    const start = text.lastIndexOf("\n", pos[0] - 1);
    return !seen.has(start) && seen.add(start);
  });
}
