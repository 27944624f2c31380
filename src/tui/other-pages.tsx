import { Box } from "ink";
import type { Snapshot } from "./desk.ts";
import { HELP } from "./keys.ts";
import type { Area } from "./layout.ts";
import { Lines, Title } from "./lines.tsx";
import { mergedLines, ownLines } from "./log-lines.ts";
import { detailOf } from "./story.ts";
import { bold, line, span } from "./text.ts";

interface PageProps {
  readonly snapshot: Snapshot;
  readonly area: Area;
}

/** Without the line of the title. */
const inside = ({ width, height }: Area): Area => ({ width, height: height - 1 });

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

export function HelpPage({ area }: { readonly area: Area }) {
  const width = Math.max(...HELP.map(({ keys }) => keys.length));
  const keys = HELP.map((each) => line(bold(`  ${each.keys.padEnd(width)}  `), span(each.does)));
  return (
    <Box flexDirection="column">
      <Title text="keys" width={area.width} />
      <Lines lines={keys} area={inside(area)} />
    </Box>
  );
}
