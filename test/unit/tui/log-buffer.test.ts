import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { serviceName } from "../../../src/model/names.ts";
import { LogBuffer } from "../../../src/tui/log-buffer.ts";
import { compare, type KeptLine } from "../../../src/tui/log-lens.ts";

const all = { of: undefined, only: "" };
const NAMES = ["books", "authors", "reviews"].map(serviceName);
const [books, authors] = NAMES as [(typeof NAMES)[0], (typeof NAMES)[0]];

const at = (second: number) => `2026-03-01T12:00:${String(second).padStart(2, "0")}.000000000Z`;
const numbered = (service: typeof books, count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => ({ service, text: `${service} ${from + n}`, time: undefined }));
const texts = (lines: Iterable<KeptLine>) => [...lines].map(({ text }) => text);

/** Batches of lines of three services, whose times are nearly in order. */
const batches = fc.array(
  fc.array(
    fc.record({
      service: fc.constantFrom(...NAMES),
      text: fc.constantFrom("", "GET /books", "Error: no", "x".repeat(300)),
      time: fc.option(fc.integer({ min: 0, max: 20 }).map(at), { nil: undefined }),
    }),
    { maxLength: 12 },
  ),
  { maxLength: 12 },
);

describe("the log", () => {
  test("keeps every line as long as there is room, in the order of time, then of arrival, in both directions", () => {
    fc.assert(
      fc.property(batches, (given) => {
        const log = new LogBuffer();
        for (const batch of given) log.append(batch);
        const older = [...log.walk(all, "older")];
        const newer = [...log.walk(all, "newer")];
        expect(newer).toEqual([...older].reverse());
        expect(newer).toEqual([...newer].sort(compare));
        expect(newer.map(({ number }) => number).sort((a, b) => a - b)).toEqual(given.flat().map((_, n) => n));
        const inOrder = [...newer].sort((a, b) => a.number - b.number);
        expect(inOrder.map(({ text, service }) => [text, service])).toEqual(
          given.flat().map((l) => [l.text, l.service]),
        );
        for (const line of inOrder) {
          const { time } = given.flat()[line.number] ?? {};
          if (time !== undefined) expect(line.time).toBe(time);
        }
      }),
    );
  });

  test("forgets only when there is no more room, and then the oldest of the service that takes most of it", () => {
    fc.assert(
      fc.property(batches, fc.integer({ min: 100, max: 4000 }), (given, room) => {
        const log = new LogBuffer(room);
        const whole = new LogBuffer();
        const costs = (lines: readonly KeptLine[]) => lines.reduce((sum, { text }) => sum + text.length + 100, 0);
        for (const batch of given) {
          const lines = batch.map((line) => ({ ...line, time: undefined }));
          log.append(lines);
          whole.append(lines);
        }
        const sizes = NAMES.map((of) => {
          const [kept, said] = [[...log.walk({ ...all, of }, "newer")], [...whole.walk({ ...all, of }, "newer")]];
          // What is kept is what was said last.
          expect(kept.map(({ number }) => number)).toEqual(said.slice(said.length - kept.length).map((l) => l.number));
          return { size: costs(kept), next: said.at(-kept.length - 1), isWhole: kept.length === said.length };
        });
        const total = sizes.reduce((sum, { size }) => sum + size, 0);
        expect(total).toBeLessThanOrEqual(room);
        // Who lost a line had no less than anybody else before it; and what that freed, another one may have now.
        const most = Math.max(...sizes.map(({ size }) => size));
        for (const { size, isWhole } of sizes) if (!isWhole) expect(size + 800).toBeGreaterThanOrEqual(most);
      }),
    );
  });

  test("keeps a quiet service's lines while a noisy one floods", () => {
    const log = new LogBuffer(200_000);
    log.append(numbered(authors, 3));
    for (let batch = 0; batch < 20; batch++) log.append(numbered(books, 1000, batch * 1000));
    expect(texts(log.walk({ ...all, of: authors }, "newer"))).toEqual(["authors 0", "authors 1", "authors 2"]);
    const kept = texts(log.walk({ ...all, of: books }, "newer"));
    expect(kept.at(-1)).toBe("books 19999");
    expect(kept.length).toBeGreaterThan(1500);
    expect(kept[0]).toBe(`books ${20_000 - kept.length}`);
  });

  test("reads on from any place as it would from an end", () => {
    fc.assert(
      fc.property(batches, fc.nat(), (given, n) => {
        const log = new LogBuffer();
        for (const batch of given) log.append(batch);
        const newer = [...log.walk(all, "newer")];
        const index = newer.length === 0 ? 0 : n % newer.length;
        const place = newer[index];
        if (place === undefined) return;
        expect([...log.walk(all, "newer", place)]).toEqual(newer.slice(index));
        expect([...log.walk(all, "older", place)]).toEqual(newer.slice(0, index + 1).reverse());
        expect(log.countAfter(all, place)).toBe(newer.length - index - 1);
      }),
    );
  });

  test("finds the nearest line with a text, in any case, as a look at every line would", () => {
    const pieces = fc.constantFrom("error", "GET", "O", ".", "");
    fc.assert(
      fc.property(
        batches,
        fc.nat(),
        fc.constantFrom("older" as const, "newer" as const),
        pieces,
        (given, n, to, text) => {
          const log = new LogBuffer();
          for (const batch of given) log.append(batch);
          const walked = [...log.walk(all, to)];
          const from = walked[n % Math.max(1, walked.length)];
          const has = (line: KeptLine) => line.text.toLowerCase().includes(text.toLowerCase());
          expect(log.find(text, all, to)).toEqual(walked.find(has));
          if (from === undefined) return;
          expect(log.find(text, all, to, from)).toEqual(walked.slice(walked.indexOf(from) + 1).find(has));
        },
      ),
    );
  });

  test("chooses lines by their text or their service's name, in any case, and searches among those", () => {
    const log = new LogBuffer();
    log.append([...numbered(books, 2), ...numbered(authors, 2)]);
    expect(texts(log.walk({ ...all, only: "BOOK" }, "newer"))).toEqual(["books 0", "books 1"]);
    expect(log.find("1", { ...all, only: "books" }, "older")?.text).toBe("books 1");
    log.append([{ service: books, text: "panic: oops", time: "9" }]);
    expect(texts(log.walk({ of: books, only: "book" }, "newer"))).toEqual(["books 0", "books 1"]);
    expect(log.find("2", all, "older")).toBeUndefined();
    expect(log.find("author", { ...all, of: books }, "older")).toBeUndefined();
  });
});
