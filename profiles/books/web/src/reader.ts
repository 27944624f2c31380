// One open book: the dialog with its story and its reviews.

import type { Book, Review } from "./api";
import { element, onPage } from "./element";
import { hueOf, starsOf } from "./words";

export type Send = (review: Omit<Review, "book">) => Promise<void>;

const dialog = onPage<HTMLDialogElement>("reader");

dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close(); // a click beside the pages
});

export const openBook = (): number | undefined => (dialog.open ? Number(dialog.dataset.book) : undefined);

export function openReader(book: Book, send: Send): void {
  draw(book, send);
  if (!dialog.open) dialog.showModal();
}

/** Shows new reviews in the open book, and leaves what is being typed alone. */
export function refreshReader(book: Book): void {
  dialog.querySelector(".reviews")?.replaceWith(drawReviews(book.reviews));
}

function draw(book: Book, send: Send): void {
  dialog.dataset.book = String(book.id);
  dialog.style.setProperty("--hue", String(hueOf(book.id)));
  dialog.replaceChildren(
    element("button.close", { type: "button", "aria-label": "Close the book", click: () => dialog.close() }, "×"),
    element(
      "section.page.left",
      {},
      element("div.emblem", { "aria-hidden": "true" }, book.cover),
      element("h2", {}, book.title),
      element("p.byline", {}, `${book.author.name || "anonymous"}, ${book.year}`),
      element("p.blurb", {}, book.blurb),
      element("p.about", {}, book.author.about),
    ),
    element("section.page.right", {}, element("h3", {}, "Readers say"), drawReviews(book.reviews), drawForm(send)),
  );
}

function drawReviews(reviews: Review[]): HTMLElement {
  if (reviews.length === 0) return element("p.reviews.none", {}, "Nobody has read it yet. Be the first!");
  return element(
    "ul.reviews",
    {},
    ...reviews.map((review) =>
      element(
        "li",
        {},
        element("span.stars", { title: `${review.stars} of 5 stars` }, starsOf(review.stars)),
        element("q", {}, review.words),
        element("cite", {}, review.reader),
      ),
    ),
  );
}

function drawForm(send: Send): HTMLElement {
  const note = element("p.note", { role: "status" });
  const form = element(
    "form",
    {
      submit: (event) => {
        event.preventDefault();
        void submit(form as HTMLFormElement, note, send);
      },
    },
    element("fieldset.pick", {}, element("legend", {}, "Your stars"), ...[5, 4, 3, 2, 1].flatMap(drawStar)),
    element("input", { name: "reader", placeholder: "Your name", maxlength: 60, "aria-label": "Your name" }),
    element("textarea", {
      name: "words",
      placeholder: "What did it do to you?",
      required: true,
      rows: 2,
      maxlength: 400,
      "aria-label": "Your review",
    }),
    element("button", { type: "submit" }, "Tell the others"),
    note,
  );
  return form;
}

/** Stars stand in the order 5 to 1 and are shown reversed: CSS can only light up what follows. */
function drawStar(stars: number): HTMLElement[] {
  const id = `stars-${stars}`;
  const attributes = { type: "radio", name: "stars", value: stars, id, checked: stars === 5 };
  return [element("input", attributes), element("label", { for: id, title: `${stars} of 5` }, "★")];
}

async function submit(form: HTMLFormElement, note: HTMLElement, send: Send): Promise<void> {
  const fields = new FormData(form);
  try {
    await send({
      reader: String(fields.get("reader") ?? ""),
      stars: Number(fields.get("stars")),
      words: String(fields.get("words") ?? ""),
    });
    const words = form.querySelector("textarea");
    if (words) words.value = "";
    note.textContent = "Thank you. The whole shop has heard it.";
  } catch (error) {
    note.textContent = `That did not work: ${(error as Error).message}`;
  }
}
