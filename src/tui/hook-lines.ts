import { duration } from "../state/duration.ts";
import type { HookView } from "../state/hook-view.ts";
import { type Line, line, plain, span } from "./text.ts";

/** A hook of the newest swap and the last of what it said. What failed and is required is the swap's failure, told there. */
export function hookLines(view: HookView | undefined, room: number): Line[] {
  if (view === undefined || (view.end?.isRequired && view.end.code !== 0)) return [];
  const said = room <= 1 ? [] : view.lines.slice(1 - room);
  return [headOf(view), ...said.map((text) => line(span("│ ", "dim"), span(plain(text))))];
}

function headOf({ hook, end }: HookView): Line {
  if (end === undefined) return line(span(`◐ ${hook}`, "cyan"));
  if (end.code === 0) return line(span(`✔ ${hook}`, "green"), span(` is done after ${duration(end.ms)}`));
  const how = end.code === undefined ? "was ended" : `ended with code ${end.code}`;
  return line(span(`! ${hook} ${how}`, "yellow"), span(` after ${duration(end.ms)}, and is not required`));
}
