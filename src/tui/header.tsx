import { Box, Text } from "ink";
import type { Snapshot } from "./desk.ts";
import { tally, watchLine } from "./head.ts";
import { OneLine, Piece } from "./lines.tsx";

/** Two lines: which cluster and how it is; which page and what the save loop is at. */
export function Header({ cluster, news, view, ui, size }: Snapshot) {
  const where = news?.is === "known" ? ` on ${news.status.provider}, environment ${news.status.environment}` : "";
  return (
    <Box flexDirection="column" width={size.columns} height={2} flexShrink={0}>
      <Sides>
        <Text wrap="truncate-end">
          <Text bold> {cluster}</Text>
          {where}
        </Text>
        <OneLine line={tally(news)} />
      </Sides>
      <Sides>
        <Text wrap="truncate-end">
          <Tab word="Services" isOpen={ui.page === "services" || ui.page === "detail"} />
          <Tab word="Logs" isOpen={ui.page === "logs"} />
        </Text>
        <OneLine line={watchLine(view, news)} />
      </Sides>
    </Box>
  );
}

/** Two texts at the two ends of a line; the left one gives way. */
function Sides({ children: [left, right] }: { readonly children: readonly [React.ReactNode, React.ReactNode] }) {
  return (
    <Box height={1} justifyContent="space-between" gap={2} paddingRight={1}>
      <Box flexShrink={0}>{left}</Box>
      <Box flexShrink={1}>{right}</Box>
    </Box>
  );
}

function Tab({ word, isOpen }: { readonly word: string; readonly isOpen: boolean }) {
  return isOpen ? (
    <Text bold inverse>
      {`[${word}]`}
    </Text>
  ) : (
    <Piece text={` ${word} `} tone="dim" />
  );
}
