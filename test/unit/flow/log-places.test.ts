import { expect, test } from "vitest";
import type { LogLine } from "../../../src/docker/daemon.ts";
import { LogPlaces } from "../../../src/flow/log-places.ts";
import { containerId, serviceName } from "../../../src/model/names.ts";

const BOOKS = containerId("b00c5");
const at = (second: number) => `2026-11-21T12:00:0${second}.000000000Z`;
const line = (stream: LogLine["stream"], second: number, container = BOOKS): LogLine => ({
  ...{ service: serviceName("books"), container, stream, text: `${stream} ${second}`, time: at(second) },
});

test("a reading goes on after the last line of each stream, also where one of them was behind", () => {
  const places = new LogPlaces();
  // The daemon took the line of the later second first.
  for (const read of [line("stdout", 1), line("stderr", 4), line("stdout", 3)]) places.note(read);
  expect(places.since(BOOKS)).toBe(at(3));
  const again = [line("stdout", 3), line("stderr", 4), line("stdout", 5), line("stderr", 5)];
  expect(again.filter(places.unread(BOOKS))).toEqual([line("stdout", 5), line("stderr", 5)]);
});

test("a container of which nothing was read is new from its first line on", () => {
  const places = new LogPlaces();
  places.note(line("stdout", 5));
  const other = containerId("0ther");
  expect(places.since(other)).toBeUndefined();
  expect([line("stdout", 1, other)].filter(places.unread(other))).toHaveLength(1);
});

test("lines of one moment in one reading are all new, and a copy goes its own way", () => {
  const places = new LogPlaces();
  const isUnread = places.unread(BOOKS);
  expect(
    [line("stdout", 1), line("stdout", 1)].filter((one) => {
      const isNew = isUnread(one);
      places.note(one);
      return isNew;
    }),
  ).toHaveLength(2);
  const copy = places.copy();
  copy.note(line("stdout", 9));
  expect([places.since(BOOKS), copy.since(BOOKS)]).toEqual([at(1), at(9)]);
});
