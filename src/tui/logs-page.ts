import { inside } from "./layout.ts";
import { title } from "./lines.ts";
import type { Lens } from "./log-lens.ts";
import { LogPane } from "./log-pane.ts";
import type { PageProps } from "./page.ts";
import type { Line } from "./text.ts";

/** The log of one service or of all, followed or scrolled back. */
export function logsPage({ snapshot: { ui, log, services }, area }: PageProps): Line[] {
  const { lens } = ui;
  const pane = new LogPane(log, inside(area), services);
  const rows = pane.rows(lens);
  const notes = [rows.length === 0 ? nothing(lens) : place(lens, pane.newer(lens)), ...searchNotes(lens)];
  return [title(lens.of ?? "all services", notes.join(" · "), area.width), ...rows];
}

const nothing = ({ only }: Lens): string => (only === "" ? "nothing yet" : `no line with ${only}`);

function place({ bottom, only, wraps }: Lens, newer: number): string {
  const how = [only === "" ? "" : `with ${only}`, wraps ? "wrapped" : ""].filter((each) => each !== "");
  const where = bottom === undefined ? "following" : `scrolled back: f follows${newer > 0 ? `, ${newer} newer` : ""}`;
  return [where, ...how].join(" · ");
}

function searchNotes({ find, found, missed }: Lens): string[] {
  if (missed === undefined) return [];
  return [found === undefined ? `no line has ${find}` : `no ${missed} line has ${find}`];
}
