import type { Order } from "./order.ts";
import type { Row } from "./rows.ts";

/** Those that most want to be looked at come first; of equals, the profile's order stays. */
export function sorted(rows: readonly Row[], order: Order): readonly Row[] {
  if (order === "profile") return rows;
  if (order === "name") return rows.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  return rows.toSorted((one, other) => other.weight[order] - one.weight[order]);
}

/** A line of the list: a service, or the kind of those that follow. */
export type Item =
  | { readonly is: "row"; readonly row: Row }
  | { readonly is: "group"; readonly title: string; readonly count: number };

/** The rows in the order of their kinds' first ones, each kind behind its title. Of one kind alone nothing is said. */
export function grouped(rows: readonly Row[], isGrouped: boolean): readonly Item[] {
  const kinds = [...new Set(rows.map(({ kind }) => kind))];
  const items = (some: readonly Row[]): Item[] => some.map((row) => ({ is: "row", row }));
  if (!isGrouped || kinds.length < 2) return items(rows);
  return kinds.flatMap((kind): Item[] => {
    const own = rows.filter((row) => row.kind === kind);
    return [{ is: "group", title: kind, count: own.length }, ...items(own)];
  });
}
