import { Box, Text, useInput } from "ink";
import { useSyncExternalStore } from "react";
import type { Desk, Snapshot } from "./desk.ts";
import { DetailPage } from "./detail-page.tsx";
import { Footer } from "./footer.tsx";
import { tally } from "./head.ts";
import { Header } from "./header.tsx";
import { HelpPage } from "./help-page.tsx";
import { keysOf } from "./keys.ts";
import { Color, OneLine } from "./lines.tsx";
import { LogsPage } from "./logs-page.tsx";
import type { PageProps } from "./page.ts";
import { ServicesPage } from "./services-page.tsx";
import { bold, span } from "./text.ts";
import type { Page } from "./ui.ts";

/** Draws the desk's newest snapshot and hands it the keys. */
export function App({ desk, color }: { readonly desk: Desk; readonly color: boolean }) {
  const snapshot = useSyncExternalStore(desk.subscribe, desk.snapshot);
  useInput((input, key) => {
    for (const each of keysOf(input, key)) desk.press(each);
  });
  return (
    <Color.Provider value={color}>
      <Frame {...snapshot} />
    </Color.Provider>
  );
}

const PAGES: Readonly<Record<Page, (props: PageProps) => React.ReactNode>> = {
  services: ServicesPage,
  detail: DetailPage,
  logs: LogsPage,
  help: HelpPage,
};

function Frame(snapshot: Snapshot) {
  const { layout, size, ui } = snapshot;
  if (layout.kind === "oneLine") return <TooSmall {...snapshot} />;
  const Open = PAGES[ui.page];
  return (
    <Box flexDirection="column" width={size.columns} height={size.rows - 1} overflow="hidden">
      <Header {...snapshot} />
      <Box flexGrow={1} flexDirection="column">
        <Open snapshot={snapshot} area={layout.page} />
      </Box>
      <Footer ui={ui} />
    </Box>
  );
}

/** One line that is true in any terminal. */
function TooSmall({ cluster, news, size }: Snapshot) {
  const failure = news?.is === "unknown" ? [span(`✖ ${news.failure.message}`, "red")] : tally(news);
  return (
    <Box width={size.columns}>
      {size.columns < 1 ? (
        <Text> </Text>
      ) : (
        <OneLine line={[bold(`${cluster} `), ...failure, span("  q quit", "dim")]} />
      )}
    </Box>
  );
}
