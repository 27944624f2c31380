import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { readText, writeAtomic } from "../host/files.ts";

/**
 * What a server said of something that is done and changes no more (a run's artifacts, a build's checksum file), kept so
 * that it is asked for once. A place keeps the newest only: the next build's takes it.
 */
export interface KeptAnswers {
  /**
   * @param place what the answer is about, from build to build
   * @param version which one of them: the number of a build
   * @param ask called where the place has nothing, or another version; undefined is not kept
   */
  of(place: string, version: string, ask: () => Promise<string | undefined>): Promise<string | undefined>;
}

/** Kept in `<cache>/answers`. A memory only: what cannot be read or written is asked for again. */
export function openKeptAnswers(cacheFolder: string): KeptAnswers {
  const folder = join(cacheFolder, "answers");
  return {
    async of(place, version, ask) {
      const file = join(folder, createHash("sha256").update(place).digest("hex"));
      const kept = await readText(file).catch(() => undefined);
      const head = `${JSON.stringify([place, version])}\n`;
      if (kept?.startsWith(head)) return kept.slice(head.length);
      const answer = await ask();
      if (answer === undefined) return undefined;
      await mkdir(folder, { recursive: true })
        .then(() => writeAtomic(file, head + answer))
        .catch(() => {});
      return answer;
    },
  };
}
