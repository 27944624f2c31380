import type { Key } from "./keys.ts";
import { EVERYTHING } from "./log-lens.ts";
import { scrolled } from "./moves.ts";
import type { Shown, Ui } from "./ui.ts";

export function onDetail(ui: Ui, key: Key, shown: Shown): Ui | undefined {
  switch (key) {
    case "escape":
    case "left":
    case "enter":
      return { ...ui, page: "services" };
    case "tab":
    case "l":
      return { ...ui, page: "logs", lens: { ...EVERYTHING, of: key === "l" ? ui.chosen : undefined } };
    default: {
      const top = scrolled(ui.top, key, shown);
      return top === undefined ? undefined : { ...ui, top };
    }
  }
}
