import { detailOf } from "./detail.ts";
import { title } from "./lines.ts";
import { moreBelow } from "./over-view.ts";
import type { PageProps } from "./page.ts";
import type { Line } from "./text.ts";

/** All there is to know of the chosen service. */
export function detailPage({ snapshot: { ui, chosen }, area }: PageProps): Line[] {
  const lines = chosen === undefined ? [] : detailOf(chosen, area.width - 2);
  return [title(chosen?.name ?? "", moreBelow(lines.length, ui.top, area.height), area.width), ...lines.slice(ui.top)];
}
