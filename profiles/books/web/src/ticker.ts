// What happens in the shop, as it happens.

import type { ShopEvent } from "./api";
import { element, onPage } from "./element";
import { ago, headline, iconOf } from "./words";

const shown = 12;

const list = onPage("ticker");
const lamp = onPage("lamp");

/** Listens for as long as the page is open; the browser connects again by itself. */
export function listen(titles: () => ReadonlyMap<number, string>, react: (event: ShopEvent) => void): void {
  const opened = Date.now();
  const source = new EventSource("/events");
  source.addEventListener("open", () => light(true));
  source.addEventListener("error", () => {
    light(false);
    // After some errors (a 502 for one) the browser gives up; the shop does not.
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(() => listen(titles, react), 1000);
    }
  });
  source.addEventListener("message", ({ data }) => {
    const event = JSON.parse(String(data)) as ShopEvent;
    add(event, titles());
    const isNews = new Date(event.at).getTime() > opened - 2000;
    if (isNews) react(event);
  });
  setInterval(refreshTimes, 5000);
}

function light(on: boolean): void {
  lamp.classList.toggle("on", on);
  lamp.title = on ? "Live: the page hears everything" : "Waiting for the notifier";
}

function add(event: ShopEvent, titles: ReadonlyMap<number, string>): void {
  const key = `${event.at} ${event.text}`;
  if ([...list.children].some((item) => (item as HTMLElement).dataset.key === key)) return;
  list.prepend(
    element(
      "li",
      { "data-key": key, "data-kind": event.kind },
      element("span.icon", { "aria-hidden": "true" }, iconOf(event)),
      element("span.what", {}, headline(event, titles)),
      element("time", { datetime: event.at }, ago(event.at, new Date())),
    ),
  );
  while (list.children.length > shown) list.lastElementChild?.remove();
}

function refreshTimes(): void {
  for (const time of list.querySelectorAll("time")) time.textContent = ago(time.dateTime, new Date());
}
