import type { Order } from "./order.ts";
import { remembered } from "./remembered.ts";
import type { Row } from "./rows.ts";
import { cellsOf, inCells } from "./text.ts";

/** A column of the list; `order` is the one that sorts by it. */
interface ColumnForm {
  readonly heading: string;
  readonly order?: Order;
  /** Cells that it has at least, so that the list does not jump when the first of its values comes. */
  readonly least: number;
  /** Numbers end below each other. */
  readonly isNumber?: true;
}

const COLUMNS = {
  name: { heading: "SERVICE", order: "name", least: 8 },
  state: { heading: "STATE", order: "state", least: 9 },
  mode: { heading: "MODE", least: 4 },
  build: { heading: "BUILD", least: 5 },
  up: { heading: "UP", order: "up", least: 3, isNumber: true },
  cpu: { heading: "CPU", order: "cpu", least: 4, isNumber: true },
  memory: { heading: "MEM", order: "memory", least: 4, isNumber: true },
  address: { heading: "ADDRESS", least: 7 },
  swap: { heading: "LAST SWAP", order: "swap", least: 14 },
} as const satisfies Record<string, ColumnForm>;

export type Column = keyof typeof COLUMNS;
const ALL = Object.keys(COLUMNS) as Column[];
const formOf = (column: Column): ColumnForm => COLUMNS[column];

/** What goes first where there is no room for all. */
const LEFT_OUT: readonly Column[] = ["swap", "memory", "cpu", "up"];
/** What of a cell is left when it is cut to make room, before a column goes. */
const SHORTEST: Partial<Record<Column, number>> = { build: 10, name: 10 };
const GAP = 2;
/** Before the cells: the pointer, the mark, and a blank after each. */
const MARGIN = 4;

/** The cells of every column that is shown. */
export type Widths = Partial<Readonly<Record<Column, number>>>;

/**
 * The width of every column in a line of `width` cells. What does not fit is taken from the builds first, then from
 * the names; then columns go, and the address has what is left.
 */
export const widthsOf = remembered((rows: readonly Row[], width: number): Widths => {
  const natural = naturalWidths(rows);
  for (let left = 0; left <= LEFT_OUT.length; left++) {
    const columns = ALL.filter((column) => !LEFT_OUT.slice(0, left).includes(column));
    const widths = shortenedTo(width, Object.fromEntries(columns.map((column) => [column, natural[column]])));
    if (total(widths) <= width || left === LEFT_OUT.length) return fittedTo(width, widths);
  }
  return natural;
});

const naturalWidths = (rows: readonly Row[]): Record<Column, number> =>
  Object.fromEntries(
    ALL.map((column) => [
      column,
      Math.max(formOf(column).least, ...rows.map((row) => cellsOf(shortAddress(row[column], column)))),
    ]),
  ) as Record<Column, number>;

const total = (widths: Widths): number => {
  const shown = Object.values(widths);
  return MARGIN + GAP * (shown.length - 1) + shown.reduce((sum, each) => sum + each, 0);
};

function shortenedTo(width: number, natural: Widths): Widths {
  const widths: Partial<Record<Column, number>> = { ...natural };
  for (const [column, least] of Object.entries(SHORTEST) as [Column, number][]) {
    const has = widths[column] ?? 0;
    widths[column] = Math.max(Math.min(has, least), has - Math.max(0, total(widths) - width));
  }
  return widths;
}

/** The address gives way last, down to nothing. */
function fittedTo(width: number, widths: Widths): Widths {
  const address = widths.address ?? 0;
  return { ...widths, address: Math.max(0, address - Math.max(0, total(widths) - width)) };
}

/** How wide a list is in which nothing is cut. */
export const naturalWidth = (rows: readonly Row[]): number => total(naturalWidths(rows));

/** The headings, the one that the rows are sorted by with a mark behind it. */
export const headingLine = (widths: Widths, order: Order): string =>
  " ".repeat(MARGIN) +
  shownIn(widths)
    .map((column) => {
      const { heading, order: own } = formOf(column);
      return aligned(column, own === order ? `${heading}▾` : heading, widths);
    })
    .join(" ".repeat(GAP))
    .trimEnd();

/** A row in the parts that are coloured differently. */
export function rowParts(
  row: Row,
  widths: Widths,
): { readonly name: string; readonly state: string; readonly rest: string } {
  const rest = shownIn(widths)
    .filter((column) => column !== "name" && column !== "state")
    .map((column) => aligned(column, shortAddress(row[column], column), widths))
    .join(" ".repeat(GAP))
    .trimEnd();
  return { name: aligned("name", row.name, widths), state: aligned("state", row.state, widths), rest };
}

const shownIn = (widths: Widths): Column[] => ALL.filter((column) => widths[column] !== undefined);

function aligned(column: Column, text: string, widths: Widths): string {
  const width = widths[column] ?? 0;
  const cell = inCells(text, width);
  return formOf(column).isNumber ? cell.trimEnd().padStart(width) : cell;
}

/** A service of this machine by its port alone, as browsers and people take it. */
const shortAddress = (cell: string, column: Column): string =>
  column === "address" ? cell.replace(/^(http:\/\/)?127\.0\.0\.1(?=:)/, "") : cell;
