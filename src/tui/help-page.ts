import { HELP } from "./keys.ts";
import { title } from "./lines.ts";
import type { PageProps } from "./page.ts";
import { bold, type Line, line, span } from "./text.ts";

/** Every key and what it does. */
export function helpPage({ area }: PageProps): Line[] {
  const width = Math.max(...HELP.map(({ keys }) => keys.length));
  const keys = HELP.map((each) => line(bold(`  ${each.keys.padEnd(width)}  `), span(each.does)));
  return [title("keys", "", area.width), ...keys];
}
