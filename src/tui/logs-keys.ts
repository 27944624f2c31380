import { withFilter } from "./filter-keys.ts";
import type { Key } from "./keys.ts";
import { steps } from "./moves.ts";
import { EVERYTHING, type Shown, type Ui } from "./ui.ts";

export function onLogs(ui: Ui, key: Key, shown: Shown): Ui | undefined {
  switch (key) {
    case "/":
      return { ...ui, isTyping: true };
    case "escape":
      return ui.lens.find === "" ? { ...ui, page: "services" } : withFilter(ui, "");
    case "tab":
      return { ...ui, page: "services" };
    case "l":
      return { ...ui, lens: { ...EVERYTHING, of: ui.lens.of === undefined ? ui.chosen : undefined } };
    case "f":
      return { ...ui, lens: { ...ui.lens, until: undefined } };
    default: {
      const by = steps(key, shown.height);
      return by === 0 ? undefined : { ...ui, lens: shown.log.scrolled(ui.lens, by, shown.height) };
    }
  }
}
