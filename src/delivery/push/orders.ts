import { basename } from "node:path";
import type { ArtifactDigest } from "../../model/names.ts";

/** What a receiver is told to do (receive.sh); paths are relative to the volume. */
export type Order =
  /**
   * Has what lies at `from` on this machine, a file or a folder, at `path` of the volume. `isSwift`: of a file that is
   * named by its digest; a swap waits for it, so it is compared with its name a moment later.
   */
  | { readonly kind: "put"; readonly path: string; readonly from: string; readonly isSwift?: true }
  /** Has `bin/books` lead to an entry of the store. */
  | { readonly kind: "point"; readonly pointer: string; readonly entry: ArtifactDigest }
  | { readonly kind: "remove"; readonly path: string }
  | { readonly kind: "tools"; readonly names: readonly string[] }
  /** Removes an entry that nothing leads to, unless it came or was pointed at less than so many seconds ago. */
  | { readonly kind: "drop"; readonly entry: string; readonly seconds: number };

/** What is in a volume. */
export interface Listing {
  /** `bin/books` -> the entry that it leads to. */
  readonly pointers: ReadonlyMap<string, string>;
  readonly entries: ReadonlySet<string>;
  /** Files of init -> SHA-256 of their content. */
  readonly init: ReadonlyMap<string, string>;
  readonly tools: ReadonlySet<string>;
}

/** What is to be in it: what the local mount has. */
export interface Intended {
  readonly pointers: ReadonlyMap<string, ArtifactDigest>;
  readonly init: ReadonlyMap<string, string>;
  readonly tools: readonly string[];
}

/** The line that a receiver is told an order by; what a `put` brings follows it. */
export function orderLine(order: Exclude<Order, { kind: "put" }>): string {
  switch (order.kind) {
    case "point":
      return `point ${order.pointer} ${order.entry}`;
    case "remove":
      return `remove ${order.path}`;
    case "tools":
      return `tools ${order.names.join(" ")}`;
    case "drop":
      return `drop ${order.seconds} ${order.entry}`;
    default:
      return order satisfies never;
  }
}

/** Reads the answer to `list`: its lines without the dash that they begin with. */
export function readListing(lines: readonly string[]): Listing {
  const [pointers, init] = [new Map<string, string>(), new Map<string, string>()];
  const [entries, tools] = [new Set<string>(), new Set<string>()];
  for (const line of lines) {
    const [kind, ...words] = line.split(/\s+/);
    const [first = "", second = "", third = ""] = words.map((word) => word.replace(/^'(.*)'$/, "$1"));
    if (kind === "pointer" && second === "->") pointers.set(first, basename(third));
    else if (kind === "entry") entries.add(first);
    else if (kind === "init") init.set(basename(second), first);
    else if (kind === "tools") for (const name of words) tools.add(name);
  }
  return { pointers, entries, init, tools };
}

/** Where the local mount has what is sent. */
export interface Sources {
  readonly init: (name: string) => string;
  readonly entry: (digest: ArtifactDigest) => string;
}

/** What brings a volume to what is intended: first all that pointers may lead to, which can be sent in any order. */
export interface Mending {
  readonly sent: readonly Order[];
  readonly pointed: readonly Order[];
}

/**
 * What there is to do so that the volume is as intended.
 * @param isBusy of a service whose pointers another devenv is moving: they are left alone
 */
export function mend(
  there: Listing,
  intended: Intended,
  sources: Sources,
  isBusy: (service: string) => boolean,
): Mending {
  const init = [...intended.init].filter(([name, sum]) => there.init.get(name) !== sum);
  const tools = intended.tools.filter((name) => !there.tools.has(name));
  const moves = [...intended.pointers].filter(([pointer]) => !isBusy(basename(pointer)));
  const lacking = new Set(moves.map(([, digest]) => digest).filter((digest) => !there.entries.has(digest)));
  const extra = [...there.pointers.keys()].filter((path) => !intended.pointers.has(path) && !isBusy(basename(path)));
  return {
    sent: [
      ...init.map(([name]): Order => ({ kind: "put", path: `init/${name}`, from: sources.init(name) })),
      ...[...lacking].map((digest) => sendEntry(digest, sources.entry(digest))),
    ],
    pointed: [
      ...(tools.length === 0 ? [] : [{ kind: "tools", names: tools } as const]),
      ...moves
        .filter(([pointer, digest]) => there.pointers.get(pointer) !== digest)
        .map(([pointer, entry]): Order => ({ kind: "point", pointer, entry })),
      ...extra.map((path): Order => ({ kind: "remove", path })),
    ],
  };
}

/** Has an entry of the store in the volume's, compared with its sum before it has its name. */
export const sendEntry = (digest: ArtifactDigest, from: string): Order => ({
  kind: "put",
  path: `store/${digest}`,
  from,
});

/** The same for a swap. */
export const sendSwiftly = (digest: ArtifactDigest, from: string): Order => ({
  kind: "put",
  path: `store/${digest}`,
  from,
  isSwift: true,
});
