import { detailOf } from "./detail.ts";
import { title } from "./lines.ts";
import type { PageProps } from "./page.ts";
import type { Line } from "./text.ts";

/** All there is to know of the chosen service. */
export function detailPage({ snapshot: { ui, chosen }, area }: PageProps): Line[] {
  const lines = chosen === undefined ? [] : detailOf(chosen, area.width - 2);
  const left = lines.length - ui.top - (area.height - 1);
  return [title(chosen?.name ?? "", left > 0 ? `${left} lines more` : "", area.width), ...lines.slice(ui.top)];
}
