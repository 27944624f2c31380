import type { Readable } from "node:stream";

/** The objects of a stream with one JSON object a line. Blank lines are skipped. */
export async function* jsonLines<T>(source: Readable): AsyncGenerator<T> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of source as AsyncIterable<Buffer>) {
    const pieces = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = pieces.pop() ?? "";
    for (const piece of pieces) if (piece.trim() !== "") yield JSON.parse(piece) as T;
  }
  if (rest.trim() !== "") yield JSON.parse(rest) as T;
}
