import { tally, watchLine } from "./head.ts";
import { sides } from "./lines.ts";
import type { Snapshot } from "./look.ts";
import { bold, type Line, line, type Span, span } from "./text.ts";

/** Two lines: which cluster and how it is; which page and what the save loop is at. */
export function headerLines({ cluster, news, view, ui, size: { columns } }: Snapshot): [Line, Line] {
  const where = news?.is === "known" ? ` on ${news.status.provider}, environment ${news.status.environment}` : "";
  const tabs = line(tab("Services", ui.page === "services" || ui.page === "detail"), tab("Logs", ui.page === "logs"));
  return [
    sides(line(bold(` ${cluster}`), span(where)), tally(news), columns),
    sides(tabs, watchLine(view, news), columns),
  ];
}

const tab = (word: string, isOpen: boolean): Span =>
  isOpen ? { text: `[${word}]`, bold: true, inverse: true } : span(` ${word} `, "dim");
