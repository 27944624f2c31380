import type { Key } from "./keys.ts";
import { steps } from "./moves.ts";
import { EVERYTHING, type Shown, type Ui } from "./ui.ts";

export function onDetail(ui: Ui, key: Key, shown: Shown): Ui {
  switch (key) {
    case "escape":
    case "left":
    case "enter":
      return { ...ui, page: "services" };
    case "tab":
    case "l":
      return { ...ui, page: "logs", lens: { ...EVERYTHING, of: key === "l" ? ui.chosen : undefined } };
    default: {
      const last = Math.max(0, shown.detailLines - shown.height);
      return { ...ui, top: Math.max(0, Math.min(last, ui.top + steps(key, shown.height))) };
    }
  }
}
