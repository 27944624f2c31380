/** What the walls need to know of one source file: what it imports, and which of the machine's globals it uses. */
import type { Node, Program } from "oxc-parser";
import { parseSync, visitorKeys } from "oxc-parser";

export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface Import {
  /** Undefined where the name is computed, which nobody can check. */
  readonly specifier: string | undefined;
  readonly at: Position;
}

/** A use of a global of the machine, such as `process.exit`, `Date.now` or `setTimeout`. */
export interface Use {
  readonly what: string;
  /** Assigned to, deleted, or handed to Object.assign as the target. */
  readonly written: boolean;
  readonly at: Position;
}

export interface Source {
  /** Relative to src, with slashes. */
  readonly path: string;
  readonly imports: readonly Import[];
  readonly uses: readonly Use[];
  readonly errors: readonly { readonly message: string; readonly at: Position }[];
}

/** Globals through which a file reaches the machine, its clock or its chance. */
const MACHINE = new Set([
  "Date",
  "Math",
  "Bun",
  "Deno",
  "clearImmediate",
  "clearInterval",
  "clearTimeout",
  "console",
  "crypto",
  "fetch",
  "global",
  "globalThis",
  "performance",
  "process",
  "queueMicrotask",
  "setImmediate",
  "setInterval",
  "setTimeout",
]);

export function readSource(path: string, text: string): Source {
  const parsed = parseSync(path, text, { range: false });
  const at = positions(text);
  const visit = new Reading(at);
  visit.program(parsed.program);
  return {
    path,
    imports: visit.imports,
    uses: visit.uses.filter((use) => !visit.declared.has(use.what.split(".")[0] ?? "")),
    errors: parsed.errors.map((error) => ({ message: error.message, at: at(error.labels[0]?.start ?? 0) })),
  };
}

function positions(text: string): (offset: number) => Position {
  const starts = [0];
  for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) starts.push(i + 1);
  return (offset) => {
    const line = starts.findLastIndex((start) => start <= offset);
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
  };
}

type Loose = Node & Record<string, unknown>;

class Reading {
  readonly imports: Import[] = [];
  readonly uses: Use[] = [];
  /** Names this file declares itself: `process` as a parameter is not the machine's. */
  readonly declared = new Set<string>();
  private readonly at: (offset: number) => Position;

  constructor(at: (offset: number) => Position) {
    this.at = at;
  }

  program(program: Program): void {
    this.walk(program as unknown as Loose);
  }

  private walk(node: Loose): void {
    this.importsOf(node);
    this.declarationsOf(node);
    this.usesOf(node);
    for (const key of visitorKeys[node.type] ?? []) {
      const child = node[key];
      for (const each of Array.isArray(child) ? child : [child]) {
        if (isNode(each) && !isMereName(node, key, each)) this.walk(each);
      }
    }
  }

  private importsOf(node: Loose): void {
    switch (node.type) {
      case "ImportDeclaration":
      case "ExportNamedDeclaration":
      case "ExportAllDeclaration":
      case "ImportExpression":
      case "TSImportType":
        this.imported(node.source);
        break;
      case "TSExternalModuleReference":
        this.imported(node.expression);
        break;
      case "CallExpression":
        if (dotted(node.callee) === "require") this.imported(node.arguments[0]);
        break;
      default:
    }
  }

  private imported(source: unknown): void {
    if (!isNode(source)) return;
    const specifier = source.type === "Literal" && typeof source.value === "string" ? source.value : undefined;
    this.imports.push({ specifier, at: this.at(source.start) });
  }

  private declarationsOf(node: Loose): void {
    if (node.type === "VariableDeclarator") this.declare(node.id);
    if ("params" in node && Array.isArray(node.params)) for (const param of node.params) this.declare(param);
    if (node.type === "CatchClause") this.declare(node.param);
    if (node.type === "ImportDeclaration") for (const specifier of node.specifiers) this.declare(specifier.local);
    if (/^(Function|Class)Declaration$/.test(node.type)) this.declare(node.id);
  }

  private declare(pattern: unknown): void {
    if (!isNode(pattern)) return;
    if (pattern.type === "Identifier") this.declared.add(pattern.name);
    for (const key of ["left", "argument", "value", "parameter"]) this.declare(pattern[key]);
    for (const key of ["elements", "properties"]) {
      const children = pattern[key];
      if (Array.isArray(children)) for (const child of children) this.declare(child);
    }
  }

  private usesOf(node: Loose): void {
    if (node.type === "AssignmentExpression") this.used(node.left, true);
    else if (node.type === "UpdateExpression") this.used(node.argument, true);
    else if (node.type === "UnaryExpression" && node.operator === "delete") this.used(node.argument, true);
    else if (node.type === "NewExpression" || node.type === "CallExpression") this.usesOfCall(node);
    else if (node.type === "VariableDeclarator" && node.id.type === "ObjectPattern") this.taken(node.id, node.init);
    else if (node.type === "MemberExpression" || node.type === "Identifier") this.used(node, false);
  }

  private usesOfCall(node: Loose & { type: "NewExpression" | "CallExpression" }): void {
    // `new Date(value)` only converts; without a value it reads the clock.
    const made = dotted(node.callee);
    if (made === "Date" && (node.type === "CallExpression" || node.arguments.length === 0)) {
      this.uses.push({ what: "Date.now", written: false, at: this.at(node.start) });
    }
    if (made !== undefined && /^(Object\.(assign|define\w+)|Reflect\.(set|delete\w+|define\w+))$/.test(made)) {
      this.used(node.arguments[0], true);
    }
  }

  /** `const { exit, env } = process` uses process.exit and process.env. */
  private taken(pattern: { readonly properties: readonly unknown[] }, init: unknown): void {
    const from = dotted(init);
    if (from === undefined) return;
    for (const property of pattern.properties) {
      if (!isNode(property)) continue;
      const key = property.type === "Property" && property.key.type === "Identifier" ? `.${property.key.name}` : "";
      this.push(`${from}${key}`, false, property.start);
    }
  }

  private used(target: unknown, written: boolean): void {
    const what = dotted(target);
    if (what !== undefined && isNode(target)) this.push(what, written, target.start);
  }

  private push(what: string, written: boolean, offset: number): void {
    const plain = what.replace(/^(globalThis|global)\./, "");
    if (MACHINE.has(plain.split(".")[0] ?? "")) this.uses.push({ what: plain, written, at: this.at(offset) });
  }
}

function isNode(value: unknown): value is Loose {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

/** `process.env.PATH` and `process["env"].PATH` as text; undefined for what is no plain path of names. */
function dotted(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === "Identifier") return node.name;
  if (/^(ParenthesizedExpression|TS(As|NonNull|Satisfies)\w*|ChainExpression)$/.test(node.type)) {
    return dotted((node as { expression?: unknown }).expression);
  }
  if (node.type !== "MemberExpression") return undefined;
  const object = dotted(node.object);
  if (object === undefined) return undefined;
  if (!node.computed && node.property.type === "Identifier") return `${object}.${node.property.name}`;
  const key = node.property.type === "Literal" ? node.property.value : undefined;
  return `${object}.${typeof key === "string" ? key : "*"}`;
}

/** An identifier that names a member, a key, a label or a type, and so stands for no value. */
function isMereName(parent: Loose, key: string, child: Loose): boolean {
  if (key === "property" || key === "key") return !(parent as { computed?: boolean }).computed;
  if (key === "object" && parent.type === "MemberExpression") return dotted(child) !== undefined;
  if (key === "init" && parent.type === "VariableDeclarator" && parent.id.type === "ObjectPattern") {
    return dotted(child) !== undefined;
  }
  if (key === "label" || key === "typeName" || key === "typeParameters") return child.type === "Identifier";
  if (/^(Import|Export)\w*Specifier$/.test(parent.type)) return true;
  return parent.type.startsWith("TS") && (key === "id" || key === "parameterName");
}
