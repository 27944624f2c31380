import fc from "fast-check";
import { isCollection, isMap, isScalar, isSeq, type Node, parseDocument, Scalar, visit } from "yaml";

/** One change of a file's text; never throws, and leaves alone what it cannot change. */
export interface Mutation {
  readonly kind: string;
  /** Where, as a number that is taken modulo what there is. */
  readonly at: number;
  /** How much, likewise. */
  readonly size: number;
  /** What is put there. */
  readonly token: string;
}

/** Words that parsers stumble over: of YAML, of JavaScript, of interpolation, of Unicode; huge, deep and empty ones. */
const TOKENS = [
  ..."__proto__ constructor toString hasOwnProperty prototype valueOf length".split(" "),
  ..."services image build ports volumes extends include profiles x-devenv environment networks secrets configs".split(
    " ",
  ),
  ...["!reset", "!override", "!!binary", "!!int x", "!!float", "!!set", "!!merge", "!unknown", "!<tag:x>", "!reset []"],
  ...["&a", "*a", "&a *a", "<<: *a", "<<", "? ", ": ", "- ", "| ", ">", "|2", "%YAML 3.0", "---", "...", "#", "@", "`"],
  ...`\${ } \${A \${A:-\${A}} $\${A} \${A:? \${A?} \${:-} $ \${a.b} \${A:-\${B:-\${C:-\${D}}}}`.split(" "),
  ...["~", "null", "true", "[]", "{}", '""', "''", '"', "'", ".", "..", "/", "./", "~/", "C:\\x", "::", "a:b:c:d:e"],
  ...[
    "-1",
    "0",
    "0777",
    "0x1F",
    "1e999",
    ".nan",
    "-.inf",
    "1_000",
    "22:22",
    "2024-01-02",
    "9".repeat(400),
    "8080-70000",
  ],
  ...[
    "\0",
    "\t",
    "\r",
    "\r\n",
    "\n",
    "\n\n  ",
    "\u0085",
    "\u2028",
    "\uFEFF",
    "\uD800",
    "😀",
    "é",
    "\u202E",
    "\x1B[31m",
  ],
  ...["[".repeat(300), "{a: ".repeat(300), "- ".repeat(300), "x".repeat(5000), " ".repeat(500), "a\n".repeat(500)],
];

/** A few changes, one after the other. */
export const mutations: fc.Arbitrary<Mutation[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(...Object.keys(textChanges()), ...Object.keys(treeChanges())),
    at: fc.nat(1_000_000),
    size: fc.nat(1_000_000),
    token: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...TOKENS) }, fc.string({ unit: "binary", maxLength: 8 })),
  }),
  { minLength: 1, maxLength: 4 },
);

export function mutate(text: string, changes: readonly Mutation[]): string {
  return changes.reduce((now, change) => {
    const ofText = textChanges()[change.kind];
    return ofText === undefined ? changeTree(now, change) : ofText(now, change);
  }, text);
}

type TextChange = (text: string, mutation: Mutation) => string;

function textChanges(): Readonly<Record<string, TextChange>> {
  return {
    insert: (text, { at, token }) => splice(text, at, 0, token),
    replace: (text, { at, size, token }) => splice(text, at, size % 12, token),
    cut: (text, { at, size }) => splice(text, at, size % 60, ""),
    truncate: (text, { at }) => text.slice(0, at % (text.length + 1)),
    repeat: (text, { at, size }) => {
      const start = at % (text.length + 1);
      return splice(text, start, 0, text.slice(start, start + (size % 200)));
    },
    "drop line": inLines((lines, at) => lines.splice(at, 1)),
    "repeat line": inLines((lines, at) => lines.splice(at, 0, lines[at] ?? "")),
    "move line": inLines((lines, at, { size }) => lines.splice(size % lines.length, 0, ...lines.splice(at, 1))),
    indent: inLines((lines, at, { size }) => lines.splice(at, 1, `${" ".repeat(size % 5)}${lines[at]}`)),
    outdent: inLines((lines, at, { size }) => lines.splice(at, 1, (lines[at] ?? "").slice(size % 5))),
    "replace value": inLines((lines, at, { token }) =>
      lines.splice(
        at,
        1,
        (lines[at] ?? "").replace(/(: |- ).*/, (_, mark) => mark + token),
      ),
    ),
  };
}

const splice = (text: string, at: number, length: number, insert: string): string => {
  const start = at % (text.length + 1);
  return text.slice(0, start) + insert + text.slice(start + length);
};

function inLines(change: (lines: string[], at: number, mutation: Mutation) => unknown): TextChange {
  return (text, mutation) => {
    const lines = text.split("\n");
    change(lines, mutation.at % lines.length, mutation);
    return lines.join("\n");
  };
}

/** Takes a node and another one; gives what stands in the first one's place, undefined for nothing. */
type TreeChange = (node: Node, other: Node, mutation: Mutation) => unknown;

function treeChanges(): Readonly<Record<string, TreeChange>> {
  return {
    "delete node": () => undefined,
    "copy node": (_node, other) => other.clone(),
    "replace node": (_node, _other, { token }) => new Scalar(token),
    "swap type": (node) => (isMap(node) ? node.items.map(({ key }) => key) : isSeq(node) ? { a: node } : [node]),
    "number for text": (_node, _other, { size }) => size - 500_000,
    "flag for text": (_node, _other, { size }) => size % 2 === 0,
    nest: (node, _other, { size }) => nested(node, size % 40),
    rename: (node, _other, { size, token }) => {
      if (isMap(node) && node.items.length > 0) {
        const pair = node.items[size % node.items.length];
        if (pair) pair.key = new Scalar(token);
      }
      return node;
    },
    tag: (node, _other, { size }) => {
      node.tag = ["!reset", "!override", "!unknown", "tag:yaml.org,2002:int", "tag:yaml.org,2002:binary"][
        size % 5
      ] as string;
      return node;
    },
    anchor: (node) => {
      if (isScalar(node) || isCollection(node)) node.anchor = "a";
      return node;
    },
  };
}

const nested = (node: Node, depth: number): unknown => (depth === 0 ? node : { a: nested(node, depth - 1) });

function changeTree(text: string, mutation: Mutation): string {
  try {
    const document = parseDocument(text, { merge: true });
    const nodes: Node[] = [];
    visit(document, { Value: (_key, node) => void nodes.push(node) });
    const [node, other] = [nodes[mutation.at % nodes.length], nodes[mutation.size % nodes.length]];
    if (node === undefined || other === undefined) return text;
    const changed = treeChanges()[mutation.kind]?.(node, other, mutation);
    let isDone = changed === node;
    visit(document, {
      Value: (_key, each) => {
        // Once: what comes in its place may hold it.
        if (each !== node || isDone) return undefined;
        isDone = true;
        return changed === undefined ? visit.REMOVE : (document.createNode(changed) as Node);
      },
    });
    return document.toString();
  } catch {
    return text;
  }
}
