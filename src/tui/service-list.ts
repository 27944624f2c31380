import type { ServiceName } from "../model/names.ts";
import { headingLine, rowParts, type Widths, widthsOf } from "./columns.ts";
import { type Area, windowStart } from "./layout.ts";
import { hiddenInWords, inArea } from "./lines.ts";
import type { Snapshot } from "./look.ts";
import type { Item } from "./row-order.ts";
import type { Row } from "./rows.ts";
import { bold, cut, type Line, line, span } from "./text.ts";

/** Those that fit into `height` lines, the chosen one among them. */
export function shownItems(items: readonly Item[], chosen: ServiceName | undefined, height: number): readonly Item[] {
  const start = firstShown(items, chosen, height);
  return items.slice(start, start + height);
}

function firstShown(items: readonly Item[], chosen: ServiceName | undefined, height: number): number {
  const at = items.findIndex((item) => item.is === "row" && item.row.name === chosen);
  return windowStart(items.length, height, at);
}

/** The services that there is no room for; empty where all are shown. */
export function hiddenServices(items: readonly Item[], chosen: ServiceName | undefined, height: number): string {
  const start = firstShown(items, chosen, height);
  const rows = (some: readonly Item[]) => some.filter(({ is }) => is === "row").length;
  return hiddenInWords(rows(items.slice(0, start)), rows(items.slice(start + height)));
}

/** The headings and a row a service, as many as fit, the chosen one among them. */
export function serviceLines({ items, rows, ui }: Pick<Snapshot, "items" | "rows" | "ui">, area: Area): Line[] {
  const widths = widthsOf(rows, area.width);
  const shown = shownItems(items, ui.chosen, area.height).map((item) =>
    item.is === "row"
      ? serviceLine(item.row, widths, item.row.name === ui.chosen)
      : line(span(`  ${item.title} (${item.count})`, "dim")),
  );
  const nothing = rows.length === 0 && ui.filter !== "" ? [line(span(`    no service with ${ui.filter}`))] : [];
  const lines = inArea([...shown, ...nothing], area);
  return [line(span(headingLine(widths, ui.order), "dim")), ...lines].map((each) => cut(each, area.width));
}

function serviceLine(row: Row, widths: Widths, isChosen: boolean): Line {
  const { name, state, rest } = rowParts(row, widths);
  return line(
    bold(isChosen ? "▸ " : "  "),
    span(`${row.shape} `, row.tone),
    isChosen ? bold(name) : span(name),
    span("  "),
    span(state, row.tone),
    span(`  ${rest}`),
  );
}
