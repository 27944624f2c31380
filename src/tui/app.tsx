import { Box, Text, useInput } from "ink";
import { useSyncExternalStore } from "react";
import type { Desk, Snapshot } from "./desk.ts";
import { Footer } from "./footer.tsx";
import { tally } from "./head.ts";
import { Header } from "./header.tsx";
import { keysOf } from "./keys.ts";
import { Color, OneLine } from "./lines.tsx";
import { DetailPage, HelpPage, LogsPage } from "./other-pages.tsx";
import { ServicesPage } from "./services-page.tsx";
import { bold, span } from "./text.ts";

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

function Frame(snapshot: Snapshot) {
  const { layout, size, ui } = snapshot;
  if (layout.kind === "oneLine") return <TooSmall {...snapshot} />;
  return (
    <Box flexDirection="column" width={size.columns} height={size.rows - 1} overflow="hidden">
      <Header {...snapshot} />
      <Box flexGrow={1} flexDirection="column">
        {ui.page === "services" && <ServicesPage snapshot={snapshot} layout={layout} />}
        {ui.page === "logs" && <LogsPage snapshot={snapshot} area={layout.page} />}
        {ui.page === "detail" && <DetailPage snapshot={snapshot} area={layout.page} />}
        {ui.page === "help" && <HelpPage area={layout.page} />}
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
