import { Box } from "ink";
import type { Snapshot } from "./desk.ts";
import type { Area, layoutOf } from "./layout.ts";
import { Lines, Title } from "./lines.tsx";
import { ownLines } from "./log-lines.ts";
import { ServiceList } from "./service-list.tsx";
import { failureLines, newsOf } from "./story.ts";

type Layout = Exclude<ReturnType<typeof layoutOf>, { kind: "oneLine" }>;

/** The list, and below or beside it what there is to say of the chosen service. */
export function ServicesPage({ snapshot, layout }: { readonly snapshot: Snapshot; readonly layout: Layout }) {
  const { news, rows, ui } = snapshot;
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
