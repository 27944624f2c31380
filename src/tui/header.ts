import { tally, watchLine } from "./head.ts";
import { sides } from "./lines.ts";
import type { Snapshot } from "./look.ts";
import { bold, cellsOfLine, type Line, line, type Span, span } from "./text.ts";

/** Cells between the two ends of a line, and after them. */
const BETWEEN = 3;

/** Two lines: which cluster and how it is; which page and what the save loop is at. */
export function headerLines({ cluster, news, view, loop, ui, size: { columns } }: Snapshot): [Line, Line] {
  const tabs = line(
    tab("Services", ui.page === "services" || ui.page === "detail"),
    tab("Logs", ui.page === "logs"),
    tab("Repositories", ui.page === "repositories"),
  );
  const room = columns - cellsOfLine(tabs) - BETWEEN;
  return [clusterLine({ cluster, news, view }, columns), sides(tabs, watchLine(view, news, loop, room), columns)];
}

/** Where it does not all fit, first the environment goes, then the words of the states: their shapes say the same. */
function clusterLine({ cluster, news, view }: Pick<Snapshot, "cluster" | "news" | "view">, columns: number): Line {
  const [on, environment] =
    news?.is === "known" ? [` on ${news.status.provider}`, `, environment ${news.status.environment}`] : ["", ""];
  const name = bold(` ${cluster}`);
  const whole = line(name, span(on + environment));
  const short = line(name, span(on));
  const fits = (left: Line, right: Line) => cellsOfLine(left) + cellsOfLine(right) + BETWEEN <= columns;
  const words = tally(news, view);
  if (fits(whole, words)) return sides(whole, words, columns);
  if (fits(short, words)) return sides(short, words, columns);
  const counts = tally(news, view, false);
  return sides(fits(whole, counts) ? whole : short, counts, columns);
}

const tab = (word: string, isOpen: boolean): Span =>
  isOpen ? { text: `[${word}]`, bold: true, inverse: true } : span(` ${word} `, "dim");
