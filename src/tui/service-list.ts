import { type Area, windowStart } from "./layout.ts";
import { inArea } from "./lines.ts";
import { headingLine, type Row, rowParts, type Widths, widthsOf } from "./rows.ts";
import { bold, cut, type Line, line, span } from "./text.ts";
import type { Ui } from "./ui.ts";

/** The headings and a row a service, as many as fit, the chosen one among them. */
export function serviceLines(rows: readonly Row[], ui: Ui, area: Area): Line[] {
  const widths = widthsOf(rows, area.width);
  const chosen = rows.findIndex(({ name }) => name === ui.chosen);
  const start = windowStart(rows.length, area.height, chosen);
  const shown = rows.slice(start, start + area.height).map((row) => serviceLine(row, widths, row.name === ui.chosen));
  const nothing = rows.length === 0 && ui.filter !== "" ? [line(span(`    no service with ${ui.filter}`))] : [];
  const lines = inArea([...shown, ...nothing], area);
  return [line(span(headingLine(widths), "dim")), ...lines].map((each) => cut(each, area.width));
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
