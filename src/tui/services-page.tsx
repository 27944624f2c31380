import { Box } from "ink";
import type { Snapshot } from "./desk.ts";
import type { Area } from "./layout.ts";
import { Lines, Title } from "./lines.tsx";
import { ownLines } from "./log-lines.ts";
import type { PageProps } from "./page.ts";
import { ServiceList } from "./service-list.tsx";
import { failureLines, newsOf } from "./story.ts";

/** The list, and below or beside it what there is to say of the chosen service. */
export function ServicesPage({ snapshot }: PageProps) {
  const { layout, news, rows, ui } = snapshot;
  if (layout.kind === "oneLine") return null;
  if (news?.is === "unknown")
    return <Lines lines={failureLines(news.failure, layout.page.width, 20)} area={layout.page} />;
  if (news === undefined) return <Lines lines={[[{ text: " asking the daemon …" }]]} area={layout.page} />;
  return (
    <Box flexDirection={layout.kind === "beside" ? "row" : "column"} gap={layout.kind === "beside" ? 2 : 0}>
      <ServiceList rows={rows} ui={ui} area={layout.list} />
      <Panel snapshot={snapshot} area={layout.panel} />
    </Box>
  );
}

/** Lines that the log has at least, whatever else there is to say. */
const LEAST_LOG = 2;

/** News of the chosen service, then the end of its log. */
function Panel({ snapshot: { chosen, log }, area }: { readonly snapshot: Snapshot; readonly area: Area }) {
  if (chosen === undefined) return null;
  const news = newsOf(chosen, area.width - 1, area.height - LEAST_LOG);
  const lines = log.window({ of: chosen.name, find: "", until: undefined }, area.height - news.length);
  return (
    <Box flexDirection="column" width={area.width} height={area.height + 1} flexShrink={0}>
      <Title text={chosen.name} note={lines.length === 0 ? "no log yet" : ""} width={area.width} />
      <Lines lines={[...news, ...ownLines(lines)]} area={area} />
    </Box>
  );
}
