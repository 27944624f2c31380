import { HELP } from "./keys.ts";
import { bold, inverse, type Line, line, span } from "./text.ts";
import type { Ui } from "./ui.ts";

/** The keys of this page, or the filter while it is typed. */
export const footerLine = (ui: Ui): Line => [span(" "), ...(ui.isTyping ? filterOf(ui) : keysOf(ui))];

function keysOf({ page, filter, lens }: Ui): Line {
  if (page === "help") return line(span("any key closes the help"));
  const text = page === "logs" ? lens.find : filter;
  const isFiltered = text !== "" && page !== "detail";
  const keys = HELP.filter(({ footer }) => footer?.[page] !== undefined);
  return [
    ...(isFiltered ? [inverse(`filter: ${text}`)] : []),
    ...keys.flatMap(({ keys: name, footer }, at) => [
      span(at > 0 || isFiltered ? "  " : ""),
      bold(name),
      span(` ${footer?.[page] ?? ""}`, "dim"),
    ]),
  ];
}

const filterOf = ({ page, filter, lens }: Ui): Line =>
  line(
    bold(page === "logs" ? "lines with: " : "services with: "),
    span(page === "logs" ? lens.find : filter),
    inverse(" "),
    span("  enter keeps it, esc takes it back", "dim"),
  );
