import { failureLines } from "./failure-lines.ts";
import type { Area } from "./layout.ts";
import { beside, inArea, title } from "./lines.ts";
import { EVERYTHING } from "./log-lens.ts";
import { LogPane } from "./log-pane.ts";
import type { Snapshot } from "./look.ts";
import type { PageProps } from "./page.ts";
import { hiddenServices, serviceLines } from "./service-list.ts";
import { newsOf } from "./story.ts";
import { type Line, line, span } from "./text.ts";

/** The list, and below or beside it what there is to say of the chosen service. */
export function servicesPage({ snapshot }: PageProps): Line[] {
  const { layout, news } = snapshot;
  if (layout.kind === "oneLine") return [];
  if (news?.is === "unknown") return failureLines(news.failure, layout.page.width, 20);
  if (news === undefined) return [line(span(" asking the daemon …"))];
  const list = serviceLines(snapshot, layout.list);
  const panel = panelLines(snapshot, layout.panel);
  return layout.kind === "beside" ? beside(list, layout.list.width + 2, panel) : [...list, ...panel];
}

/** Lines that the log has at least, whatever else there is to say; but for a failure, which has its own words. */
const LEAST_LOG = 2;

/** News of the chosen service, then the end of its log; in its title, which services there is no room for above it. */
function panelLines({ chosen, log, items, ui, layout }: Snapshot, area: Area): Line[] {
  if (chosen === undefined || layout.kind === "oneLine") return [];
  const news = newsOf(chosen, area.width - 1, area.height - (chosen.swap?.failure === undefined ? LEAST_LOG : 0));
  const pane = new LogPane(log, { width: area.width, height: area.height - news.length }, []);
  const lines = pane.rows({ ...EVERYTHING, of: chosen.name });
  const hidden = hiddenServices(items, ui.chosen, layout.list.height);
  const note = lines.length === 0 ? "no log yet" : "";
  return [title(chosen.name, note, area.width, hidden), ...inArea([...news, ...lines], area)];
}
