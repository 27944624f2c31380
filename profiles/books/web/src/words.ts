// Small decisions about what the page says.

import type { Book, ShopEvent } from "./api";

export const starsOf = (stars: number) => "★".repeat(stars) + "☆".repeat(5 - stars);

/** The mean, to half a star; nothing to say without reviews. */
export function rating(book: Pick<Book, "reviews">): number | undefined {
  if (book.reviews.length === 0) return undefined;
  const sum = book.reviews.reduce((total, review) => total + review.stars, 0);
  return Math.round((sum / book.reviews.length) * 2) / 2;
}

/** A colour of its own for each book: the golden angle keeps neighbours apart. */
export const hueOf = (id: number) => Math.round((id * 137.508 + 8) % 360);

const icons: Record<string, string> = {
  "book.added": "📦",
  "review.added": "✍️",
  "heart.given": "💗",
  "service.started": "⚡",
};

export const iconOf = (event: Pick<ShopEvent, "kind">) => icons[event.kind] ?? "🔔";

/** Services know books by number; readers know them by title. */
export function headline(event: ShopEvent, titles: ReadonlyMap<number, string>): string {
  const title = event.book === undefined ? undefined : titles.get(event.book);
  switch (event.kind) {
    case "heart.given":
      return title ? `A heart for “${title}”` : event.text;
    case "review.added":
      return title ? `“${title}”: ${event.text}` : event.text;
    default:
      return event.text;
  }
}

export function ago(then: string, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - new Date(then).getTime()) / 1000));
  if (seconds < 5) return "now";
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h`;
}
