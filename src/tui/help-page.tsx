import { Box } from "ink";
import { HELP } from "./keys.ts";
import { inside } from "./layout.ts";
import { Lines, Title } from "./lines.tsx";
import type { PageProps } from "./page.ts";
import { bold, line, span } from "./text.ts";

/** Every key and what it does. */
export function HelpPage({ area }: PageProps) {
  const width = Math.max(...HELP.map(({ keys }) => keys.length));
  const keys = HELP.map((each) => line(bold(`  ${each.keys.padEnd(width)}  `), span(each.does)));
  return (
    <Box flexDirection="column">
      <Title text="keys" width={area.width} />
      <Lines lines={keys} area={inside(area)} />
    </Box>
  );
}
