import assert from "node:assert/strict";
import { test } from "node:test";

import { ago, headline, hueOf, rating, starsOf } from "../src/words";

const review = (stars: number) => ({ book: 1, reader: "r", stars, words: "w" });

test("a rating is the mean to half a star", () => {
  assert.equal(rating({ reviews: [] }), undefined);
  assert.equal(rating({ reviews: [review(3), review(4)] }), 3.5);
  assert.equal(rating({ reviews: [review(1), review(2), review(2)] }), 1.5);
});

test("stars are always five", () => {
  assert.equal(starsOf(0), "☆☆☆☆☆");
  assert.equal(starsOf(3), "★★★☆☆");
  assert.equal(starsOf(5), "★★★★★");
});

test("a headline has the title of the book where it is known", () => {
  const event = { kind: "heart.given", text: "a heart for book 4", book: 4, at: "" };
  assert.equal(headline(event, new Map([[4, "Moby Disk"]])), "A heart for “Moby Disk”");
  assert.equal(headline(event, new Map()), "a heart for book 4");
});

test("times are told as people tell them", () => {
  const now = new Date("2026-01-01T12:00:00Z");
  assert.equal(ago("2026-01-01T11:59:58Z", now), "now");
  assert.equal(ago("2026-01-01T11:59:20Z", now), "40 s");
  assert.equal(ago("2026-01-01T11:45:00Z", now), "15 min");
  assert.equal(ago("2026-01-01T09:30:00Z", now), "2 h");
  assert.equal(ago("2026-01-01T12:00:03Z", now), "now"); // clocks of two machines
});

test("neighbours on the shelf differ in colour", () => {
  for (let id = 1; id < 20; id++) {
    const distance = Math.abs(hueOf(id) - hueOf(id + 1));
    assert.ok(Math.min(distance, 360 - distance) > 60, `books ${id} and ${id + 1}`);
  }
});
