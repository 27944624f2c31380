import { Box, Text } from "ink";
import { createContext, useContext } from "react";
import type { Area } from "./layout.ts";
import type { Line, Span } from "./text.ts";

/** Whether colours may be shown at all (NO_COLOR). */
export const Color = createContext(true);

/** Lines of text in a box of their own; what is too long or too many is cut. */
export function Lines({ lines, area }: { readonly lines: readonly Line[]; readonly area: Area }) {
  return (
    <Box flexDirection="column" width={area.width} height={area.height} flexShrink={0} overflow="hidden">
      {lines.slice(0, area.height).map((line, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line of the screen is its place.
        <OneLine key={at} line={line} />
      ))}
    </Box>
  );
}

/** One line; an empty one takes its place, too. */
export function OneLine({ line }: { readonly line: Line }) {
  return (
    <Text wrap="truncate-end">
      {line.length === 0 ? " " : ""}
      {line.map((span, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a span is its place in the line.
        <Piece key={at} {...span} />
      ))}
    </Text>
  );
}

export function Piece({ text, tone, bold = false }: Span) {
  const isColored = useContext(Color);
  if (tone === "dim") return <Text dimColor={isColored}>{text}</Text>;
  if (tone === undefined || !isColored) return <Text bold={bold}>{text}</Text>;
  return (
    <Text bold={bold} color={tone}>
      {text}
    </Text>
  );
}

/** `── books · following ─────────`: what stands below it. */
export function Title({
  text,
  note = "",
  width,
}: {
  readonly text: string;
  readonly note?: string;
  readonly width: number;
}) {
  const said = note === "" ? "" : ` · ${note}`;
  const rest = width - text.length - said.length - 5;
  return (
    <Text wrap="truncate-end">
      <Piece text="── " tone="dim" />
      <Text bold>{text}</Text>
      <Piece text={`${said} ${"─".repeat(Math.max(0, rest))}`} tone="dim" />
    </Text>
  );
}
