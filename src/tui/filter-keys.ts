import type { Key } from "./keys.ts";
import type { Ui } from "./ui.ts";

/** A key while the filter of a page is typed. */
export function typed(ui: Ui, key: Key): Ui {
  const text = ui.page === "logs" ? ui.lens.find : ui.filter;
  if (key === "enter") return { ...ui, isTyping: false };
  if (key === "escape") return withFilter({ ...ui, isTyping: false }, "");
  if (key === "backspace") return withFilter(ui, [...text].slice(0, -1).join(""));
  return [...key].length === 1 ? withFilter(ui, text + key) : ui;
}

/** The filter of the page that is shown. */
export const withFilter = (ui: Ui, text: string): Ui =>
  ui.page === "logs" ? { ...ui, lens: { ...ui.lens, find: text, until: undefined } } : { ...ui, filter: text };
