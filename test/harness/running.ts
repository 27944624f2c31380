import { readdirSync, readFileSync } from "node:fs";

/** Processes whose command line has all of these words. */
export const running = (...words: string[]): number[] =>
  readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name))
    .filter((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        return words.every((word) => line.includes(word));
      } catch {
        return false;
      }
    })
    .map(Number);
