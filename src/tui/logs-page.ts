import { title } from "./lines.ts";
import { mergedLines, ownLines } from "./log-lines.ts";
import type { PageProps } from "./page.ts";
import type { Line } from "./text.ts";

/** The log of one service or of all, followed or scrolled back. */
export function logsPage({ snapshot: { ui, log, services }, area }: PageProps): Line[] {
  const { of, until } = ui.lens;
  const lines = log.window(ui.lens, area.height - 1);
  const note = until === undefined ? "following" : "scrolled back: f follows";
  return [
    title(of ?? "all services", lines.length === 0 ? "nothing yet" : note, area.width),
    ...(of === undefined ? mergedLines(lines, services) : ownLines(lines)),
  ];
}
