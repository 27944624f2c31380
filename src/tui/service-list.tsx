import { Box, Text } from "ink";
import { type Area, windowStart } from "./layout.ts";
import { Piece } from "./lines.tsx";
import { headingLine, type Row, rowParts, type Widths, widthsOf } from "./rows.ts";
import type { Ui } from "./ui.ts";

/** The headings and a row a service, as many as fit, the chosen one among them. */
export function ServiceList({
  rows,
  ui,
  area,
}: {
  readonly rows: readonly Row[];
  readonly ui: Ui;
  readonly area: Area;
}) {
  const widths = widthsOf(rows, area.width);
  const chosen = rows.findIndex(({ name }) => name === ui.chosen);
  const start = windowStart(rows.length, area.height, chosen);
  return (
    <Box flexDirection="column" width={area.width} height={area.height + 1} flexShrink={0} overflow="hidden">
      <Text wrap="truncate-end">
        <Piece text={headingLine(widths)} tone="dim" />
      </Text>
      {rows.slice(start, start + area.height).map((row) => (
        <ServiceRow key={row.name} row={row} widths={widths} isChosen={row.name === ui.chosen} />
      ))}
      {rows.length === 0 && ui.filter !== "" && <Text>{`    no service with ${ui.filter}`}</Text>}
    </Box>
  );
}

interface RowProps {
  readonly row: Row;
  readonly widths: Widths;
  readonly isChosen: boolean;
}

function ServiceRow({ row, widths, isChosen }: RowProps) {
  const { name, state, rest } = rowParts(row, widths);
  return (
    <Text wrap="truncate-end">
      <Text bold>{isChosen ? "▸ " : "  "}</Text>
      <Piece text={`${row.shape} `} tone={row.tone} />
      <Text bold={isChosen}>{name}</Text>
      {"  "}
      <Piece text={state} tone={row.tone} />
      {"  "}
      {rest}
    </Text>
  );
}
