import type { Key } from "./keys.ts";
import { EVERYTHING } from "./log-lens.ts";
import { steps } from "./moves.ts";
import { nextOrder } from "./order.ts";
import { type Shown, serviceOf, type Ui } from "./ui.ts";

export function onServices(ui: Ui, key: Key, shown: Shown): Ui | undefined {
  switch (key) {
    case "/":
      return { ...ui, isTyping: true };
    case "escape":
      return ui.filter === "" ? undefined : { ...ui, filter: "" };
    case "tab":
      return { ...ui, page: "logs", lens: EVERYTHING };
    case "l":
      return { ...ui, page: "logs", lens: { ...EVERYTHING, of: serviceOf(ui, shown) } };
    case "S":
      return { ...ui, order: nextOrder(ui.order) };
    case "K":
      return { ...ui, isGrouped: !ui.isGrouped };
    case "enter":
    case "right":
      return serviceOf(ui, shown) === undefined ? ui : { ...ui, page: "detail", top: 0 };
    default: {
      const by = steps(key, shown.height);
      return by === 0 ? undefined : chosenBy(by, ui, shown);
    }
  }
}

function chosenBy(by: number, ui: Ui, { services }: Shown): Ui {
  const at = ui.chosen === undefined ? -1 : services.indexOf(ui.chosen);
  const next = services[Math.max(0, Math.min(services.length - 1, at + by))];
  return { ...ui, chosen: next ?? ui.chosen };
}
