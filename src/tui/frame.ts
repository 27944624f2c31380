import { detailPage } from "./detail-page.ts";
import { tally } from "./head.ts";
import { headerLines } from "./header.ts";
import { inArea } from "./lines.ts";
import { logsPage } from "./logs-page.ts";
import type { Snapshot } from "./look.ts";
import { overLines } from "./over-view.ts";
import type { DrawPage } from "./page.ts";
import type { Page } from "./pages.ts";
import { painted } from "./paint.ts";
import { repositoriesPage } from "./repositories-page.ts";
import { servicesPage } from "./services-page.ts";
import { bold, cellsOfLine, type Line, span } from "./text.ts";

const PAGES: Readonly<Record<Page, DrawPage>> = {
  services: servicesPage,
  detail: detailPage,
  logs: logsPage,
  repositories: repositoriesPage,
};

/**
 * A snapshot as the lines of a screen, one less than the terminal has: pure functions all the way down. Ink reads the
 * keys and does not draw, for three things that were measured of its 6.8: a frame of 200 x 60 costs it 40 to 100 ms of
 * the processor, which lets a key wait behind the log; it splits every line into characters, changed or not; and it
 * keeps for ever each text that it once measured (measure-text.js, wrap-text.js), 100 MB for 20,000 lines of a log.
 */
export function frameOf(snapshot: Snapshot): Line[] {
  const { layout, ui, tasks, notice, footer } = snapshot;
  if (layout.kind === "oneLine") return [tooSmall(snapshot)];
  const { page } = layout;
  const shown = page.height < 1 ? [] : PAGES[ui.page]({ snapshot, area: page });
  const over = { width: page.width, height: page.over };
  return [
    ...headerLines(snapshot),
    ...inArea(shown, page),
    ...inArea(overLines(ui, tasks, over), over),
    ...(notice === undefined ? [] : [notice]),
    ...footer,
  ];
}

/** The same as the terminal is to be given it. */
export const paintedFrame = (snapshot: Snapshot, hasColor: boolean): string[] =>
  frameOf(snapshot).map((line) => painted(line, snapshot.size.columns, hasColor));

/** One line that is true in any terminal; where the words of the states do not fit, their shapes say the same. */
function tooSmall({ cluster, news, view, size }: Snapshot): Line {
  const lineOf = (said: Line): Line => [bold(`${cluster} `), ...said, span("  q quit", "dim")];
  if (news?.is === "unknown") return lineOf([span(`✖ ${news.failure.message}`, "red")]);
  const whole = lineOf(tally(news, view));
  return cellsOfLine(whole) <= size.columns ? whole : lineOf(tally(news, view, false));
}
