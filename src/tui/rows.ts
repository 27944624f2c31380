import type { ServiceName } from "../model/names.ts";
import type { ClusterStatus, ServiceStatus } from "../model/status.ts";
import { buildInWords } from "../state/build-words.ts";
import { age } from "../state/duration.ts";
import { MARKS, type Tone } from "../state/marks.ts";
import { stateWords } from "../state/replicas.ts";
import type { ServiceView } from "../state/service-view.ts";
import type { View } from "../state/view.ts";
import { cellsOf, inCells } from "./text.ts";

/** One service in the list, every cell in the words that are shown. */
export interface Row {
  readonly name: ServiceName;
  readonly shape: string;
  readonly tone: Tone;
  readonly state: string;
  readonly mode: string;
  readonly build: string;
  readonly since: string;
  readonly address: string;
}

/** The rows of the list: what the daemon said at `at` (milliseconds), and what the save loop is at. */
export function rowsOf(
  status: ClusterStatus,
  view: View,
  at: number,
  isRestarting: (service: ServiceName) => boolean,
): Row[] {
  return status.services.map((service) => {
    const { name, mode, since, address } = service;
    const cells = {
      name,
      mode,
      build: buildInWords(service),
      since: since === null ? "-" : age(at - Date.parse(since)),
      address: address ?? "-",
    };
    return { ...cells, ...stateOf(service, view.services.get(name), isRestarting(name), at) };
  });
}

function stateOf(
  status: ServiceStatus,
  swap: ServiceView | undefined,
  isRestarting: boolean,
  at: number,
): Pick<Row, "shape" | "tone" | "state"> {
  const { shape, tone, word: plain } = MARKS[status.state];
  const word = stateWords(plain, status, at);
  const stage = isRestarting ? "restarting" : stageOf(swap);
  if (stage !== undefined) return { shape: MARKS.swapping.shape, tone: MARKS.swapping.tone, state: stage };
  const isBroken = swap?.last?.outcome === "buildFailed" && swap.failure !== undefined;
  return isBroken ? { shape, tone: "red", state: `${word} ✖ build` } : { shape, tone, state: word };
}

const STAGES = {
  delivering: "delivering",
  restarting: "restarting",
  probing: "probing",
  committing: "answers",
  notReady: "rolling back",
} as const;

/** What a swap is at, in one word; undefined when none is under way. The container's stage is nearer to the end. */
function stageOf(swap: ServiceView | undefined): string | undefined {
  if (swap === undefined) return undefined;
  if (swap.container.is !== "quiet") return STAGES[swap.container.is];
  if (swap.build.is === "none") return undefined;
  return swap.build.is === "built" ? STAGES.delivering : "building";
}

/** The rows in which the text occurs: in a name, a state, a mode or a build. */
export function filtered(rows: readonly Row[], filter: string): readonly Row[] {
  const wanted = filter.toLowerCase();
  if (wanted === "") return rows;
  return rows.filter(({ name, state, mode, build }) =>
    [name, state, mode, build].some((cell) => cell.toLowerCase().includes(wanted)),
  );
}

const HEADINGS = { name: "SERVICE", state: "STATE", mode: "MODE", build: "BUILD", since: "SINCE", address: "ADDRESS" };
type Column = keyof typeof HEADINGS;
const COLUMNS = Object.keys(HEADINGS) as Column[];
const GAP = 2;
/** Before the cells: the pointer, the mark, and a blank after each. */
const MARGIN = 4;

export type Widths = Readonly<Record<Column, number>>;

/**
 * The width of every column in a line of `width` cells. What does not fit is taken from the builds first, then from
 * the names, and the address has what is left.
 */
export function widthsOf(rows: readonly Row[], width: number): Widths {
  const widths = Object.fromEntries(
    COLUMNS.map((column) => [column, Math.max(HEADINGS[column].length, ...rows.map((row) => cellsOf(row[column])))]),
  ) as Record<Column, number>;
  const excess = () =>
    MARGIN + GAP * (COLUMNS.length - 1) + COLUMNS.reduce((sum, each) => sum + widths[each], 0) - width;
  for (const [column, least] of [
    ["build", 10],
    ["name", 10],
    ["address", 0],
  ] as const) {
    widths[column] = Math.max(Math.min(widths[column], least), widths[column] - Math.max(0, excess()));
  }
  return widths;
}

/** How wide a list is in which nothing is cut. */
export const naturalWidth = (rows: readonly Row[]): number => {
  const widths = widthsOf(rows, Number.POSITIVE_INFINITY);
  return MARGIN + GAP * (COLUMNS.length - 1) + COLUMNS.reduce((sum, column) => sum + widths[column], 0);
};

export const headingLine = (widths: Widths): string => " ".repeat(MARGIN) + cells(HEADINGS, COLUMNS, widths);

/** A row in the parts that are coloured differently. */
export function rowParts(
  row: Row,
  widths: Widths,
): { readonly name: string; readonly state: string; readonly rest: string } {
  const rest = cells(
    { ...row, address: shortened(row.address, widths.address) },
    ["mode", "build", "since", "address"],
    widths,
  );
  return { name: inCells(row.name, widths.name), state: inCells(row.state, widths.state), rest };
}

/** An address is of use only as a whole: without its scheme, if that makes it fit. */
const shortened = (address: string, width: number): string =>
  cellsOf(address) > width ? address.replace(/^http:\/\//, "") : address;

const cells = (row: Readonly<Record<Column, string>>, columns: readonly Column[], widths: Widths): string =>
  columns
    .map((column) => inCells(row[column], widths[column]))
    .join(" ".repeat(GAP))
    .trimEnd();
