import { Box } from "ink";
import { inside } from "./layout.ts";
import { Lines, Title } from "./lines.tsx";
import { mergedLines, ownLines } from "./log-lines.ts";
import type { PageProps } from "./page.ts";

/** The log of one service or of all, followed or scrolled back. */
export function LogsPage({ snapshot: { ui, log, services }, area }: PageProps) {
  const { of, until } = ui.lens;
  const lines = log.window(ui.lens, area.height - 1);
  const note = until === undefined ? "following" : "scrolled back: f follows";
  return (
    <Box flexDirection="column">
      <Title text={of ?? "all services"} note={lines.length === 0 ? "nothing yet" : note} width={area.width} />
      <Lines lines={of === undefined ? mergedLines(lines, services) : ownLines(lines)} area={inside(area)} />
    </Box>
  );
}
