import { describe, expect, test } from "vitest";
import { serviceName } from "../../../src/model/names.ts";
import { type Lens, LogBuffer } from "../../../src/tui/log-buffer.ts";

const all: Lens = { of: undefined, find: "", until: undefined };
const books = serviceName("books");
const authors = serviceName("authors");

const lines = (service: typeof books, count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => ({ service, text: `${service} ${from + at}`, time: undefined }));
const texts = (log: LogBuffer, lens: Lens, height: number) => log.window(lens, height).map(({ text }) => text);

describe("the log", () => {
  test("shows the newest lines, as many as fit", () => {
    const log = new LogBuffer();
    log.append(lines(books, 5));
    expect(texts(log, all, 2)).toEqual(["books 3", "books 4"]);
    expect(texts(log, all, 9)).toHaveLength(5);
  });

  test("puts the lines of one batch in the order of their times", () => {
    const log = new LogBuffer();
    const at = (second: number) => `2026-03-01T12:00:0${second}.000000000Z`;
    log.append([
      { service: books, text: "second", time: at(2) },
      { service: authors, text: "first", time: at(1) },
      { service: authors, text: "third", time: at(3) },
    ]);
    expect(texts(log, all, 3)).toEqual(["first", "second", "third"]);
  });

  test("keeps a quiet service's lines while a noisy one prints thousands", () => {
    const log = new LogBuffer();
    log.append(lines(authors, 3));
    for (let batch = 0; batch < 20; batch++) log.append(lines(books, 1000, batch * 1000));
    expect(texts(log, { ...all, of: authors }, 9)).toEqual(["authors 0", "authors 1", "authors 2"]);
    expect(texts(log, { ...all, of: books }, 1)).toEqual(["books 19999"]);
    expect(log.window(all, 1_000_000).length).toBeLessThanOrEqual(7500);
  });

  test("scrolls by lines that the lens shows, stops at the oldest, and follows again at the newest", () => {
    const log = new LogBuffer();
    for (let at = 0; at < 10; at++) log.append([...lines(books, 1, at), ...lines(authors, 1, at)]);
    const own = { ...all, of: books };
    const back = log.scrolled(own, -2, 3);
    expect(texts(log, back, 3)).toEqual(["books 5", "books 6", "books 7"]);
    log.append(lines(books, 4, 10));
    expect(texts(log, back, 3)).toEqual(["books 5", "books 6", "books 7"]);
    expect(texts(log, log.scrolled(back, -100, 3), 3)).toEqual(["books 0", "books 1", "books 2"]);
    expect(log.scrolled(back, 100, 3)).toEqual(own);
  });

  test("does not scroll where everything fits", () => {
    const log = new LogBuffer();
    log.append(lines(books, 2));
    expect(log.scrolled(all, -1, 5)).toEqual(all);
  });

  test("finds lines by their text or their service's name, in any case", () => {
    const log = new LogBuffer();
    log.append([...lines(books, 1), ...lines(authors, 1)]);
    expect(texts(log, { ...all, find: "BOOK" }, 9)).toEqual(["books 0"]);
    expect(texts(log, { ...all, find: "author" }, 9)).toEqual(["authors 0"]);
  });
});
