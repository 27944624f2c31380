import { Box } from "ink";
import { inside } from "./layout.ts";
import { Lines, Title } from "./lines.tsx";
import type { PageProps } from "./page.ts";
import { detailOf } from "./story.ts";

/** All there is to know of the chosen service. */
export function DetailPage({ snapshot: { ui, chosen }, area }: PageProps) {
  const lines = chosen === undefined ? [] : detailOf(chosen, area.width - 2);
  const left = lines.length - ui.top - (area.height - 1);
  return (
    <Box flexDirection="column">
      <Title text={chosen?.name ?? ""} note={left > 0 ? `${left} lines more` : ""} width={area.width} />
      <Lines lines={lines.slice(ui.top)} area={inside(area)} />
    </Box>
  );
}
