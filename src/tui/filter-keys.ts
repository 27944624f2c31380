import type { Key } from "./keys.ts";
import { typedInLog } from "./logs-keys.ts";
import type { Shown, Ui } from "./ui.ts";

/** A key while the filter of a page is typed. */
export function typed(ui: Ui, key: Key, shown: Shown): Ui {
  if (ui.page === "logs") return typedInLog(ui, key, shown);
  const text = ui.filter;
  if (key === "enter") return { ...ui, isTyping: false };
  if (key === "escape") return withFilter({ ...ui, isTyping: false }, "");
  if (key === "backspace") return withFilter(ui, [...text].slice(0, -1).join(""));
  return [...key].length === 1 ? withFilter(ui, text + key) : ui;
}

const withFilter = (ui: Ui, filter: string): Ui => ({ ...ui, filter });
