import { Readable } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Frame, frames } from "../../../src/docker/frames.ts";
import { jsonLines } from "../../../src/docker/json-lines.ts";
import { lines } from "../../../src/docker/lines.ts";
import { epochOf } from "../../../src/docker/output.ts";

const frame = (kind: number, text: string): Buffer => {
  const payload = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = kind;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
};

const collect = async <T>(source: AsyncIterable<T>): Promise<T[]> => {
  const got: T[] = [];
  for await (const one of source) got.push(one);
  return got;
};

/** The bytes, cut at every place that is named. */
const cut = (bytes: Buffer, places: readonly number[]): Buffer[] => {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, n) => bytes.subarray(at[n], end));
};

test("frames come out as they went in, wherever the network cut them", async () => {
  const pieces = fc.array(fc.tuple(fc.constantFrom(1, 2), fc.string({ maxLength: 40 })), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(pieces, fc.array(fc.nat(2000), { maxLength: 20 }), async (sent, places) => {
      const bytes = Buffer.concat(sent.map(([kind, text]) => frame(kind, text)));
      const got = await collect(frames(Readable.from(cut(bytes, places))));
      expect(got.map(({ stream, payload }) => [stream === "stdout" ? 1 : 2, payload.toString()])).toEqual(sent);
    }),
  );
});

test("a terminal's output, which is not multiplexed, comes out in its lines wherever the network cut it", async () => {
  const text = "root@books:/# ls\r\nbin etc\r\n$ ";
  for (let at = 0; at <= text.length; at++) {
    const pieces = [text.slice(0, at), text.slice(at)].filter(Boolean).map((piece) => Buffer.from(piece));
    const got = await collect<Frame>(frames(Readable.from(pieces)));
    expect(got.map(({ payload }) => payload.toString())).toEqual(["root@books:/# ls\r\n", "bin etc\r\n", "$ "]);
    expect(got.every(({ isTerminal, stream }) => isTerminal && stream === "stdout")).toBe(true);
  }
});

test("lines come out whole, wherever they were cut", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 60 }).map((line) => line.replace(/[\r\n]/g, ""));
  fc.assert(
    fc.property(fc.array(text), fc.array(fc.nat(5000)), (sent, places) => {
      const held = lines();
      const bytes = Buffer.from(sent.map((line) => `${line}\n`).join(""));
      const got = cut(bytes, places).flatMap((piece) => held.push(piece));
      expect([...got, ...held.end()]).toEqual(sent);
    }),
  );
});

test("a last line without a newline is a line, and a carriage return at a line's end is none of it", () => {
  const held = lines();
  expect(held.push(Buffer.from("one\r\ntwo\rstill two\n\nthr"))).toEqual(["one", "two\rstill two", ""]);
  expect(held.push(Buffer.from("ee"))).toEqual([]);
  expect(held.end()).toEqual(["three"]);
  expect(held.end()).toEqual([]);
});

test("a line that never ends is split, between characters, before it is longer than the bound", () => {
  const held = lines(10);
  const text = "äöü€😀".repeat(20);
  const got = [...Buffer.from(text)].flatMap((byte) => held.push(Buffer.from([byte])));
  const whole = [...got, ...held.end()];
  expect(whole.join("")).toBe(text);
  expect(Math.max(...whole.map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(10);
});

test("objects a line come out one by one, also from half characters and without a last newline", async () => {
  const bytes = Buffer.from('{"status":"größer"}\n\r\n{"a":1}\n{"b":2}');
  const source = Readable.from([...bytes].map((byte) => Buffer.from([byte])));
  expect(await collect(jsonLines(source))).toEqual([{ status: "größer" }, { a: 1 }, { b: 2 }]);
});

test("a time of a log line keeps its nanoseconds on its way back to the daemon", () => {
  expect(epochOf("2026-11-20T13:44:11.509494521Z")).toBe("1795182251.509494521");
  expect(epochOf("2026-11-20T14:44:11+01:00")).toBe("1795182251");
  expect(epochOf("1795182251.5")).toBe("1795182251.5");
});
