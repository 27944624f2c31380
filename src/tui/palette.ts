import { type Command, commandsOn } from "./commands.ts";
import type { Key } from "./keys.ts";
import type { Page } from "./pages.ts";
import type { Pressed, Ui } from "./ui.ts";

/** The commands of a page that have every typed word somewhere in what they do; a single key finds its own. */
export function matching(page: Page, text: string): readonly Command[] {
  const words = text
    .toLowerCase()
    .split(" ")
    .filter((word) => word !== "");
  const commands = commandsOn(page);
  const byWords = commands.filter(({ does }) => words.every((word) => does.toLowerCase().includes(word)));
  const byKey = commands.filter(({ keys }) => keys === text);
  return [...byKey, ...byWords.filter((command) => !byKey.includes(command))];
}

/**
 * A key while the palette is open. Pure.
 * @param run what the chosen command's key does once the palette is closed
 */
export function onPalette(ui: Ui, key: Key, run: (ui: Ui, key: Key) => Pressed): Pressed {
  const { over } = ui;
  if (over?.is !== "palette") return { ui };
  const { text, at } = over;
  const found = matching(ui.page, text);
  const typed = (next: string): Pressed => ({ ui: { ...ui, over: { is: "palette", text: next, at: 0 } } });
  const moved = (to: number): Pressed => ({
    ui: { ...ui, over: { is: "palette", text, at: Math.max(0, Math.min(found.length - 1, to)) } },
  });
  switch (key) {
    case "escape":
      return { ui: { ...ui, over: undefined } };
    case "enter": {
      const chosen = found[at];
      return chosen === undefined ? { ui } : run({ ...ui, over: undefined }, chosen.key);
    }
    case "up":
      return moved(at - 1);
    case "down":
    case "tab":
      return moved(at + 1);
    case "backspace":
      // Of an empty line, as in an editor, the palette goes.
      return text === "" ? { ui: { ...ui, over: undefined } } : typed([...text].slice(0, -1).join(""));
    default:
      return [...key].length === 1 ? typed(text + key) : { ui };
  }
}
