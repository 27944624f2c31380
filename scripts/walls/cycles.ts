/** Circles of imports: of files anywhere, and of rooms among the adapters, which may lean on one another. */
import { ADAPTERS } from "./house.ts";
import type { Violation } from "./rules.ts";
import { roomOf, targetOf } from "./rules.ts";
import type { Position, Source } from "./source.ts";

interface Edge {
  readonly from: string;
  readonly to: string;
  /** The file and place of the import that makes this edge. */
  readonly path: string;
  readonly at: Position;
}

export function fileCycles(sources: readonly Source[]): Violation[] {
  const known = new Set(sources.map((source) => source.path));
  const edges = fileEdges(sources).filter((edge) => known.has(edge.to));
  return cycles(edges).map((cycle) => ({
    rule: "cycle",
    ...placeOf(cycle),
    arrow: circle(cycle),
    why: "files import each other in a circle (types and lazy imports count)",
    instead: "move what both need into a file of its own, below both",
  }));
}

export function roomCycles(sources: readonly Source[]): Violation[] {
  const edges = fileEdges(sources)
    .map((edge) => ({ ...edge, from: roomOf(edge.from), to: roomOf(edge.to) }))
    .filter(({ from, to }) => from !== to && ADAPTERS.has(from) && ADAPTERS.has(to));
  return cycles(edges).map((cycle) => ({
    rule: "room-cycle",
    ...placeOf(cycle),
    arrow: circle(cycle),
    why: `adapters lean on each other in a circle: ${cycle.map(({ path, at, to }) => `${path}:${at.line} -> ${to}`).join(", ")}`,
    instead: "turn one arrow: hand the needed function in from flow, or move the shared type to model/",
  }));
}

function fileEdges(sources: readonly Source[]): Edge[] {
  return sources.flatMap(({ path, imports }) =>
    imports.flatMap(({ specifier, at }) =>
      specifier?.startsWith(".") ? [{ from: path, to: targetOf(path, specifier), path, at }] : [],
    ),
  );
}

/** The violation stands at the last arrow, the one that closes the circle. */
function placeOf(cycle: readonly Edge[]): { path: string; at: Position } {
  const { path, at } = cycle.at(-1) as Edge;
  return { path, at };
}

function circle(cycle: readonly Edge[]): string {
  return [...cycle.map((edge) => edge.from), cycle.at(-1)?.to].join(" -> ");
}

/** One shortest circle for each node that is in one, each circle once. */
function cycles(edges: readonly Edge[]): Edge[][] {
  const out = groupByFrom(edges);
  const found: Edge[][] = [];
  const covered = new Set<string>();
  for (const start of [...out.keys()].sort()) {
    if (covered.has(start)) continue;
    const cycle = shortestBack(start, out);
    if (cycle === undefined) continue;
    found.push(cycle);
    for (const edge of cycle) covered.add(edge.from);
  }
  return found;
}

function groupByFrom(edges: readonly Edge[]): Map<string, Edge[]> {
  const out = new Map<string, Edge[]>();
  for (const edge of edges) out.set(edge.from, [...(out.get(edge.from) ?? []), edge]);
  return out;
}

/** Breadth first from `start` until an edge leads back to it. */
function shortestBack(start: string, out: ReadonlyMap<string, readonly Edge[]>): Edge[] | undefined {
  const queue: Edge[][] = [[]];
  const seen = new Set<string>();
  for (const way of queue) {
    for (const edge of out.get(way.at(-1)?.to ?? start) ?? []) {
      if (edge.to === start) return [...way, edge];
      if (!seen.has(edge.to)) queue.push([...way, edge]);
      seen.add(edge.to);
    }
  }
  return undefined;
}
