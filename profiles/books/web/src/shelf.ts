// The books on their boards.

import type { Book } from "./api";
import { element } from "./element";
import { hueOf, rating, starsOf } from "./words";

export interface ShelfActions {
  open(book: Book): void;
  love(book: Book, from: HTMLElement): void;
}

export function drawShelf(place: HTMLElement, books: Book[], actions: ShelfActions): void {
  place.replaceChildren(...books.map((book) => drawBook(book, actions)));
}

/** Books that the search did not find step back; without a search all stand in front. */
export function showOnly(place: HTMLElement, found: ReadonlySet<number> | undefined): void {
  for (const book of place.querySelectorAll<HTMLElement>(".book")) {
    book.classList.toggle("aside", found !== undefined && !found.has(Number(book.dataset.book)));
  }
}

function drawBook(book: Book, actions: ShelfActions): HTMLElement {
  const stars = rating(book);
  const heart = element(
    "button.heart",
    { type: "button", title: "Give it a heart", click: () => actions.love(book, heart) },
    `♥ ${book.hearts}`,
  );
  return element(
    "article.book",
    { "data-book": book.id, "--hue": hueOf(book.id) },
    element(
      "button.cover",
      { type: "button", "aria-label": `Open ${book.title}`, click: () => actions.open(book) },
      element("span.title", {}, book.title),
      element("span.emblem", { "aria-hidden": "true" }, book.cover),
      element("span.author", {}, book.author.name || "anonymous"),
    ),
    element(
      "div.plinth",
      {},
      element(
        "span.stars",
        { title: stars === undefined ? "No reviews yet" : `${stars} of 5 stars` },
        stars === undefined ? "unread" : starsOf(Math.round(stars)),
      ),
      heart,
    ),
  );
}

/** Hearts that rise from where one was given. */
export function releaseHearts(from: HTMLElement): void {
  const { left, top, width } = from.getBoundingClientRect();
  for (let number = 0; number < 6; number++) {
    const heart = element(
      "span.rising",
      {
        "aria-hidden": "true",
        "--x": `${left + width / 2}px`,
        "--y": `${top}px`,
        "--drift": `${Math.round((Math.random() - 0.5) * 90)}px`,
        "--delay": `${number * 60}ms`,
        animationend: () => heart.remove(),
      },
      "♥",
    );
    document.body.append(heart);
  }
}
