// The bookshop's page: fetch, draw, and draw again when something happened.

import { type Book, get, post, type Recommendation, type SearchAnswer, type Shelf, type ShopEvent } from "./api";
import { element, onPage } from "./element";
import { openBook, openReader, refreshReader } from "./reader";
import { drawShelf, releaseHearts, showOnly } from "./shelf";
import { listen } from "./ticker";

const place = onPage("shelf");
const motto = onPage("motto");
const loved = onPage("loved");
const away = onPage("away");
const search = onPage<HTMLInputElement>("search");
const findings = onPage("findings");
const cat = onPage("cat");

let books: ReadonlyMap<number, Book> = new Map();
let found: ReadonlySet<number> | undefined;

async function refresh(): Promise<void> {
  try {
    const [shelf, recommendations] = await Promise.all([
      get<Shelf>("/api/shelf"),
      get<Recommendation[]>("/api/recommendations?limit=3").catch(() => []),
    ]);
    draw(shelf, recommendations);
  } catch (error) {
    away.hidden = false;
    away.textContent = `The shop is closed for a moment: ${(error as Error).message}.`;
  }
}

function draw(shelf: Shelf, recommendations: Recommendation[]): void {
  books = new Map(shelf.books.map((book) => [book.id, book]));
  away.hidden = shelf.away.length === 0;
  away.textContent = `Not answering right now: ${shelf.away.join(", ")}. You see what was last known.`;
  write(motto, shelf.motto);
  drawShelf(place, shelf.books, { open, love });
  showOnly(place, found);
  drawLoved(recommendations);

  const opened = books.get(openBook() ?? 0);
  if (opened) refreshReader(opened);
}

/** New words are set in anew, so that an edit which was just saved catches the eye. */
function write(target: HTMLElement, text: string): void {
  if (target.textContent === text) return;
  const fresh = target.textContent !== "";
  target.textContent = text;
  if (fresh) flash(target, "fresh");
}

function flash(target: HTMLElement, name: string): void {
  target.classList.remove(name);
  void target.offsetWidth; // the animation starts over only after a layout without it
  target.classList.add(name);
}

function drawLoved(recommendations: Recommendation[]): void {
  const rows = recommendations.flatMap(({ book, hearts }) => {
    const loved = books.get(book);
    if (!loved) return [];
    return [
      element(
        "li",
        {},
        element(
          "button",
          { type: "button", click: () => open(loved) },
          element("span.icon", { "aria-hidden": "true" }, loved.cover),
          element("span.title", {}, loved.title),
          element("span.count", {}, `♥ ${hearts}`),
        ),
      ),
    ];
  });
  loved.replaceChildren(...rows);
}

function open(book: Book): void {
  openReader(books.get(book.id) ?? book, async (review) => {
    await post("/api/reviews", { ...review, book: book.id });
    await refresh();
  });
}

async function love(book: Book, from: HTMLElement): Promise<void> {
  releaseHearts(from);
  try {
    const { hearts } = await post<Recommendation>(`/api/hearts/${book.id}`);
    from.textContent = `♥ ${hearts}`;
  } catch {
    from.textContent = "♥ later?";
  }
}

let searching = new AbortController();

async function find(): Promise<void> {
  searching.abort();
  searching = new AbortController();
  const query = search.value.trim();
  if (query === "") {
    found = undefined;
    findings.textContent = "";
    showOnly(place, found);
    return;
  }
  try {
    const answer = await get<SearchAnswer>(`/api/search?q=${encodeURIComponent(query)}`, searching.signal);
    found = new Set(answer.hits.map((hit) => hit.id));
    findings.textContent = found.size === 0 ? "Not even under the counter." : `${found.size} found`;
    showOnly(place, found);
  } catch (error) {
    if ((error as Error).name !== "AbortError") findings.textContent = (error as Error).message;
  }
}

let waiting: ReturnType<typeof setTimeout> | undefined;

function react(event: ShopEvent): void {
  if (event.kind === "service.started") flash(cat, "awake");
  // A burst of events is one refresh.
  clearTimeout(waiting);
  waiting = setTimeout(() => void refresh(), 60);
}

search.addEventListener("input", () => void find());
cat.addEventListener("click", () => flash(cat, "awake"));

await refresh();
listen(() => new Map([...books.values()].map((book) => [book.id, book.title])), react);
