import type { Readable } from "node:stream";

/**
 * In characters. What prints without a newline would fill the memory otherwise, and who takes secrets out knows a line
 * of this length as one that may be cut (model/secret.ts).
 */
const LONGEST_LINE = 64 * 1024;

/**
 * Tells each line of a text as it comes, the last one without a newline too. One that is too long is told as soon as it
 * is, and the rest of it is passed over.
 */
export function followLines(stream: Readable, onLine: (line: string) => void, longest = LONGEST_LINE): void {
  let rest = "";
  let isTold = false;
  const tell = (line: string) => {
    if (!isTold) onLine(line.slice(0, longest).replace(/\r$/, ""));
  };
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      tell(line);
      isTold = false;
    }
    if (!isTold && rest.length <= longest) return;
    tell(rest);
    rest = "";
    isTold = true;
  });
  stream.on("end", () => {
    if (rest !== "") tell(rest);
  });
}
