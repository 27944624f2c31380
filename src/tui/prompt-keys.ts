import type { Key } from "./keys.ts";
import type { Choice, Prompt, Text } from "./prompt.ts";
import type { Pressed, Ui } from "./ui.ts";

/** The ui with a question before the person. */
export const asked = (ui: Ui, prompt: Prompt): Ui => ({ ...ui, over: { is: "prompt", prompt, text: "", at: 0 } });

/** A key while a prompt is open. Pure. */
export function onPrompt(ui: Ui, key: Key): Pressed {
  const { over } = ui;
  if (over?.is !== "prompt") return { ui };
  if (key === "escape") return { ui: closed(ui) };
  const { prompt, text, at } = over;
  return prompt.asks === "choice" ? onChoice(ui, prompt, at, key) : onText(ui, prompt, text, key);
}

const closed = (ui: Ui): Ui => ({ ...ui, over: undefined });

function onChoice(ui: Ui, prompt: Prompt & Choice, at: number, key: Key): Pressed {
  const { options } = prompt;
  const move = (by: number): Pressed => {
    const next = Math.max(0, Math.min(options.length - 1, at + by));
    return { ui: { ...ui, over: { is: "prompt", prompt, text: "", at: next } } };
  };
  if (key === "up") return move(-1);
  if (key === "down") return move(1);
  const chosen = key === "enter" ? options[at] : options.find((option) => option.key === key);
  if (chosen === undefined) return { ui };
  if ("title" in chosen.gives) return { ui: asked(ui, chosen.gives) };
  return { ui: closed(ui), wish: chosen.gives };
}

function onText(ui: Ui, prompt: Prompt & Text, text: string, key: Key): Pressed {
  const typed = (next: string): Pressed => ({ ui: { ...ui, over: { is: "prompt", prompt, text: next, at: 0 } } });
  if (key === "backspace") return typed([...text].slice(0, -1).join(""));
  if (key !== "enter") return [...key].length === 1 ? typed(text + key) : { ui };
  const isTaken = prompt.exactly === undefined ? text.trim() !== "" : text === prompt.exactly;
  return isTaken ? { ui: closed(ui), wish: prompt.gives(text.trim()) } : { ui };
}
