import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from "yaml";

/** What is done with a scalar that is a path, or begins with one. */
type Change = (scalar: Scalar<string>, parts: { readonly path: string; readonly rest: string }) => void;

/**
 * Finds the relative paths of a Compose file: those that the specification takes from the file's own folder. `change` is
 * called once for each, also behind an anchor that several services use.
 */
export function eachRelativePath(document: Document, change: Change): void {
  const finder = new PathFinder(document, change);
  const top = finder.map(document.contents);
  if (top === undefined) return;
  for (const service of finder.values(top.get("services", true))) finder.service(service);
  for (const key of ["secrets", "configs"]) {
    for (const entry of finder.values(top.get(key, true))) finder.path(finder.map(entry)?.get("file", true));
  }
  for (const entry of finder.list(top.get("include", true))) finder.include(entry);
}

class PathFinder {
  readonly #document: Document;
  readonly #change: Change;
  readonly #seen = new Set<unknown>();

  constructor(document: Document, change: Change) {
    this.#document = document;
    this.#change = change;
  }

  #resolved(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.#document) : node;
  }

  map(node: unknown): YAMLMap | undefined {
    const resolved = this.#resolved(node);
    return isMap(resolved) ? resolved : undefined;
  }

  values(node: unknown): unknown[] {
    return this.map(node)?.items.map(({ value }) => value) ?? [];
  }

  /** The items of a list; anything else as the only item. */
  list(node: unknown): unknown[] {
    const resolved = this.#resolved(node);
    if (isSeq(resolved)) return resolved.items;
    return resolved === undefined || resolved === null ? [] : [resolved];
  }

  /** A scalar that is a path as a whole. */
  path(node: unknown): void {
    const scalar = this.#text(node);
    if (scalar !== undefined && !/^([/~$]|[A-Za-z]:[\\/])|:\/\/|^git@/.test(scalar.value)) {
      this.#change(scalar, { path: scalar.value, rest: "" });
    }
  }

  service(node: unknown): void {
    const service = this.map(node);
    if (service === undefined || this.#seen.has(service)) return;
    this.#seen.add(service);
    for (const { key, value } of service.items) {
      const name = isScalar(key) ? String(key.value) : "";
      if (name === "<<") for (const merged of this.list(value)) this.service(merged);
      else this.#serviceKey(name, value as Node);
    }
  }

  #serviceKey(name: string, value: unknown): void {
    if (name === "build") this.#build(value);
    else if (name === "env_file")
      for (const entry of this.list(value)) this.path(this.map(entry)?.get("path", true) ?? entry);
    else if (name === "label_file") for (const entry of this.list(value)) this.path(entry);
    else if (name === "volumes") for (const entry of this.list(value)) this.#volume(entry);
    else if (name === "extends") this.path(this.map(value)?.get("file", true));
  }

  #build(node: unknown): void {
    const build = this.map(node);
    if (build === undefined) {
      this.path(node);
      return;
    }
    this.path(build.get("context", true));
    for (const context of this.values(build.get("additional_contexts", true))) this.path(context);
  }

  /** `./data:/data:ro`, or the long form of a bind mount. */
  #volume(node: unknown): void {
    const mount = this.map(node);
    if (mount !== undefined) {
      if (mount.get("type") === "bind") this.path(mount.get("source", true));
      return;
    }
    const scalar = this.#text(node);
    const [, path, rest] = /^(\.[^:]*)(:.*)$/s.exec(scalar?.value ?? "") ?? [];
    if (scalar !== undefined && path !== undefined) this.#change(scalar, { path, rest: rest ?? "" });
  }

  include(node: unknown): void {
    const entry = this.map(node);
    if (entry === undefined) {
      this.path(node);
      return;
    }
    for (const key of ["path", "env_file"]) for (const path of this.list(entry.get(key, true))) this.path(path);
    this.path(entry.get("project_directory", true));
  }

  /** A text that was not met before. */
  #text(node: unknown): Scalar<string> | undefined {
    const resolved = this.#resolved(node);
    if (!isScalar(resolved) || typeof resolved.value !== "string" || this.#seen.has(resolved)) return undefined;
    this.#seen.add(resolved);
    return resolved as Scalar<string>;
  }
}
