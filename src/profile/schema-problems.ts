import type * as z from "zod";
import { didYouMean, nearest } from "../model/nearest.ts";
import type { Path } from "./located.ts";
import type { ProblemList } from "./problem-list.ts";
import { unsupportedAt } from "./unsupported-keys.ts";

type Issue = z.core.$ZodIssue;

/** One thing that is wrong, with its whole path: unions are opened, down to the branch that was meant. */
export interface Wrong {
  readonly path: Path;
  readonly issue: Issue;
}

/** Takes what the schema has to complain about of `data`, and opens it up. */
export function wrongs(issues: readonly Issue[], data: unknown, parent: Path = []): Wrong[] {
  const unknown = issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? issue.keys : []));
  return issues.flatMap((issue) => {
    const path = [...parent, ...(issue.path as Path)];
    const value = valueAt(data, path);
    // A key that is missing because it is misspelt is told once, as the unknown key.
    const isMissing = issue.code === "invalid_type" && value === undefined;
    if (isMissing && nearest(String(path.at(-1)), unknown).length > 0) return [];
    // Nor is it told what a mapping lacks or has too much while it has a key that is not known.
    if (issue.code === "custom" && issues.some((other) => isUnknownKeyAt(other, issue.path))) return [];
    const branch = issue.code === "invalid_union" ? meantBranch(issue, value) : undefined;
    return branch === undefined ? [{ path, issue }] : wrongs(branch, data, path);
  });
}

const isUnknownKeyAt = ({ code, path }: Issue, where: readonly PropertyKey[]): boolean =>
  code === "unrecognized_keys" && path.length === where.length && path.every((part, index) => part === where[index]);

/** Says what is wrong, in a sentence at its place. */
export function reportWrong({ path, issue }: Wrong, data: unknown, problems: ProblemList): void {
  const value = valueAt(data, path);
  switch (issue.code) {
    case "unrecognized_keys":
      for (const key of issue.keys) reportUnknownKey(key, path, issue.message, problems);
      return;
    case "invalid_type":
    case "invalid_union":
      reportType(path, value, expectations(issue), problems);
      return;
    case "invalid_key":
      problems.atKey(path, `${String(path.at(-1))} ${issue.issues[0]?.message ?? "is no valid key"}`);
      return;
    case "invalid_value":
      if (value === undefined) reportMissing(path, oneOf(issue.values.map(String)), problems);
      else reportChoice(path, value, issue.values.map(String), problems);
      return;
    default: {
      const hint: unknown = issue.code === "custom" ? issue.params?.hint : undefined;
      problems.at(path, `${nameOf(path)}: ${issue.message}`, typeof hint === "string" ? hint : undefined);
    }
  }
}

/** More keys than these are no help in a line. */
const LISTED = 12;

function reportUnknownKey(key: string, path: Path, supported: string, problems: ProblemList): void {
  const where = path.length === 0 ? "at the top" : `under ${pathText(path)}`;
  const unsupported = unsupportedAt([...path, key]);
  if (unsupported !== undefined) {
    problems.atKey([...path, key], `${key} ${where} is not supported: ${unsupported.why}`, unsupported.instead);
    return;
  }
  const keys = supported === "" ? [] : supported.split(", ");
  const list = keys.length > LISTED ? "docs/compose.md lists what is supported" : `supported: ${supported}`;
  problems.atKey([...path, key], `unknown key ${key} ${where}`, didYouMean(key, keys) ?? list);
}

function reportType(path: Path, value: unknown, expected: readonly string[], problems: ProblemList): void {
  const wanted = [...new Set(expected.map((type) => TYPE_WORDS[type] ?? type))].join(" or ");
  if (value === undefined) {
    reportMissing(path, wanted, problems);
    return;
  }
  const isQuotable = (typeof value === "number" || typeof value === "boolean") && expected.includes("string");
  const hint = isQuotable ? `write "${value}" in quotes` : undefined;
  problems.at(path, `${nameOf(path)} must be ${wanted}, and is ${typeWord(value)}`, hint);
}

function reportMissing(path: Path, wanted: string, problems: ProblemList): void {
  const where = path.length > 1 ? ` under ${pathText(path.slice(0, -1))}` : "";
  problems.at(path, `${String(path.at(-1) ?? "the file")} is missing${where}`, `it must be ${wanted}`);
}

function reportChoice(path: Path, value: unknown, values: readonly string[], problems: ProblemList): void {
  const message = `${nameOf(path)} must be ${oneOf(values)}, and is ${shown(value)}`;
  problems.at(path, message, typeof value === "string" ? didYouMean(value, values) : undefined);
}

/**
 * Which branch of a union the person meant: the one whose type fits what is there. Undefined when none does. Of two
 * that fit (a keyword and a mapping), a mapping can only have meant the mapping.
 */
function meantBranch(issue: Extract<Issue, { code: "invalid_union" }>, value: unknown): readonly Issue[] | undefined {
  const isObject = typeof value === "object" && value !== null;
  return issue.errors.find(
    (branch) => !branch.some((inner) => inner.path.length === 0 && isOfOtherType(inner, value, isObject)),
  );
}

function isOfOtherType(inner: Issue, value: unknown, isObject: boolean): boolean {
  if (inner.code === "invalid_type") return true;
  if (inner.code === "invalid_union") return meantBranch(inner, value) === undefined;
  return inner.code === "invalid_value" && isObject;
}

function expectations(issue: Issue): string[] {
  if (issue.code === "invalid_type") return [issue.expected];
  if (issue.code === "invalid_value") return issue.values.map(String);
  if (issue.code !== "invalid_union") return [];
  return issue.errors.flatMap((branch) => branch.filter((inner) => inner.path.length === 0).flatMap(expectations));
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
  null: "empty",
};

function typeWord(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  return typeof value === "string" ? `the text ${shown(value)}` : `the ${typeof value} ${String(value)}`;
}

const oneOf = (values: readonly string[]) => (values.length > 2 ? `one of ${values.join(", ")}` : values.join(" or "));

const shown = (value: unknown) => (typeof value === "string" ? value || "empty" : typeWord(value));

/** `services.books.ports[0]`. */
export const pathText = (path: Path): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");

/** The last key of a path with the index behind it: `ports[0]`. */
export function nameOf(path: Path): string {
  const key = path.findLastIndex((part) => typeof part === "string");
  return pathText(path.slice(Math.max(key, 0))) || "the file";
}

/** The value at a path of plain data, undefined when there is none. */
export function valueAt(data: unknown, path: Path): unknown {
  let value: unknown = data;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}
