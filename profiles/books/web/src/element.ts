// Elements without a framework. Text always goes in as text, so what a reader
// wrote can never become markup.

type Listener = (event: Event) => void;
type Attribute = string | number | boolean | Listener;

/** `element("button.heart", { title: "…", click: give }, "♥")` */
export function element(
  selector: string,
  attributes: Record<string, Attribute> = {},
  ...children: (Node | string)[]
): HTMLElement {
  const [tag = "div", ...classes] = selector.split(".");
  const made = document.createElement(tag);
  made.classList.add(...classes);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (name.startsWith("--")) made.style.setProperty(name, String(value));
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false) made.setAttribute(name, String(value));
  }
  made.append(...children);
  return made;
}

/** An element that the page itself has. */
export function onPage<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as T;
}
