import { basename, dirname, join, relative, resolve } from "node:path";
import { type Document, isMap, isScalar, LineCounter, parseAllDocuments, Scalar, type YAMLMap } from "yaml";
import { userFailure } from "../../model/failure.ts";
import { schemaFile } from "../workspace.ts";
import { type Draft, schemaComment } from "./draft.ts";
import { eachRelativePath } from "./relative-paths.ts";

export interface ComposeRequest {
  /** Absolute path of the file that the profile becomes. */
  readonly profile: string;
  readonly workspace: string;
  /** The Compose files with their texts, in the order in which they are merged; absolute paths. */
  readonly sources: readonly { readonly file: string; readonly text: string }[];
  /** Absolute path of the file with the project's variables, where there is one beside the Compose file. */
  readonly variables: string | undefined;
}

/**
 * A profile that means what the Compose files mean, with their comments, their order and their anchors. One file becomes
 * the profile itself; of several the last one does, and builds by `x-devenv.extends` on the others, which lie in a folder
 * of the profile's name: so they stay what they are, and merge as with `-f`. Relative paths are rewritten for the new
 * place, and `version:` is left out.
 */
export function draftFromCompose(request: ComposeRequest): Draft {
  const { profile, sources } = request;
  const stem = basename(profile).replace(/\.yaml$/, "");
  const files = new Map<string, string>();
  let base: string | undefined;
  for (const [index, source] of sources.entries()) {
    const isLast = index === sources.length - 1;
    const target = isLast ? profile : join(dirname(profile), stem, basename(source.file));
    files.set(target, converted(source, { target, base, isLast, request }));
    base = target;
  }
  const links = new Map(request.variables === undefined ? [] : [[join(dirname(profile), ".env"), request.variables]]);
  return { files, links, profile, notes: [] };
}

interface Place {
  readonly target: string;
  /** The file that this one builds on. */
  readonly base: string | undefined;
  readonly isLast: boolean;
  readonly request: ComposeRequest;
}

function converted(source: { file: string; text: string }, place: Place): string {
  const { target, request } = place;
  const lines = new LineCounter();
  const documents = parseDocuments(source.text, lines);
  refuseErrors(source, documents, lines);
  for (const document of documents) {
    movePaths(document, dirname(source.file), dirname(target));
    if (isMap(document.contents)) document.contents.delete("version");
  }
  const [first] = documents;
  if (first === undefined) return "";
  addExtension(first, place);
  const comments = [
    schemaComment(relative(dirname(target), schemaFile(request.workspace))),
    ` Made by devenv init from ${relative(request.workspace, source.file)}.`,
    ...(first.commentBefore == null ? [] : ["", first.commentBefore]),
  ];
  first.commentBefore = comments.join("\n");
  return textOf(documents, source.text);
}

/** @throws Failure with the place of everything that is no YAML. */
function refuseErrors(
  { file, text }: { file: string; text: string },
  documents: readonly Document[],
  lines: LineCounter,
) {
  const problems = documents.flatMap(({ errors }) =>
    errors.map(({ message, pos }) => {
      const { line, col } = lines.linePos(pos[0]);
      const what = message.split(/ at line \d+|:\n/)[0] ?? message;
      return { message: `YAML: ${what}`, where: { file, line, column: col, text: text.split("\n")[line - 1] ?? "" } };
    }),
  );
  if (problems.length > 0) throw userFailure(`${file} cannot be read`, { problems, where: problems[0]?.where });
}

/** With the tags of Compose (`!reset`, `!override`) as they are. */
export const parseDocuments = (text: string, lineCounter = new LineCounter()): Document.Parsed[] =>
  [...parseAllDocuments(text, { logLevel: "silent", lineCounter })].filter(
    (document): document is Document.Parsed => "contents" in document,
  );

/** As the source is laid out, as far as the writer can tell it. */
export function textOf(documents: readonly Document[], source: string): string {
  const flush = source.match(/^( *)[^\s#-][^\n]*:[ ]*\n\1- /gm)?.length ?? 0;
  const indented = source.match(/^( *)[^\s#-][^\n]*:[ ]*\n\1 +- /gm)?.length ?? 0;
  const indentSeq = indented >= flush;
  const flowCollectionPadding = /\{ /.test(source) && !/\[[^\s\]]/.test(source);
  return documents
    .map((document, index) => {
      if (index > 0 && document.directives !== undefined) document.directives.docStart = true;
      return document.toString({ lineWidth: 0, indentSeq, flowCollectionPadding });
    })
    .join("");
}

function movePaths(document: Document, from: string, to: string): void {
  eachRelativePath(document, (scalar, { path, rest }) => {
    const moved = relative(to, resolve(from, path));
    scalar.value = `${moved.startsWith(".") ? moved : `./${moved}`}${rest}`;
  });
}

/** `x-devenv` behind `name`, or first. */
function addExtension(document: Document, { target, base, isLast }: Place): void {
  const top = topOf(document);
  const extension = {
    ...(base !== undefined && { extends: relative(dirname(target), base) }),
    ...(isLast && { provider: "auto", environment: "local" }),
  };
  const own = top.get("x-devenv");
  if (isMap(own)) {
    for (const [key, value] of Object.entries(extension)) if (!own.has(key)) own.set(key, value);
  } else if (Object.keys(extension).length > 0) insertFirst(document, top, "x-devenv", extension);
}

/** An empty document gets a mapping to put things into. */
function topOf(document: Document): YAMLMap {
  if (!isMap(document.contents)) document.contents = document.createNode({}) as YAMLMap as typeof document.contents;
  return document.contents as unknown as YAMLMap;
}

function insertFirst(document: Document, top: YAMLMap, key: string, value: unknown): void {
  const pair = document.createPair(key, value);
  const name = top.items.findIndex((item) => isScalar(item.key) && item.key.value === "name");
  const next = top.items[name + 1];
  top.items.splice(name + 1, 0, pair);
  if (name >= 0 && pair.key instanceof Scalar) pair.key.spaceBefore = true;
  if (next?.key instanceof Scalar) next.key.spaceBefore = true;
}
